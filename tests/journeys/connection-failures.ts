// The ways in which an account's credentials go stale or its provider fails, each played over a whole installation with every
// provider connected, and how each connection stands in the end.
import { setTimeout as pause } from 'node:timers/promises';
import { CONNECTION_PROVIDERS, type ConnectionProvider } from '@sentinel/contract';
import { expect } from 'vitest';
import type { ConnectedInstallation, Standing, Standings } from './connected-installation.ts';
import { byPlace, ONE_EACH, type Place, rotates, STAND_INS, tokenRoad } from './provider-sandbox.ts';

export interface Failure {
  readonly name: string;
  play(it: ConnectedInstallation): Promise<void>;
  /** How a connection stands when it has been played. */
  ends(provider: ConnectionProvider): Standing;
  /** Whether the next one begins before it is over. */
  readonly lasts?: true;
}

/** Longer than any access token lives. */
const LIFE_MS = 12.1 * 3_600_000;
/** Longer than the right to refresh that a dead process left behind. */
const LEASE_MS = 61_000;

export const CONNECTED: Standing = ['connected', null, null];
const troubled = (kind: string) => (): Standing => ['connected', null, kind];
const connected = () => CONNECTED;
const lostWhereItRotates = (provider: ConnectionProvider): Standing =>
  rotates(provider) ? ['needs_attention', 'refresh_lost', null] : CONNECTED;

export function everywhere(ends: Failure['ends']): Standings {
  const [hubspot, salesforce, gmail, calendar, slack] = CONNECTION_PROVIDERS.map(ends);
  if (!hubspot || !salesforce || !gmail || !calendar || !slack) throw new Error('a provider is missing');
  return { hubspot, salesforce, gmail, calendar, slack };
}

type Fault = Omit<Parameters<ConnectedInstallation['sandbox']['faults']['set']>[0], 'provider'>;

/** The same failure at every provider. */
function strike({ sandbox }: ConnectedInstallation, fault: Fault, where: 'tokens' | 'everywhere' = 'everywhere'): void {
  for (const provider of STAND_INS)
    sandbox.faults.set({ ...fault, provider, ...(where === 'tokens' ? { match: tokenRoad(provider) } : {}) });
}

/** How many tokens were asked for meanwhile. */
async function tokensAsked(it: ConnectedInstallation, work: () => Promise<unknown>): Promise<Record<Place, number>> {
  const before = it.tokenRequests();
  await work();
  const after = it.tokenRequests();
  return byPlace((place) => after[place] - before[place]);
}

const expired: Failure = {
  name: 'expired',
  async play(it) {
    await it.pass(LIFE_MS);
    const asked = await tokensAsked(it, async () => {
      await it.checkAll();
      await it.checkAll();
    });
    expect(asked).toEqual(ONE_EACH);
  },
  ends: connected,
};

const refused: Failure = {
  name: 'refused before its end',
  async play(it) {
    it.sandbox.world.advance(LIFE_MS);
    expect(await tokensAsked(it, () => it.checkAll())).toEqual(ONE_EACH);
  },
  ends: connected,
};

const rotated: Failure = {
  name: 'rotated',
  async play(it) {
    const before = byPlace((place) => it.secrets.of(place, 'refresh token').length);
    for (let round = 1; round <= 3; round += 1) {
      await it.pass(LIFE_MS);
      expect(await it.checkAll()).toEqual(everywhere(connected));
    }
    const made = byPlace((place) => it.secrets.of(place, 'refresh token').length - before[place]);
    expect(made).toEqual({ hubspot: 3, salesforce: 3, google: 0, slack: 3 });
  },
  ends: connected,
};

const raced: Failure = {
  name: 'raced',
  async play(it) {
    await it.pass(LIFE_MS);
    // Slow enough for everybody to find the first one at it.
    strike(it, { kind: 'slow', delayMs: 300 }, 'tokens');
    const askers = [1, 2, 3].flatMap(() => it.servers());
    const asked = await tokensAsked(it, async () => {
      const answers = await Promise.all(askers.map((server) => it.checkAll(server)));
      for (const answer of answers) expect(answer).toEqual(everywhere(connected));
    });
    expect(asked).toEqual(ONE_EACH);
  },
  ends: connected,
};

