// Opens the area: what its rooms need of each other, bottom first.
import type { Database } from '../platform/db/database.ts';
import type { Vault } from '../platform/secrets/vault.ts';
import type { AccessDeps } from './access-deps.ts';
import { createApps } from './apps/app-memory.ts';
import { createAdmissions } from './identity/admissions.ts';
import { sessionAdministrator, sessionCaller } from './identity/authenticate.ts';
import { noteRefusals } from './identity/refusals.ts';
import { createStanding } from './standing/standing.ts';
import { createTokens } from './tokens/create-tokens.ts';
import { keySealing } from './tokens/signing-key.ts';
import { signingKeys } from './tokens/signing-keys.ts';

export type AccessGround = Omit<AccessDeps, 'standing' | 'tokens' | 'signingKeys' | 'apps' | 'admissions'> & {
  readonly db: Database;
  /** Seals the signing keys. */
  readonly vault: Vault;
};

/** Opening asks nobody; keys and applications are read when they are first needed. */
export async function openAccess({ vault, ...ground }: AccessGround): Promise<AccessDeps> {
  const { db, clock, log, settings } = ground;
  const standing = createStanding({ db, clock });
  const apps = createApps({ db, clock, standing, log });
  const keys = keySealing(vault);
  const tokens = await createTokens({ db, clock, standing, keys, issuer: settings.issuer });
  const admissions = createAdmissions({
    tokens,
    standing,
    apps,
    session: (presented, now) => sessionCaller({ db }, presented, now),
    refused: noteRefusals({ db, log }),
    administrator: (presented, now) => sessionAdministrator({ db }, presented, now),
  });
  return { ...ground, standing, tokens, signingKeys: signingKeys({ db, keys, standing }), apps, admissions };
}
