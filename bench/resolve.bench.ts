// What minting an authz token for somebody known costs: POST /authz/resolve with the provider's keys cached, 16 requests at a
// time, through the whole server but its socket. Two signatures are the floor (one to verify, one to make); the ratio to
// them is judged, requests per second and the 99th percentile are recorded.
import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import {
  sandboxUser,
  startIdentityProviders,
  type StandIns,
} from '../packages/sandbox/src/identity/identity-providers.ts';
import type { AccessTables } from '../packages/server/src/access/access.tables.ts';
import { createApps } from '../packages/server/src/access/apps/app-memory.ts';
import { mintServiceKey } from '../packages/server/src/access/apps/service-key.ts';
import { createAdmissions } from '../packages/server/src/access/identity/admissions.ts';
import { createGoogle } from '../packages/server/src/access/providers/google.ts';
import type { IdentityProvider } from '../packages/server/src/access/providers/identity-provider.ts';
import { identityFetch } from '../packages/server/src/access/providers/issuer-fetch.ts';
import { provision } from '../packages/server/src/access/identity/provision.ts';
import { resolveRoutes } from '../packages/server/src/access/identity/resolve.routes.ts';
import { createStanding } from '../packages/server/src/access/standing/standing.ts';
import { createTokens } from '../packages/server/src/access/tokens/create-tokens.ts';
import { keySealing } from '../packages/server/src/access/tokens/signing-key.ts';
import type { Tokens } from '../packages/server/src/access/tokens/token.ts';
import { createHttp } from '../packages/server/src/platform/http/server.ts';
import {
  type FamilyId,
  newId,
  type PersonId,
  type ServiceAppId,
  type WorkspaceId,
} from '../packages/server/src/platform/ids.ts';
import { silentLogger } from '../packages/server/src/platform/log.ts';
import { createMetrics } from '../packages/server/src/platform/metrics.ts';
import { Secret } from '../packages/server/src/platform/secrets/secret.ts';
import { createVault } from '../packages/server/src/platform/secrets/vault.ts';
import { type Engine, eachEngine } from './engines.ts';
import { cpuTime, type Finding, isQuick, sayFigures, wallTime } from './figures.ts';

const PEOPLE = isQuick ? 20 : 200;
const REQUESTS = isQuick ? 100 : 2_000;
const ROUNDS = isQuick ? 2 : 5;
const AT_A_TIME = 16;
const ISSUER = 'http://localhost:9003';
const CLIENT = { clientId: 'bench', clientSecret: 'bench-secret', redirectUris: [`${ISSUER}/auth/callback/google`] };
const clock = { now: () => new Date() };

interface World {
  readonly app: FastifyInstance;
  readonly tokens: Tokens;
  readonly provider: IdentityProvider;
  readonly key: string;
  readonly people: readonly { readonly idpToken: string; readonly workspaceId: WorkspaceId }[];
}

/** Of one round, in milliseconds: of each request, of all of them, and of the processor. */
interface Round {
  readonly times: readonly number[];
  readonly wall: number;
  readonly cpu: number;
  readonly signatures: number;
}

const standIns = await startIdentityProviders({
  clients: { google: [CLIENT] },
  users: {
    google: Array.from({ length: PEOPLE }, (_, n) => sandboxUser(`bench-${n}`, `person.${n}@customer.example`)),
  },
});
try {
  for await (const engine of eachEngine()) {
    const world = await openWorld(engine, standIns);
    await ask(world, REQUESTS / 4);
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measure(world));
    sayFigures(findings(engine, rounds));
    await world.app.close();
  }
} finally {
  await standIns.close();
}

function findings({ name: engine }: Engine, rounds: readonly Round[]): Finding[] {
  return [
    {
      name: 'resolve, warm: requests',
      unit: 'req/s',
      engine,
      rounds: rounds.map(({ wall }) => REQUESTS / (wall / 1000)),
    },
    {
      name: `resolve, warm: p99 of ${AT_A_TIME} at a time`,
      unit: 'ms',
      engine,
      rounds: rounds.map(({ times }) => quantile(times, 0.99)),
    },
    {
      name: 'resolve, warm: processor time over the two signatures',
      unit: '×',
      engine,
      rounds: rounds.map(({ cpu, signatures }) => cpu / signatures),
      better: 'lower',
    },
  ];
}

async function measure(world: World): Promise<Round> {
  let times: readonly number[] = [];
  let wall = 0;
  const cpu = await cpuTime(async () => {
    wall = await wallTime(async () => {
      times = await ask(world, REQUESTS);
    });
  });
  return { times, wall, cpu, signatures: await cpuTime(() => signOnly(world)) };
}

