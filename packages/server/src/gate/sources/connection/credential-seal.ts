// Seals and opens the tokens of a connection. Each is bound to its workspace, its connection and its column, so a value that
// was moved to another row opens nowhere.
import type { ConnectionId } from '../../../platform/ids.ts';
import { open, type Refused, seal, type SealContext } from '../../../platform/secrets/envelope.ts';
import type { Vault } from '../../../platform/secrets/vault.ts';
import type { ConnectionRef, SealedCredentials } from './connection.ts';

/** Columns that hold sealed values. */
export const SEALED_FIELDS = ['access_token', 'refresh_token'] as const;
export type SealedField = (typeof SEALED_FIELDS)[number];

/** Tokens in clear: held in memory for one exchange, never written down, never logged. */
export interface Credentials {
  readonly access: string;
  /** Null where the provider gave none. */
  readonly refresh: string | null;
}

export function sealContext(workspaceId: string, connectionId: ConnectionId, field: SealedField): SealContext {
  return { workspaceId, holder: `connection:${connectionId}`, field };
}

export function sealCredentials(
  vault: Vault,
  { workspaceId, connectionId }: ConnectionRef,
  { access, refresh }: Credentials,
): SealedCredentials {
  return {
    access: seal(vault, sealContext(workspaceId, connectionId, 'access_token'), access),
    refresh: refresh === null ? null : seal(vault, sealContext(workspaceId, connectionId, 'refresh_token'), refresh),
  };
}

export type OpenedCredentials =
  | { readonly kind: 'opened'; readonly credentials: Credentials }
  /** `key_missing`: this process lacks a key that others may have. `unreadable`: no key opens them. */
  | { readonly kind: 'key_missing' | 'unreadable' };

/** The tokens in clear, or why they cannot be had with the keys at hand. */
export function openCredentials(
  vault: Vault,
  { workspaceId, connectionId }: ConnectionRef,
  { access, refresh }: SealedCredentials,
): OpenedCredentials {
  if (access === null) return { kind: 'unreadable' };
  const opened = open(vault, sealContext(workspaceId, connectionId, 'access_token'), access);
  if (opened.kind === 'refused') return whyNot(opened);
  if (refresh === null) return { kind: 'opened', credentials: { access: opened.plaintext, refresh: null } };
  const renewing = open(vault, sealContext(workspaceId, connectionId, 'refresh_token'), refresh);
  if (renewing.kind === 'refused') return whyNot(renewing);
  return { kind: 'opened', credentials: { access: opened.plaintext, refresh: renewing.plaintext } };
}

const whyNot = ({ reason }: Refused): OpenedCredentials => ({
  kind: reason === 'key_unknown' ? 'key_missing' : 'unreadable',
});
