// What tokens cost: minting, verifying one that is new to a process and one it knows, and refreshing, which is a statement
// in a transaction and two signatures. Fifty sign-ins refresh side by side, each waiting for its own answer before it goes
// on. Recorded, not judged: how long a signature takes belongs to the machine.
import { randomBytes } from 'node:crypto';
import type { AccessTables } from '../packages/server/src/access/access.tables.ts';
import { createStanding } from '../packages/server/src/access/standing/standing.ts';
import { createTokens } from '../packages/server/src/access/tokens/create-tokens.ts';
import { familyEnd, insertFamily, insertFirstToken } from '../packages/server/src/access/tokens/family.store.ts';
import { REFRESH_GRACE_MS, type RefreshDeps, refreshPair } from '../packages/server/src/access/tokens/refresh.ts';
import { keySealing } from '../packages/server/src/access/tokens/signing-key.ts';
import { type TokenClaims, TOKEN_LIFETIMES, type Tokens } from '../packages/server/src/access/tokens/token.ts';
import { systemClock } from '../packages/server/src/platform/clock.ts';
import {
  type FamilyId,
  type GroupId,
  newId,
  newRandomId,
  type PersonId,
  type WorkspaceId,
} from '../packages/server/src/platform/ids.ts';
import { createVault } from '../packages/server/src/platform/secrets/vault.ts';
import { type Engine, eachEngine } from './engines.ts';
import { isQuick, sayFigures, wallTime } from './figures.ts';

const ROUNDS = isQuick ? 2 : 5;
const TOKENS = isQuick ? 100 : 2_000;
const KNOWN = isQuick ? 1_000 : 50_000;
const SIGN_INS = isQuick ? 5 : 50;
const REFRESHES = isQuick ? 4 : 10;
const AT_A_TIME = 16;
const ISSUER = 'https://sentinel.example';
const sealing = keySealing(createVault([randomBytes(32)]));

let isSigningMeasured = false;
for await (const engine of eachEngine()) {
  const standing = createStanding({ db: engine.db, clock: systemClock });
  const open = (): Promise<Tokens> =>
    createTokens({ db: engine.db, clock: systemClock, keys: sealing, issuer: ISSUER, standing });
  const tokens = await open();
  // No database takes part but for the look at what changed, four times a second.
  if (!isSigningMeasured) await measureSigning(tokens, open);
  isSigningMeasured = true;
  const deps = { db: engine.db, standing, tokens, settings: { refreshGraceMs: REFRESH_GRACE_MS } };
  await measureRefreshing(engine, deps);
}

async function measureSigning(tokens: Tokens, open: () => Promise<Tokens>): Promise<void> {
  const claims = accessClaims();
  const minted: number[] = [];
  const fresh: number[] = [];
  const known: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const made: string[] = [];
    const mintMs = await wallTime(() =>
      sideBySide(TOKENS, async () => {
        made.push((await tokens.mint('access', claims, { seconds: TOKEN_LIFETIMES.access })).token);
      }),
    );
    const process = await open();
    const freshMs = await wallTime(() => verifyAll(process, made, TOKENS));
    const knownMs = await wallTime(() => verifyAll(process, made, KNOWN));
    if (round === 0) continue;
    minted.push((TOKENS / mintMs) * 1000);
    fresh.push((TOKENS / freshMs) * 1000);
    known.push((KNOWN / knownMs) * 1000);
  }
  sayFigures([
    { name: 'tokens: minted', unit: 'tokens/s', rounds: minted },
    { name: 'tokens: verified, new to the process', unit: 'tokens/s', rounds: fresh },
    { name: 'tokens: verified, known to the process', unit: 'tokens/s', rounds: known },
    {
      name: 'tokens: verifying a known one vs a new one',
      unit: '×',
      rounds: known.map((rate, round) => rate / (fresh[round] ?? Number.NaN)),
    },
  ]);
}

async function verifyAll(tokens: Tokens, made: readonly string[], times: number): Promise<void> {
  await sideBySide(times, async (n) => {
    if ((await tokens.verify(['access'], made[n % made.length] ?? '')) === null)
      throw new Error('a good token was refused');
  });
}

/** Several at a time, as requests of several callers come: signatures are computed beside the main thread. */
async function sideBySide(times: number, work: (n: number) => Promise<void>): Promise<void> {
  let started = 0;
  const line = async (): Promise<void> => {
    while (started < times) {
      const n = started;
      started += 1;
      await work(n);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, line));
}

async function measureRefreshing(engine: Engine, deps: RefreshDeps): Promise<void> {
  const workspaceId = await addWorkspace(engine);
  const rounds: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const begun = await Promise.all(Array.from({ length: SIGN_INS }, () => signIn(engine, deps.tokens, workspaceId)));
    const milliseconds = await wallTime(() => Promise.all(begun.map((token) => refreshOften(deps, token))));
    if (round > 0) rounds.push(((SIGN_INS * REFRESHES) / milliseconds) * 1000);
  }
  sayFigures([{ name: `tokens: refreshed, ${SIGN_INS} at a time`, unit: 'refreshes/s', engine: engine.name, rounds }]);
}

async function refreshOften(deps: RefreshDeps, first: string): Promise<void> {
  let token = first;
  for (let n = 0; n < REFRESHES; n += 1) token = (await refreshPair(deps, token, systemClock.now())).refresh_token;
}

async function addWorkspace({ db }: Engine): Promise<WorkspaceId> {
  const id = newId<WorkspaceId>();
  await db.control((tx) =>
    tx
      .insertInto('workspace')
      .values({ id, slug: `w-${id}`, name: 'Home' })
      .execute(),
  );
  return id;
}

/** A new person with a family; answers its first refresh token. */
async function signIn({ db }: Engine, tokens: Tokens, workspaceId: WorkspaceId): Promise<string> {
  const personId = newId<PersonId>();
  const now = systemClock.now();
  const { familyId, jti } = await db.control(async (tx) => {
    const tables = tx.withTables<AccessTables>();
    const person = { id: personId, email: `${personId}@home.example`, name: 'Ada', created_at: now };
    await tables.insertInto('person').values(person).execute();
    const member = { workspace_id: workspaceId, person_id: personId, role: 'editor', created_at: now } as const;
    await tables.insertInto('member').values(member).execute();
    const family = await insertFamily(tx, { personId, workspaceId, clientAppId: null, userAgent: null }, now);
    return { familyId: family, jti: await insertFirstToken(tx, family, now) };
  });
  const seconds = Math.floor((familyEnd(now).getTime() - now.getTime()) / 1000);
  return (await tokens.mint('refresh', { sub: personId, fid: familyId }, { seconds, jti, issuedAt: now })).token;
}

function accessClaims(): TokenClaims['access'] {
  return {
    sub: newId<PersonId>(),
    email: 'ada@home.example',
    name: 'Ada',
    wid: newId<WorkspaceId>(),
    wslug: 'home',
    wrole: 'editor',
    groups: Array.from({ length: 5 }, () => newId<GroupId>()),
    fid: newRandomId<FamilyId>(),
  };
}
