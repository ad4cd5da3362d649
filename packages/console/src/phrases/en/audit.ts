// Words of the audit page. Events come as tokens; a known one gets its sentence.
import type { AuditEvent } from '@sentinel/contract/audit-events';
import { count } from '../format.ts';

const EVENTS: Readonly<Record<AuditEvent, string>> = {
  'workspace.created': 'created the workspace',
  'workspace.updated': 'changed the workspace',
  'workspace_domains.changed': 'changed whose domains join by themselves',
  'member.added': 'added a member',
  'member.invited': 'made a known person a member',
  'member.role_changed': 'changed a role',
  'member.removed': 'removed a member',
  'group.created': 'created a group',
  'group.updated': 'changed a group',
  'group.deleted': 'deleted a group',
  'group.member_added': 'added somebody to a group',
  'group.member_removed': 'took somebody out of a group',
  'invitation.created': 'invited somebody',
  'invitation.revoked': 'withdrew an invitation',
  'sign_in_link.created': 'made a sign-in link',
  'session.started': 'signed in',
  'session.ended': 'signed out',
  'sessions.ended': 'ended sign-ins',
  'device.approved': 'signed a program in',
  'device.denied': 'refused a program',
  'action.denied': 'was denied an action',
  'book.imported': 'imported contacts',
  'contact.excluded': 'excluded a contact',
  'contact.included': 'included a contact again',
  'gate.asked': 'asked the gate',
  'gate.tried': 'tried a file in memory',
  'gate.import_started': 'began to send a file through the gate',
  'gate.imported': 'sent a file through the gate',
  'policy.published': 'published a policy',
  'policy.previewed': 'previewed a policy',
  'connection.started': 'set out to connect an account',
  'connection.added': 'connected an account',
  'connection.refused': 'could not connect an account',
  'connection.checked': 'checked a connection',
  'connection.paused': 'paused a connection',
  'connection.resumed': 'resumed a connection',
  'connection.removed': 'disconnected an account',
  'connection.needs_attention': 'found that a connection needs attention',
  'audit.exported': 'exported the audit log',
  'audit.verified': 'verified the audit chain',
};

/** What an event says of its actor; a token this console does not know yet stands for itself. */
export const eventWords = (event: string): string =>
  Object.entries(EVENTS).find(([name]) => name === event)?.[1] ?? event;

const ACTORS = { person: 'person', operator: 'operator', system: 'Sentinel' } as const;

/** An actor without a name comes as its kind. */
export const actorName = (actor: string): string =>
  Object.entries(ACTORS).find(([kind]) => kind === actor)?.[1] ?? actor;

export const auditPhrases = {
  events: EVENTS,
  caption: 'Audit log, newest first',
  rows: (total: number) => count(total, 'row', 'rows'),
  columns: { time: 'Time', who: 'Who', what: 'What', event: 'Event', target: 'Target', result: 'Result' },
  fields: { event: 'Event', time: 'Time' },
  results: { ok: 'done', denied: 'denied', failed: 'failed' },
  actors: ACTORS,
  openRow: (time: string, what: string) => `Row of ${time}: ${what}`,
  verify: 'Verify chain',
  verifying: 'Verifying every row…',
  intact: 'The chain is intact.',
  intactNote: (rows: number, checkpoints: number) =>
    `${count(rows, 'row', 'rows')} and ${count(checkpoints, 'signed checkpoint', 'signed checkpoints')} agree.`,
  broken: (seq: number) => `The chain does not hold at row ${seq}.`,
  brokenNote: (reason: string) =>
    `${reason}. Rows before it can be relied on. Keep a copy of the data folder before anything else.`,
  export: 'Export',
  row: 'Row',
  detail: 'Detail',
  facts: {
    at: 'At',
    actor: 'Actor',
    event: 'Event',
    target: 'Target',
    result: 'Result',
    request: 'Request',
    previous: 'Hash before',
    hash: 'Hash of this row',
    number: 'Row number',
  },
  noDetail: 'No detail was recorded.',
  chained: 'Each row holds the hash of the one before it.',
  noResults: 'No row fits these filters.',
  notLoaded: 'This row is not among those loaded. Load more, or clear the filters.',
} as const;
