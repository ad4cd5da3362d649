// Realms: groups of services that share one scope, on the wire.
import { z } from 'zod';
import { ServiceName } from './apps.ts';
import { plainText } from './plain-text.ts';
import { Id, Instant } from './shapes.ts';

/** Seconds that a token from one service to another lasts. */
const MachineTokenSeconds = z.int().min(30).max(3600);
const RealmName = plainText(1, 255);

export const Realm = z
  .object({
    id: Id,
    slug: z.string(),
    name: z.string(),
    m2m_ttl_s: z.int(),
    is_active: z.boolean(),
    created_at: Instant,
  })
  .meta({ id: 'Realm' });
export type Realm = z.infer<typeof Realm>;
export const Realms = z.array(Realm);

export const NewRealm = z.object({ name: RealmName, slug: ServiceName, m2m_ttl_s: MachineTokenSeconds.default(300) });

/** What is absent or null stays; the slug always does. */
export const RealmChange = z.object({
  name: RealmName.nullish(),
  m2m_ttl_s: MachineTokenSeconds.nullish(),
  is_active: z.boolean().nullish(),
});

export const RealmMember = z
  .object({
    id: Id,
    name: z.string(),
    service_name: z.string(),
    /** Whether grants stand under the service's own name, which do not count while it is in the realm. */
    has_grants: z.boolean(),
  })
  .meta({ id: 'RealmMember' });
export type RealmMember = z.infer<typeof RealmMember>;
export const RealmMembers = z.array(RealmMember);

/** What a service learns about itself at its start. */
export const RealmWhoami = z.object({
  service_name: z.string(),
  /** What `service_name` of its requests and `svc` of its tokens must equal. */
  effective_scope: z.string(),
  realm: z.object({ slug: z.string(), name: z.string() }).nullable(),
});

/** A target may be named; the token is good in the whole realm. */
export const MachineTokenRequest = z.object({ target: z.unknown().optional() }).nullish();
export const MachineToken = z.object({ token: z.string(), expires_in: z.int() });
