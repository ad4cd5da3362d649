// The catalogue of what the audit log records, past tense. A route names one of these, or says why it needs none.

export const AUDIT_EVENTS = {
  'workspace.created': 'The workspace was created.',
  'member.added': 'A person became a member.',
  'sign_in_link.created': 'A one-time sign-in link was created.',
  'session.started': 'A person signed in.',
  'session.ended': 'A person signed out.',
  'action.denied': 'A signed-in person asked for something they may not do.',
  'book.imported': 'Contacts were imported.',
  'contact.excluded': 'A contact was excluded from opening the gate.',
  'contact.included': 'A contact may open the gate again.',
  'gate.asked': 'Somebody asked the gate about addresses or a message; nothing was stored.',
  'gate.tried': 'A file was run through the gate in memory; nothing was stored.',
  'gate.import_started': 'An import of messages was started, or taken up again.',
  'gate.imported': 'A file of messages was sent through the gate.',
  'policy.published': 'A new version of the gate policy was published.',
  'policy.previewed': 'The effect of a policy was previewed.',
  'audit.exported': 'The audit log was exported.',
  'audit.verified': 'The audit chain was verified.',
} as const satisfies Record<string, string>;

export type AuditEvent = keyof typeof AUDIT_EVENTS;