const wrongSecret: Failure = {
  name: 'wrong client secret',
  async play(it) {
    await it.pass(LIFE_MS);
    strike(it, { kind: 'invalid_client' });
    await it.checkAll();
  },
  ends: troubled('client_refused'),
};

const stormOfTokens: Failure = {
  name: '429 storm at the token endpoint',
  async play(it) {
    await it.pass(LIFE_MS);
    strike(it, { kind: 'status', status: 429 }, 'tokens');
    await it.checkAll();
  },
  ends: troubled('limited'),
};

const storm: Failure = {
  name: '429 storm at the data, told to wait',
  async play(it) {
    strike(it, { kind: 'status', status: 429, retryAfterSeconds: 90 });
    await it.checkAll();
    const asked = it.requests();
    // Salesforce names no time, so it is asked now and then.
    for (const provider of CONNECTION_PROVIDERS) if (provider !== 'salesforce') await it.check(provider);
    expect(it.requests()).toEqual(asked);
  },
  ends: troubled('limited'),
  lasts: true,
};

/** First at the data, then at the token endpoint too. */
const outage = (name: string, fault: Fault): Failure => ({
  name: `outage: ${name}`,
  async play(it) {
    strike(it, fault);
    expect(await it.checkAll()).toEqual(everywhere(troubled('unreachable')));
    await it.pass(LIFE_MS);
    await it.checkAll();
  },
  ends: troubled('unreachable'),
});

const lost: Failure = {
  name: 'renewed, and the answer lost',
  async play(it) {
    await it.pass(LIFE_MS);
    strike(it, { kind: 'lost_answer' }, 'tokens');
    expect(await it.checkAll()).toEqual(everywhere(troubled('unreachable')));
    it.sandbox.faults.clear();
    await it.checkAll();
  },
  ends: lostWhereItRotates,
};

async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited += 5) {
    if (waited > 30_000) throw new Error('it never came to that');
    await pause(5);
  }
}

/** Kills the process that renews as soon as that is so, and starts it again when its right to it has ended. */
async function dieRenewing(it: ConnectedInstallation, isTime: () => boolean): Promise<void> {
  await it.pass(LIFE_MS);
  const checks = it.checkAll().catch(() => null);
  await until(isTime);
  await it.crash();
  expect(await checks).toBeNull();
  it.sandbox.faults.clear();
  it.secrets.keepBack(false);
  await it.restart(LEASE_MS);
  await it.checkAll();
}

const killedBefore: Failure = {
  name: 'killed before new tokens were given out',
  async play(it) {
    strike(it, { kind: 'hang' }, 'tokens');
    const before = it.tokenRequests();
    await dieRenewing(it, () =>
      STAND_INS.every((place) => it.tokenRequests()[place] === before[place] + ONE_EACH[place]),
    );
  },
  ends: connected,
};

const killedAfter: Failure = {
  name: 'killed after new tokens were given out',
  async play(it) {
    it.secrets.keepBack(true);
    const given = byPlace((place) => it.secrets.of(place, 'access token').length);
    await dieRenewing(it, () =>
      STAND_INS.every((place) => it.secrets.of(place, 'access token').length === given[place] + ONE_EACH[place]),
    );
  },
  ends: lostWhereItRotates,
};

const revoked: Failure = {
  name: 'revoked',
  async play(it) {
    for (const place of STAND_INS) it.sandbox.standIns[place].revokeGrants();
    await it.checkAll();
    const asked = it.requests();
    // Whoever must connect again is not asked for in vain.
    expect(await tokensAsked(it, () => it.checkAll())).toEqual(byPlace(() => 0));
    expect(it.requests()).toEqual(asked);
  },
  ends: () => ['needs_attention', 'revoked', null],
};

export const FAILURES: readonly Failure[] = [
  expired,
  refused,
  rotated,
  raced,
  wrongSecret,
  outage('connections reset', { kind: 'reset' }),
  outage('503', { kind: 'status', status: 503 }),
  lost,
  storm,
  killedBefore,
  killedAfter,
  revoked,
];

const hanging: Failure = {
  name: 'outage: never an answer',
  async play(it) {
    await it.pass(LIFE_MS);
    strike(it, { kind: 'hang' }, 'tokens');
    await it.checkAll();
  },
  ends: troubled('unreachable'),
};

/** Those that are waited out; played beside the others. */
export const WAITED_OUT: readonly Failure[] = [hanging, stormOfTokens];
