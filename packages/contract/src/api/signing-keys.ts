// The signing keys as whoever runs the installation sees them.
import { z } from 'zod';

export const SigningKeyList = z.object({
  keys: z.array(
    z.object({
      kid: z.string(),
      /** `next`: published, does not sign yet; `verifies`: signed once. */
      state: z.enum(['next', 'signs', 'verifies']),
      activeFrom: z.iso.datetime(),
      verifyUntil: z.iso.datetime().nullable(),
    }),
  ),
});
export type SigningKeyList = z.infer<typeof SigningKeyList>;

/** `rotate` goes unnoticed; `withdraw` signs everybody out, because a key became known to a stranger. */
export const SigningKeyChange = z.object({ change: z.enum(['rotate', 'withdraw']) });
export type SigningKeyChange = z.infer<typeof SigningKeyChange>;
