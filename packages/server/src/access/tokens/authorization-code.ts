// Authorization codes (RFC 6749 §4.1.2, RFC 9700 §2.1.1): 256 random bits, good once and for five minutes, only together
// with the verifier. Presenting one a second time is a sign of theft: what the first presentation made ends.
import type { ControlTx, Database } from '../../platform/db/database.ts';
import type { ClientAppId, PersonId } from '../../platform/ids.ts';
import { problem, type ProblemError } from '../../platform/problem.ts';
import { mintToken, type RandomBytes, tokenHash } from '../identity/secret-token.ts';
import {
  bindMade,
  endSession,
  findOpenCode,
  insertCode,
  type Made,
  markReplayed,
  type NewCode,
  spendCode,
} from './authorization-code.store.ts';
import { recordActivity } from '../../platform/audit/activity.ts';
import { revokeFamilies } from './family.store.ts';
import { checkPkce } from './pkce.ts';

export const CODE_LIFETIME_MS = 300_000;

export interface ClaimedCode {
  readonly personId: PersonId;
  readonly clientAppId: ClientAppId | null;
  readonly provider: string;
}

/** Makes a code for a person who has just signed in. @returns 43 characters; only their hash is stored */
export async function issueCode(tx: ControlTx, randomBytes: RandomBytes, code: NewCode, now: Date): Promise<string> {
  const secret = mintToken(randomBytes);
  const expiresAt = new Date(now.getTime() + CODE_LIFETIME_MS);
  await insertCode(tx, secret.hash, code, { createdAt: now, expiresAt });
  return secret.token;
}

/**
 * Takes a code in a transaction that goes on to make something of it. The code is burned whatever the verifier is, so the
 * transaction must commit even when this answers null.
 *
 * @returns null for a code that is used, expired or unknown, or a verifier that does not fit
 */
export async function takeCode(
  tx: ControlTx,
  { code, verifier }: { readonly code: string; readonly verifier: string },
  now: Date,
): Promise<ClaimedCode | null> {
  const hash = tokenHash(code);
  if (hash === null) return null;
  const found = await spendCode(tx, hash, now);
  if (found === null) {
    await endWhatItMade(tx, hash, now);
    return null;
  }
  const { challenge, ...claimed } = found;
  return checkPkce({ verifier, challenge, method: 'S256' }).accept ? claimed : null;
}

/**
 * Takes a code in a transaction of its own.
 *
 * @throws ProblemError `code_invalid`
 */
export async function claimCode(
  db: Pick<Database, 'control'>,
  presented: { readonly code: string; readonly verifier: string },
  now: Date,
): Promise<ClaimedCode> {
  const claimed = await db.control((tx) => takeCode(tx, presented, now));
  if (claimed === null) throw codeInvalid();
  return claimed;
}

/**
 * Notes what a code was exchanged for, in the transaction that makes it.
 *
 * @throws ProblemError `code_invalid` when the code was presented again meanwhile
 */
export async function bindCode(tx: ControlTx, code: string, made: Made): Promise<void> {
  const hash = tokenHash(code);
  if (hash === null || !(await bindMade(tx, hash, made))) throw codeInvalid();
}

/**
 * Tells whose code it is without using it up.
 *
 * @param verifier null where the code alone is enough
 * @throws ProblemError `code_invalid`
 */
export async function peekCode(
  tx: ControlTx,
  { code, verifier }: { readonly code: string; readonly verifier: string | null },
  now: Date,
): Promise<PersonId> {
  const hash = tokenHash(code);
  const found = hash === null ? null : await findOpenCode(tx, hash, now);
  if (found === null) throw codeInvalid();
  const { challenge, personId } = found;
  if (verifier !== null && !checkPkce({ verifier, challenge, method: 'S256' }).accept) throw codeInvalid();
  return personId;
}

export function codeInvalid(): ProblemError {
  return problem(
    'code_invalid',
    'The code is used, expired or unknown, or the verifier is not the one it was asked with.',
  );
}

async function endWhatItMade(tx: ControlTx, hash: Uint8Array, now: Date): Promise<void> {
  const made = await markReplayed(tx, hash, now);
  if (made === null) return;
  if (made.sessionId !== null) await endSession(tx, made.sessionId, now);
  if (made.familyId === null) return;
  await recordActivity(
    tx,
    {
      action: 'token_family_revoked',
      actorId: null,
      targetType: 'user',
      targetId: made.personId,
      workspaceId: null,
      detail: { family: made.familyId, reason: 'code_replayed' },
    },
    now,
  );
  await revokeFamilies(tx, { familyId: made.familyId }, 'code_replayed', now);
}
