// Types of the control tables of this area; `access.migrations.ts` makes them.
import type { Generated } from 'kysely';
import type { SessionOrigin, WorkspaceRole } from '@sentinel/contract';

export type AccessTables = {
  person: {
    id: string;
    email: string;
    name: string;
    created_at: Date;
    deactivated_at: Generated<Date | null>;
    avatar_url: Generated<string | null>;
    is_admin: Generated<boolean>;
    name_chosen: Generated<boolean>;
    organisation_id: Generated<string | null>;
    signed_out_at: Generated<Date | null>;
    updated_at: Generated<Date>;
  };
  identity: {
    id: string;
    person_id: string;
    issuer: string;
    subject: string;
    provider: string;
    created_at: Date;
    seen_at: Date;
  };
  login_attempt: {
    state_hash: Uint8Array;
    browser_hash: Uint8Array;
    purpose: 'app' | 'admin' | 'idp';
    provider: string;
    client_app_id: string | null;
    redirect_uri: string;
    challenge: string | null;
    app_state: string | null;
    created_at: Date;
  };
  workspace: {
    id: string;
    slug: string;
    name: string;
    state: Generated<'creating' | 'active' | 'suspended' | 'deleting'>;
    demo: Generated<boolean>;
    created_at: Generated<Date>;
    description: Generated<string | null>;
    created_by: Generated<string | null>;
  };
  member_group: {
    id: string;
    workspace_id: string;
    name: string;
    description: string | null;
    created_by: string | null;
    created_at: Date;
  };
  group_member: { group_id: string; workspace_id: string; person_id: string; added_at: Date };
  invitation: {
    id: string;
    workspace_id: string;
    email: string;
    role: WorkspaceRole;
    invited_by: string | null;
    created_at: Date;
    expires_at: Date;
  };
  organisation: {
    id: string;
    name: string;
    slug: string;
    is_public: Generated<boolean>;
    enabled: Generated<boolean>;
    created_at: Date;
  };
  organisation_domain: { id: string; organisation_id: string; domain: string; include_subdomains: boolean };
  workspace_organisation: { workspace_id: string; organisation_id: string };
  workspace_domain: { workspace_id: string; domain: string; role: 'viewer' | 'editor' };
  client_app: {
    id: string;
    name: string;
    redirect_uris: string[];
    is_active: Generated<boolean>;
    created_by: string | null;
    created_at: Date;
    updated_at: Date;
  };
  realm: {
    id: string;
    name: string;
    slug: string;
    m2m_ttl_s: Generated<number>;
    is_active: Generated<boolean>;
    created_at: Date;
  };
  service_app: {
    id: string;
    name: string;
    service_name: string;
    is_active: Generated<boolean>;
    allowed_origins: Generated<string[]>;
    allowed_idp_audiences: Generated<string[]>;
    browser_minting: Generated<boolean>;
    realm_id: Generated<string | null>;
    created_by: string | null;
    created_at: Date;
    updated_at: Date;
    last_used_at: Generated<Date | null>;
  };
  service_key: {
    id: string;
    service_app_id: string;
    key_hash: Uint8Array;
    prefix: string;
    created_at: Date;
    expires_at: Generated<Date | null>;
  };
  signing_key: {
    kid: string;
    public_jwk: unknown;
    sealed_private: string;
    created_at: Date;
    active_from: Date;
    verify_until: Generated<Date | null>;
  };
  token_family: {
    id: string;
    person_id: string;
    workspace_id: string;
    client_app_id: string | null;
    user_agent: string | null;
    created_at: Date;
    used_at: Date;
    expires_at: Date;
    revoked_at: Generated<Date | null>;
    revoked_for: Generated<string | null>;
  };
  refresh_token: {
    jti: string;
    family_id: string;
    issued_at: Date;
    spent_at: Generated<Date | null>;
    child: Generated<string | null>;
  };
  authorization_code: {
    code_hash: Uint8Array;
    person_id: string;
    client_app_id: string | null;
    redirect_uri: string;
    challenge: string;
    provider: string;
    created_at: Date;
    expires_at: Date;
    spent_at: Generated<Date | null>;
    replayed_at: Generated<Date | null>;
    family_id: Generated<string | null>;
    session_id: Generated<string | null>;
  };
  revoked_token: { jti: string; until: Date };
  device_grant: {
    device_hash: Uint8Array;
    user_code: string;
    client_name: string;
    created_at: Date;
    expires_at: Date;
    polled_at: Generated<Date | null>;
    interval_s: number;
    decided_at: Generated<Date | null>;
    person_id: Generated<string | null>;
    workspace_id: Generated<string | null>;
    spent_at: Generated<Date | null>;
  };
  access_revision: { singleton: Generated<boolean>; revision: number };
  access_change: { revision: number; kind: string; subject: string; at: Date };
  member: { workspace_id: string; person_id: string; role: WorkspaceRole; created_at: Date };
  session: {
    id: string;
    token_hash: Uint8Array;
    person_id: string;
    workspace_id: string;
    created_at: Date;
    seen_at: Date;
    expires_at: Date;
    revoked_at: Generated<Date | null>;
    label: Generated<string | null>;
    via: Generated<SessionOrigin>;
    wrong_codes: Generated<number>;
  };
  sign_in_link: {
    token_hash: Uint8Array;
    kind: 'setup' | 'sign_in';
    person_id: string | null;
    workspace_id: string | null;
    created_at: Date;
    expires_at: Date;
    used_at: Generated<Date | null>;
    by_operator: Generated<boolean>;
  };
  /** At most one row: who is setting the installation up, and the ids that a resumed setup goes on with. */
  setup_claim: {
    one: Generated<boolean>;
    holder: string;
    lease_until: Date;
    workspace_id: string;
    person_id: string;
    done_at: Generated<Date | null>;
  };
};
