// What an attacker who can write to the database, or fill in a form, may try with sealed values.
import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { open, openV1, seal, sealV1, type SealContext } from './envelope.ts';
import { createVault } from './vault.ts';

const master = randomBytes(32);
const vault = createVault([master]);
const here: SealContext = { workspaceId: 'w1', holder: 'connection:c1', field: 'refresh_token' };
const refusedAs = (reason: string) => ({ kind: 'refused', reason });

describe('a tag that was cut', () => {
  const sealed = { v1: sealV1('token', master), v2: seal(vault, here, 'token') };
  const opens = { v1: (value: string) => openV1(value, master), v2: (value: string) => open(vault, here, value) };

  // A plain GCM call takes tags of 4, 8 and 12 bytes too, and a short one is soon guessed.
  for (const version of ['v1', 'v2'] as const) {
    it.each([0, 1, 4, 8, 12, 13, 14, 15])(`of ${version} to %i bytes is refused`, (length) => {
      const parts = sealed[version].split(':');
      const at = parts.length - 2;
      const tag = decodeBase64(parts[at] ?? '') ?? new Uint8Array();
      expect(tag).toHaveLength(16);
      expect(opens[version](parts.with(at, encodeBase64(tag.subarray(0, length))).join(':'))).toEqual(
        refusedAs('format'),
      );
    });

    it(`of ${version} that is written in another way is refused`, () => {
      const parts = sealed[version].split(':');
      const at = parts.length - 2;
      const tag = parts[at] ?? '';
      const others = [tag.replace(/=+$/, ''), `${tag}=`, `${tag} `, `${tag.slice(0, -3)}B==`, `${tag}${tag}`];
      const opened = others.filter(
        (other) => other !== tag && opens[version](parts.with(at, other).join(':')).kind !== 'refused',
      );
      expect(opened).toEqual([]);
    });
  }
});

describe('a value that was moved', () => {
  const sealed = seal(vault, here, 'token');

  it.each([
    ['to another connection', { ...here, holder: 'connection:c2' }],
    ['to another field of its connection', { ...here, field: 'access_token' }],
    ['to another workspace', { ...here, workspaceId: 'w2' }],
    ['to the installation itself', { ...here, workspaceId: null }],
    ['to where the signing keys stand', { workspaceId: null, holder: 'tokens', field: 'kid' }],
  ])('%s does not open', (_where, reader) => {
    expect(open(vault, here, sealed)).toEqual({ kind: 'opened', plaintext: 'token' });
    expect(open(vault, reader, sealed)).toEqual(refusedAs('auth'));
  });
});

describe('the server as an oracle', () => {
  it('seals text that looks sealed like any other text, and gives back that text, not what is in it', () => {
    const leaked = seal(vault, { ...here, holder: 'connection:victim' }, 'the token of somebody else');
    const stored = seal(vault, here, leaked);
    expect(stored).not.toBe(leaked);
    expect(open(vault, here, stored)).toEqual({ kind: 'opened', plaintext: leaked });
  });

  it('opens no leaked value that somebody managed to store as their own', () => {
    const leaked = seal(vault, { ...here, holder: 'connection:victim' }, 'the token of somebody else');
    expect(open(vault, here, leaked).kind).toBe('refused');
  });

  it('takes no plain text and no older form in place of a sealed value', () => {
    for (const planted of ['https://attacker.example', '', ' ', sealV1('x', master), 'enc:v3:a:b:c', 'ENC:V2:a:b:c:d'])
      expect(open(vault, here, planted)).toEqual(refusedAs('format'));
  });

  it('never passes through what merely looks sealed, not even where plain text of an import may stand', () => {
    for (const text of ['enc:v1:', 'enc:v1:garbage', 'enc:v2:x', 'ENC:V1:a:b:c', ' enc:v1:a:b:c', '\ufeffenc:v1:a:b:c'])
      expect(openV1(text, master).kind).toBe('refused');
    expect(openV1('enc:ryption is a word', master)).toEqual({ kind: 'legacy', plaintext: 'enc:ryption is a word' });
  });
});

describe('the master key', () => {
  it('itself seals nothing and signs nothing: whoever has a derived key has no other', () => {
    const sealed = seal(vault, here, 'token').split(':');
    const [iv, tag, ciphertext] = sealed.slice(3).map((part) => decodeBase64(part) ?? new Uint8Array());
    const keys = [master, vault.deriveKey('vault'), vault.deriveKey('cookies'), vault.deriveKey('audit-signing')];
    for (const key of keys) {
      const forged = createCipheriv('aes-256-gcm', key, iv ?? new Uint8Array());
      expect(Buffer.concat([forged.update('token'), forged.final()])).not.toEqual(Buffer.from(ciphertext ?? []));
    }
    expect(tag).toHaveLength(16);
    const signed = (key: Uint8Array) => createHmac('sha256', key).update('state').digest('hex');
    expect(signed(vault.deriveKey('cookies'))).not.toBe(signed(master));
  });

  it('gives every holder a key of its own', () => {
    const ofHolder = (holder: string) => vault.deriveFor('vault', Buffer.from(holder), vault.currentKeyId);
    expect(ofHolder('connection:c1')).not.toEqual(ofHolder('connection:c2'));
  });

  it('does not let the application’s own secret open as a connection’s, or the other way round', () => {
    const app: SealContext = { workspaceId: null, holder: 'app:salesforce', field: 'client_secret' };
    const secret = seal(vault, app, 'client secret');
    expect(open(vault, { workspaceId: 'w1', holder: 'connection:c1', field: 'client_secret' }, secret).kind).toBe(
      'refused',
    );
    expect(open(vault, { workspaceId: 'w1', holder: 'app:salesforce', field: 'client_secret' }, secret).kind).toBe(
      'refused',
    );
  });
});
