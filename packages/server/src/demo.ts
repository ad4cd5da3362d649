// What the demo needs beyond a started system: to make a workspace without a browser, and to send mail at chosen times.
export { listActiveWorkspaces, setUpWorkspace } from './access/access.ts';
export { type CursorStep, ingestPage } from './gate/admission/ingest.ts';
export type { InboundMessage } from './gate/admission/message.ts';
export { openAuditEntry } from './platform/audit/audit.ts';
export type { WorkspaceId } from './platform/ids.ts';
export { Secret } from './platform/secrets/secret.ts';
