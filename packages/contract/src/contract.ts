// The front door of the contract: what goes over a wire, and nothing that does I/O.
export * from './actions.ts';
export * from './audit-events.ts';
export * from './outcomes.ts';
export * from './problems.ts';
export * from './api/audit.ts';
export * from './api/book.ts';
export * from './api/shapes.ts';
export * from './api/gate.ts';
export * from './api/session.ts';
export * from './api/system.ts';
