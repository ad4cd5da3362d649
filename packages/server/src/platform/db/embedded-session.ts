// The session with which the embedded database is migrated: statements one by one, or all of them or none.
import type { PGlite, Transaction } from '@electric-sql/pglite';
import type { AdminSession } from './admin-session.ts';

export function adminSession(lite: PGlite): AdminSession {
  return {
    ...statements(lite),
    atomically: (work) => lite.transaction((tx) => work({ ...statements(tx), atomically: refuseInner })),
  };
}

function statements(lite: PGlite | Transaction): Pick<AdminSession, 'run' | 'query'> {
  return {
    async run(text) {
      await lite.exec(text);
    },
    async query(text, values = []) {
      const { rows } = await lite.query<Record<string, unknown>>(text, [...values]);
      return rows;
    },
  };
}

function refuseInner(): never {
  throw new Error('a transaction was begun inside a transaction');
}
