// What can be done to a running sandbox from outside. Each command says in its error what was wrong with the order.
import type { Fields } from './control-fields.ts';
import { type ActiveFault, FAULT_KINDS, type FaultOrder } from './faults.ts';
import type { Sandbox } from './sandbox.ts';
import { PROVIDER_NAMES, type ProviderName } from './stand-in.ts';

/** Answers what JSON callers get to see. */
export type Command = (sandbox: Sandbox, fields: Fields) => unknown;

const HOUR_MS = 3_600_000;
export const STEPS = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS } as const;
const LONGEST_MS = 366 * STEPS.day;
const STATUSES = [429, 500, 502, 503] as const;

export function setFault({ faults }: Sandbox, fields: Fields): ActiveFault {
  const kind = FAULT_KINDS.find((each) => each === fields.text('kind'));
  if (kind === undefined) throw new Error(`kind is one of ${FAULT_KINDS.join(', ')}`);
  const provider = providerOf(fields);
  if (provider === undefined) throw new Error(`provider is one of ${PROVIDER_NAMES.join(', ')}`);
  const given = fields.number('status');
  const status = STATUSES.find((each) => each === given);
  if (given !== undefined && status === undefined) throw new Error(`status is one of ${STATUSES.join(', ')}`);
  const match = fields.text('match');
  const numbers = ['times', 'after', 'retryAfterSeconds', 'delayMs'] as const;
  const counts: Partial<Record<(typeof numbers)[number], number>> = Object.fromEntries(
    numbers.map((name) => [name, fields.number(name)]).filter(([, value]) => value !== undefined),
  );
  const order: FaultOrder = {
    provider,
    kind,
    ...(match === undefined ? {} : { match }),
    ...(status === undefined ? {} : { status }),
    ...counts,
  };
  return faults.set(order);
}

/** One by its `id`, all of a `provider`, or all. */
export function clearFaults({ faults }: Sandbox, fields: Fields): object {
  const id = fields.number('id');
  const provider = providerOf(fields);
  faults.clear({ ...(id === undefined ? {} : { id }), ...(provider === undefined ? {} : { provider }) });
  return { faults: faults.list() };
}

/** By `ms`, or by a `step` of an hour, a day or a week. */
export function advanceWorld({ world }: Sandbox, fields: Fields): object {
  const named = fields.text('step');
  const step = Object.entries(STEPS).find(([name]) => name === named)?.[1];
  const ms = fields.number('ms') ?? step;
  if (ms === undefined || ms < 0 || ms > LONGEST_MS)
    throw new Error(`step is one of ${Object.keys(STEPS).join(', ')}, or ms is a number up to ${LONGEST_MS}`);
  world.advance(ms);
  return { now: world.now(), contacts: world.contacts.count, deals: world.deals.count };
}

/** Of one `account` or of all, at one provider. */
export function revokeGrants({ standIns }: Sandbox, fields: Fields): object {
  const provider = providerOf(fields);
  if (provider === undefined) throw new Error(`provider is one of ${PROVIDER_NAMES.join(', ')}`);
  const account = fields.text('account');
  standIns[provider].revokeGrants(account);
  return { provider, account: account ?? null };
}

function providerOf(fields: Fields): ProviderName | undefined {
  const named = fields.text('provider');
  const provider = PROVIDER_NAMES.find((each) => each === named);
  if (named !== undefined && provider === undefined) throw new Error(`provider is one of ${PROVIDER_NAMES.join(', ')}`);
  return provider;
}
