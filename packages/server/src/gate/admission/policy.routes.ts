// The policy over HTTP: read it with its history, preview another, publish the next version.
import { PolicyPreview, PolicyPreviewRequest, PolicyState, PolicyVersion, PublishPolicy } from '@sentinel/contract';
import type { Database } from '../../platform/db/database.ts';
import { type Route, route } from '../../platform/http/route.ts';
import { assertPolicyComparable } from './policy.ts';
import { previewPolicy } from './policy-preview.ts';
import { getCurrentPolicy, insertPolicy, listPolicyVersions } from './policy.store.ts';
import type { MemberAddresses } from './self.ts';

export function policyRoutes({ db, members }: { db: Database; members: MemberAddresses }): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/gate/policy',
      summary: 'Read the gate policy and its versions',
      action: 'policy:read',
      unaudited: 'Reading rules changes nothing',
      answers: { 200: PolicyState },
      problems: ['not_set_up'],
      rate: 'read',
      handle: ({ caller }) =>
        db.workspace(caller.workspaceId, async (tx) => ({
          current: await getCurrentPolicy(tx),
          history: await listPolicyVersions(tx),
        })),
    }),
    route({
      method: 'POST',
      path: '/v1/gate/policy/preview',
      summary: 'Preview what another policy would have done with the newest outcomes',
      action: 'policy:publish',
      audit: 'policy.previewed',
      body: PolicyPreviewRequest,
      answers: { 200: PolicyPreview },
      problems: ['invalid_request', 'no_self_identity'],
      rate: 'write',
      handle: async ({ caller, body }) =>
        await previewPolicy(db, caller.workspaceId, {
          policy: body.policy,
          last: body.last,
          members: await members(caller.workspaceId),
        }),
    }),
    route({
      method: 'PUT',
      path: '/v1/gate/policy',
      summary: 'Publish the next version of the gate policy',
      action: 'policy:publish',
      audit: 'policy.published',
      body: PublishPolicy,
      answers: { 200: PolicyVersion },
      problems: ['invalid_request', 'revision_conflict'],
      rate: 'write',
      handle: async ({ caller, body, entry, now }) => {
        assertPolicyComparable(body.policy);
        const by = caller.actor.name ?? caller.actor.kind;
        return await db.workspace(caller.workspaceId, async (tx) => {
          const version = await insertPolicy(tx, { policy: body.policy, basedOn: body.basedOn, by, at: now });
          await entry.record(tx, { target: `policy:${version}`, detail: { version, basedOn: body.basedOn } });
          return { version, policy: body.policy, publishedAt: now.toISOString(), publishedBy: by };
        });
      },
    }),
  ];
}
