// The control tables of people, workspaces' members, applications and tokens. Of every secret
// that was handed out only a SHA-256 is kept; the signing keys are sealed. Their types stand in `access.tables.ts`.
import type { ControlMigration } from '../platform/db/database.ts';

export const accessMigrations: readonly ControlMigration[] = [
  {
    id: '0100-people',
    sql: `
      create table person (
        id uuid primary key,
        email text not null check (length(email) between 3 and 254),
        name text not null check (length(name) between 1 and 120),
        created_at timestamptz not null,
        deactivated_at timestamptz
      );
      create unique index person_email on person (lower(email));
      create table member (
        workspace_id uuid not null references workspace (id),
        person_id uuid not null references person (id),
        role text not null check (role in ('viewer', 'editor', 'admin', 'owner')),
        created_at timestamptz not null,
        primary key (workspace_id, person_id)
      );
      create index member_person on member (person_id);
    `,
  },
  {
    id: '0110-sign-in',
    sql: `
      create table session (
        id uuid primary key,
        token_hash bytea not null unique check (octet_length(token_hash) = 32),
        person_id uuid not null references person (id),
        workspace_id uuid not null references workspace (id),
        created_at timestamptz not null,
        seen_at timestamptz not null,
        expires_at timestamptz not null,
        revoked_at timestamptz
      );
      create index session_person on session (person_id);
      create table sign_in_link (
        token_hash bytea primary key check (octet_length(token_hash) = 32),
        kind text not null check (kind in ('setup', 'sign_in')),
        person_id uuid references person (id),
        workspace_id uuid references workspace (id),
        created_at timestamptz not null,
        expires_at timestamptz not null,
        used_at timestamptz,
        check ((kind = 'sign_in') = (person_id is not null and workspace_id is not null))
      );
      create table setup_claim (
        one boolean primary key default true check (one),
        holder uuid not null,
        lease_until timestamptz not null,
        workspace_id uuid not null,
        person_id uuid not null,
        done_at timestamptz
      );
    `,
  },
  {
    id: '0120-identities',
    sql: `
      alter table person
        add column avatar_url text check (length(avatar_url) <= 2048),
        add column is_admin boolean not null default false,
        -- A name the person chose is not overwritten by what the identity provider says.
        add column name_chosen boolean not null default false,
        add column organisation_id uuid,
        -- Tokens that were made out before this are not believed any more.
        add column signed_out_at timestamptz,
        add column updated_at timestamptz not null default now();
      -- Who somebody is at an identity provider. A mail address never stands in for it.
      create table identity (
        id uuid primary key,
        person_id uuid not null references person (id) on delete cascade,
        issuer text not null check (length(issuer) between 1 and 512),
        subject text not null check (length(subject) between 1 and 255),
        provider text not null check (length(provider) between 1 and 64),
        created_at timestamptz not null,
        seen_at timestamptz not null,
        unique (issuer, subject)
      );
      create index identity_person on identity (person_id);
      -- A sign-in that was sent to an identity provider and has not come back. Used up by being deleted.
      create table login_attempt (
        state_hash bytea primary key check (octet_length(state_hash) = 32),
        browser_hash bytea not null check (octet_length(browser_hash) = 32),
        purpose text not null check (purpose in ('app', 'admin', 'idp')),
        provider text not null,
        client_app_id uuid,
        redirect_uri text not null check (length(redirect_uri) <= 2048),
        challenge text,
        app_state text check (length(app_state) <= 512),
        created_at timestamptz not null
      );
      create index login_attempt_by_time on login_attempt (created_at);
    `,
  },
  {
    id: '0130-workspaces',
    sql: `
      alter table workspace
        drop constraint workspace_slug_check,
        drop constraint workspace_state_check,
        drop constraint workspace_name_check,
        add column description text check (length(description) <= 2000),
        add column created_by uuid references person (id) on delete set null,
        add constraint workspace_slug_check check (slug ~ '^[a-z0-9][a-z0-9-]{0,98}[a-z0-9]$|^[a-z0-9]$'),
        add constraint workspace_name_check check (length(name) between 1 and 255),
        -- \`creating\`: its plane is being made, it has no member yet. \`deleting\`: nobody may enter any more; its plane is
        -- being removed.
        add constraint workspace_state_check check (state in ('creating', 'active', 'suspended', 'deleting'));
      create table member_group (
        id uuid primary key,
        workspace_id uuid not null references workspace (id) on delete cascade,
        name text not null check (length(name) between 1 and 255),
        description text check (length(description) <= 2000),
        created_by uuid references person (id) on delete set null,
        created_at timestamptz not null,
        unique (workspace_id, name),
        unique (workspace_id, id)
      );
      -- Bound to the membership, so that whoever leaves the workspace leaves its groups.
      create table group_member (
        group_id uuid not null,
        workspace_id uuid not null,
        person_id uuid not null,
        added_at timestamptz not null,
        primary key (group_id, person_id),
        foreign key (workspace_id, group_id) references member_group (workspace_id, id) on delete cascade,
        foreign key (workspace_id, person_id) references member (workspace_id, person_id) on delete cascade
      );
      create index group_member_person on group_member (workspace_id, person_id);
      create table invitation (
        id uuid primary key,
        workspace_id uuid not null references workspace (id) on delete cascade,
        email text not null check (length(email) between 3 and 254),
        role text not null check (role in ('viewer', 'editor', 'admin', 'owner')),
        invited_by uuid references person (id) on delete set null,
        created_at timestamptz not null,
        expires_at timestamptz not null
      );
      create unique index invitation_email on invitation (workspace_id, lower(email));
      -- Asked at every sign-in.
      create index invitation_address on invitation (lower(email));
      create table organisation (
        id uuid primary key,
        name text not null check (length(name) between 1 and 255),
        slug text not null unique check (length(slug) between 1 and 63),
        is_public boolean not null default false,
        enabled boolean not null default true,
        created_at timestamptz not null
      );
      create unique index organisation_public on organisation (is_public) where is_public;
      alter table person add constraint person_organisation foreign key (organisation_id) references organisation (id) on delete set null;
      create table organisation_domain (
        id uuid primary key,
        organisation_id uuid not null references organisation (id) on delete cascade,
        domain text not null unique check (length(domain) between 3 and 253),
        include_subdomains boolean not null default false
      );
      create table workspace_organisation (
        workspace_id uuid not null references workspace (id) on delete cascade,
        organisation_id uuid not null references organisation (id),
        primary key (workspace_id, organisation_id)
      );
      -- Whoever signs in with a verified address of this domain becomes a member.
      create table workspace_domain (
        workspace_id uuid not null references workspace (id) on delete cascade,
        domain text not null check (length(domain) between 3 and 253),
        role text not null check (role in ('viewer', 'editor')),
        primary key (workspace_id, domain)
      );
      create index workspace_domain_domain on workspace_domain (domain);
    `,
  },
  {
    id: '0140-apps',
    sql: `
      create table client_app (
        id uuid primary key,
        name text not null check (length(name) between 1 and 255),
        redirect_uris text[] not null,
        is_active boolean not null default true,
        created_by uuid references person (id) on delete set null,
        created_at timestamptz not null,
        updated_at timestamptz not null
      );
      create table realm (
        id uuid primary key,
        name text not null check (length(name) between 1 and 255),
        slug text not null unique check (slug ~ '^[a-z][a-z0-9-]{0,253}[a-z0-9]$'),
        m2m_ttl_s integer not null default 300 check (m2m_ttl_s between 30 and 3600),
        is_active boolean not null default true,
        created_at timestamptz not null
      );
      create table service_app (
        id uuid primary key,
        name text not null check (length(name) between 1 and 255),
        service_name text not null unique check (service_name ~ '^[a-z][a-z0-9-]{0,253}[a-z0-9]$'),
        is_active boolean not null default true,
        allowed_origins text[] not null default '{}',
        allowed_idp_audiences text[] not null default '{}',
        -- Whether a page of an allowed origin may have authz tokens minted without the key.
        browser_minting boolean not null default false,
        realm_id uuid references realm (id) on delete set null,
        created_by uuid references person (id) on delete set null,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        last_used_at timestamptz
      );
      create table service_key (
        id uuid primary key,
        service_app_id uuid not null references service_app (id) on delete cascade,
        key_hash bytea not null unique check (octet_length(key_hash) = 32),
        prefix text not null,
        created_at timestamptz not null,
        -- Null on the current key; an older one ends here.
        expires_at timestamptz
      );
      create index service_key_app on service_key (service_app_id);
    `,
  },
  {
    id: '0150-tokens',
    sql: `
      create table signing_key (
        kid text primary key,
        public_jwk jsonb not null,
        sealed_private text not null,
        created_at timestamptz not null,
        -- Signs from here on, and until the next key does.
        active_from timestamptz not null,
        -- Verifies until here; null while it may still sign.
        verify_until timestamptz
      );
      create table token_family (
        id uuid primary key,
        person_id uuid not null references person (id) on delete cascade,
        workspace_id uuid not null references workspace (id) on delete cascade,
        -- A deleted app's families stay, revoked: their access tokens are refused until they end.
        client_app_id uuid references client_app (id) on delete set null,
        user_agent text,
        created_at timestamptz not null,
        used_at timestamptz not null,
        expires_at timestamptz not null,
        revoked_at timestamptz,
        revoked_for text
      );
      create index token_family_person on token_family (person_id) where revoked_at is null;
      create index token_family_member on token_family (workspace_id, person_id) where revoked_at is null;
      create table refresh_token (
        jti uuid primary key,
        family_id uuid not null references token_family (id) on delete cascade,
        issued_at timestamptz not null,
        spent_at timestamptz,
        child uuid
      );
      create index refresh_token_family on refresh_token (family_id);
      create table authorization_code (
        code_hash bytea primary key check (octet_length(code_hash) = 32),
        person_id uuid not null references person (id) on delete cascade,
        client_app_id uuid references client_app (id) on delete cascade,
        redirect_uri text not null,
        challenge text not null,
        provider text not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        spent_at timestamptz,
        -- When it was presented again after it was spent.
        replayed_at timestamptz,
        -- What it was exchanged for; ends when the code is presented again.
        family_id uuid,
        session_id uuid
      );
      -- Single tokens that ended before their time.
      create table revoked_token (
        jti uuid primary key,
        until timestamptz not null
      );
      -- Sign-in of a program without a browser (RFC 8628).
      create table device_grant (
        device_hash bytea primary key check (octet_length(device_hash) = 32),
        user_code text not null unique,
        client_name text not null check (length(client_name) between 1 and 120),
        created_at timestamptz not null,
        expires_at timestamptz not null,
        polled_at timestamptz,
        interval_s integer not null,
        decided_at timestamptz,
        person_id uuid references person (id) on delete cascade,
        workspace_id uuid references workspace (id) on delete cascade,
        spent_at timestamptz
      );
      alter table session
        add column label text check (length(label) <= 120),
        -- How it began. A link that a member made lets nobody act as platform administrator.
        add column via text not null default 'link' check (via in ('setup', 'operator', 'link', 'provider')),
        -- Wrong codes of programs typed so far; see \`device_grant\`.
        add column wrong_codes integer not null default 0;
      -- Whether the operator made the link, and not a member.
      alter table sign_in_link add column by_operator boolean not null default true;
    `,
  },
  {
    id: '0160-changes',
    sql: `
      -- One row. Whoever changes what other processes remember raises it last, so changes become visible in its order.
      create table access_revision (
        singleton boolean primary key default true check (singleton),
        revision bigint not null default 0
      );
      insert into access_revision default values;
      create table access_change (
        revision bigint primary key,
        kind text not null,
        subject text not null,
        at timestamptz not null
      );
    `,
  },
];
