// Where the private halves of the signing keys stand sealed, for a change of the vault's master key: those that expired
// too, since they lie there until the next rotation of the signing keys.
import { sql } from 'kysely';
import { type ControlPlace, sealedPrefix } from '../../platform/secrets/sealed-place.ts';
import type { Clock } from '../../platform/clock.ts';
import type { AccessTables } from '../access.tables.ts';
import { announce } from '../standing/change.store.ts';
import { resealKey } from './signing-key.store.ts';
import { sealContextOf } from './signing-key.ts';

/** Every process reads the keys anew afterwards, so none goes on with a value that only an old key opens. */
export function signingKeyPlace(clock: Clock): ControlPlace {
  return {
    name: 'token signing keys',
    plane: 'control',
    async list(tx, { currentKeyId, after, limit }) {
      const rows = await tx
        .withTables<AccessTables>()
        .selectFrom('signing_key')
        .select(['kid', 'sealed_private'])
        .where(sql<boolean>`not starts_with(sealed_private, ${sealedPrefix(currentKeyId)}::text)`)
        .where('kid', '>', after ?? '')
        .orderBy('kid')
        .limit(limit)
        .execute();
      return rows.map(({ kid, sealed_private: value }) => ({ key: kid, context: sealContextOf(kid), value }));
    },
    async replace(tx, key, previous, next) {
      const replaced = await resealKey(tx, key, { before: previous, after: next });
      if (replaced) await announce(tx, [{ kind: 'keys', subject: '' }], clock.now());
      return replaced;
    },
  };
}
