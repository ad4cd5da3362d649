// Where the stand-in issuers keep sessions, codes and tokens: in memory, gone with the process. Survives a change of keys.
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

interface Kept {
  readonly payload: AdapterPayload;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** A store of its own per issuer; each kind of thing under its own name. */
export function memoryStore(now: () => number): AdapterFactory {
  const kept = new Map<string, Kept>();
  return (model) => adapterFor(kept, model, now);
}

function adapterFor(kept: Map<string, Kept>, model: string, now: () => number): Adapter {
  const keyOf = (id: string) => `${model} ${id}`;
  const live = (entry: Kept | undefined) => (entry !== undefined && now() < entry.until ? entry.payload : undefined);
  const ofModel = () => [...kept].filter(([key]) => key.startsWith(`${model} `)).map(([, entry]) => live(entry));
  return {
    upsert: async (id, payload, expiresIn) => {
      const until = expiresIn === undefined ? Number.POSITIVE_INFINITY : now() + expiresIn * 1000;
      kept.set(keyOf(id), { payload, until });
    },
    find: async (id) => live(kept.get(keyOf(id))),
    findByUid: async (uid) => ofModel().find((payload) => payload?.uid === uid),
    findByUserCode: async (userCode) => ofModel().find((payload) => payload?.userCode === userCode),
    consume: async (id) => {
      const entry = kept.get(keyOf(id));
      if (entry !== undefined)
        kept.set(keyOf(id), { ...entry, payload: { ...entry.payload, consumed: Math.floor(now() / 1000) } });
    },
    destroy: async (id) => {
      kept.delete(keyOf(id));
    },
    revokeByGrantId: async (grantId) => {
      for (const [key, entry] of kept) if (entry.payload.grantId === grantId) kept.delete(key);
    },
  };
}
