// What the demo needs beyond a started system: to make a workspace without a browser.
export { listActiveWorkspaces, setUpWorkspace } from './access/access.ts';
export { openAuditEntry } from './platform/audit/audit.ts';
export type { WorkspaceId } from './platform/ids.ts';