/** Answers the milliseconds each took. */
async function ask({ app, key, people }: World, requests: number): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < requests) {
      const person = people[(next += 1) % people.length];
      const startedAt = performance.now();
      const answer = await app.inject({
        method: 'POST',
        url: '/authz/resolve',
        headers: { host: 'localhost:9003', 'x-service-key': key },
        payload: { provider: 'google', idp_token: person?.idpToken, workspace_id: person?.workspaceId },
      });
      if (answer.statusCode !== 200) throw new Error(`a request was refused: ${answer.statusCode}`);
      times.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return times;
}

/** The part that nobody could save: as many verifications and signatures as the requests need. */
async function signOnly({ provider, tokens, people }: World): Promise<void> {
  const expected = { audiences: [], nonce: null };
  const claims = { sub: newId<PersonId>(), fid: newId<FamilyId>() };
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < REQUESTS) {
      await provider.verifyToken(people[(next += 1) % people.length]?.idpToken ?? '', expected);
      await tokens.mint('refresh', claims, { seconds: 300 });
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

async function openWorld({ db }: Engine, idp: StandIns): Promise<World> {
  const standing = createStanding({ db, clock });
  const tokens = await createTokens({
    db,
    clock,
    keys: keySealing(createVault([randomBytes(32)])),
    issuer: ISSUER,
    standing,
  });
  const apps = createApps({ db, clock, standing });
  const provider = createGoogle(
    { clientId: CLIENT.clientId, clientSecret: new Secret(CLIENT.clientSecret), issuer: idp.issuer('google') },
    { fetch: identityFetch, clock, log: silentLogger },
  );
  const routes = resolveRoutes({
    db,
    log: silentLogger,
    randomBytes,
    providers: { names: [provider.name], get: () => provider },
    settings: { issuer: ISSUER, adminEmails: [], refreshGraceMs: 0, adminUrl: '' },
    standing,
    apps,
    tokens,
    admissions: createAdmissions({ tokens, standing, apps, session: async () => null }),
  });
  const app = await createHttp({
    routes,
    authenticate: async () => null,
    db,
    log: silentLogger,
    clock,
    metrics: createMetrics(),
    version: '0.0.0-bench',
    publicUrl: new URL(ISSUER),
    consoleDir: null,
    limits: { address: 1e9, resolve: 1e9 },
  });
  return { app, tokens, provider, key: await addService(db), people: await addPeople(db, idp, provider) };
}

async function addService(db: Engine['db']): Promise<string> {
  const [id, minted, now] = [newId<ServiceAppId>(), mintServiceKey(randomBytes), new Date()];
  await db.control(async (tx) => {
    const tables = tx.withTables<AccessTables>();
    const times = { created_by: null, created_at: now, updated_at: now };
    await tables
      .insertInto('service_app')
      .values({ id, name: 'Bench', service_name: 'bench', ...times })
      .execute();
    const key = { id: newId(), service_app_id: id, key_hash: minted.hash, prefix: minted.prefix, created_at: now };
    await tables.insertInto('service_key').values(key).execute();
  });
  return minted.key;
}

/** Everybody is a member of a workspace of their own and of one that all share. */
async function addPeople(db: Engine['db'], idp: StandIns, provider: IdentityProvider): Promise<World['people']> {
  const now = new Date();
  const workspace = async (slug: string): Promise<WorkspaceId> => {
    const id = newId<WorkspaceId>();
    await db.control((tx) =>
      tx.withTables<AccessTables>().insertInto('workspace').values({ id, slug, name: slug }).execute(),
    );
    return id;
  };
  const shared = await workspace('bench-shared');
  const people: World['people'][number][] = [];
  for (let n = 0; n < PEOPLE; n += 1) {
    const idpToken = idp.idToken({ issuer: 'google', user: sandboxUser(`bench-${n}`, `person.${n}@customer.example`) });
    const identity = await provider.verifyToken(idpToken, { audiences: [], nonce: null });
    const { personId } = await provision(db, identity, { adminEmails: [] }, now);
    const own = await workspace(`bench-${n}`);
    await db.control((tx) =>
      tx
        .withTables<AccessTables>()
        .insertInto('member')
        .values([own, shared].map((id) => ({ workspace_id: id, person_id: personId, role: 'editor', created_at: now })))
        .execute(),
    );
    people.push({ idpToken, workspaceId: n % 2 === 0 ? own : shared });
  }
  return people;
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
