import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { looksSealed, needsResealing, open, openV1, seal, sealV1, type SealContext } from './envelope.ts';
import { createVault, parseMasterKey } from './vault.ts';

const Vectors = z.object({
  cases: z.array(
    z.object({
      id: z.string(),
      why: z.string(),
      input: z.object({ key: z.string(), value: z.string() }),
      expect: z.union([
        z.object({ ok: z.literal(true), plaintext: z.string(), legacy: z.boolean().default(false) }),
        z.object({ ok: z.literal(false), reason: z.enum(['format', 'auth', 'key', 'encoding']) }),
      ]),
    }),
  ),
});
const vectors = Vectors.parse(
  JSON.parse(readFileSync(new URL('../../../../../tests/vectors/envelope.json', import.meta.url), 'utf8')),
);

const text = fc.string({ unit: 'grapheme' });
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const context = fc.record({ workspaceId: fc.option(text), holder: text, field: text });
const vault = createVault([randomBytes(32)]);
const here: SealContext = { workspaceId: 'w', holder: 'connection:c', field: 'refresh_token' };

describe('the published envelope cases', () => {
  it('are 61', () => expect(vectors.cases).toHaveLength(61));

  for (const { id, why, input, expect: wanted } of vectors.cases) {
    it(`${id}: ${why}`, () => {
      const master = parseMasterKey(input.key);
      const answer = master === null ? { kind: 'refused', reason: 'key' } : openV1(input.value, master);
      expect(answer).toEqual(
        wanted.ok
          ? { kind: wanted.legacy ? 'legacy' : 'opened', plaintext: wanted.plaintext }
          : { kind: 'refused', reason: wanted.reason },
      );
    });
  }
});

describe('enc:v1', () => {
  it('opens what it sealed, whatever the text', () => {
    fc.assert(
      fc.property(text, key, (plaintext, k) => {
        expect(openV1(sealV1(plaintext, k), k)).toEqual({ kind: 'opened', plaintext });
      }),
    );
  });

  it('seals again what looks sealed already, and the empty text', () => {
    const k = randomBytes(32);
    const once = sealV1('inner', k);
    expect(openV1(sealV1(once, k), k)).toEqual({ kind: 'opened', plaintext: once });
    expect(sealV1('', k)).toMatch(/^enc:v1:/);
  });

  it('never seals the same text to the same value twice', () => {
    const k = randomBytes(32);
    expect(new Set(Array.from({ length: 500 }, () => sealV1('same', k))).size).toBe(500);
  });

  it('keeps a byte order mark that is part of the text', () => {
    const k = randomBytes(32);
    expect(openV1(sealV1('\ufeffx', k), k)).toEqual({ kind: 'opened', plaintext: '\ufeffx' });
  });

  it('refuses to seal half a surrogate pair, which would come back changed', () => {
    expect(() => sealV1('\ud800', randomBytes(32))).toThrow(/well-formed/);
  });

  it('refuses keys that are not 32 bytes, sealing and opening', () => {
    expect(() => sealV1('x', randomBytes(16))).toThrow(/32 bytes/);
    expect(openV1(sealV1('x', randomBytes(32)), randomBytes(16))).toEqual({ kind: 'refused', reason: 'key' });
  });
});

describe('enc:v2', () => {
  it('opens what it sealed, for the same reader', () => {
    fc.assert(
      fc.property(text, context, (plaintext, reader) => {
        expect(open(vault, reader, seal(vault, reader, plaintext))).toEqual({ kind: 'opened', plaintext });
      }),
    );
  });

  it('refuses every other reader', () => {
    fc.assert(
      fc.property(context, context, (sealer, reader) => {
        fc.pre(JSON.stringify(sealer) !== JSON.stringify(reader));
        expect(open(vault, reader, seal(vault, sealer, 'x'))).toEqual({ kind: 'refused', reason: 'auth' });
      }),
    );
  });

  it('tells readers apart whose parts read the same when joined', () => {
    const sealed = seal(vault, { workspaceId: 'ab', holder: 'c', field: 'd' }, 'x');
    expect(open(vault, { workspaceId: 'a', holder: 'bc', field: 'd' }, sealed).kind).toBe('refused');
    expect(open(vault, { workspaceId: null, holder: 'abc', field: 'd' }, sealed).kind).toBe('refused');
  });

  it('opens after the key was rotated, and asks to be sealed anew', () => {
    const [older, newer] = [randomBytes(32), randomBytes(32)];
    const before = seal(createVault([older]), here, 'x');
    const after = createVault([newer, older]);
    expect(open(after, here, before)).toEqual({ kind: 'opened', plaintext: 'x' });
    expect(needsResealing(after, before)).toBe(true);
    expect(needsResealing(after, seal(after, here, 'x'))).toBe(false);
    expect(open(createVault([newer]), here, before)).toEqual({ kind: 'refused', reason: 'key_unknown' });
  });

  it('refuses plain text and v1, which only somebody else can have put there', () => {
    expect(open(vault, here, 'plain')).toEqual({ kind: 'refused', reason: 'format' });
    expect(open(vault, here, sealV1('x', vault.deriveKey('vault')))).toEqual({ kind: 'refused', reason: 'format' });
  });

  it('refuses an authentic value whose key id was exchanged', () => {
    const [one, two] = [randomBytes(32), randomBytes(32)];
    const ring = createVault([one, two]);
    const moved = seal(ring, here, 'x').replace(ring.currentKeyId, ring.keyIds[1] ?? '');
    expect(open(ring, here, moved)).toEqual({ kind: 'refused', reason: 'auth' });
  });
});

describe('both versions', () => {
  const k = randomBytes(32);
  const forms = [
    { name: 'v1', skip: 2, sealed: sealV1('a secret of some length', k), opened: (value: string) => openV1(value, k) },
    {
      name: 'v2',
      skip: 3,
      sealed: seal(vault, here, 'a secret of some length'),
      opened: (value: string) => open(vault, here, value),
    },
  ];

  for (const { name, skip, sealed, opened } of forms) {
    it(`${name} refuses every flipped bit of IV, tag and ciphertext`, () => {
      let flips = 0;
      const parts = sealed.split(':');
      for (let part = skip; part < parts.length; part++) {
        const bytes = decodeBase64(parts[part] ?? '') ?? new Uint8Array();
        for (let bit = 0; bit < bytes.length * 8; bit++) {
          const changed = Uint8Array.from(bytes, (byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
          expect(opened(parts.with(part, encodeBase64(changed)).join(':'))).toEqual({
            kind: 'refused',
            reason: 'auth',
          });
          flips++;
        }
      }
      expect(flips).toBe((12 + 16 + 23) * 8);
    });

    it(`${name} refuses every value with one character exchanged`, () => {
      fc.assert(
        fc.property(fc.nat(sealed.length - 1), fc.constantFrom(...Array.from('AZaz09+/=:-_ \n\0é')), (at, char) => {
          fc.pre(sealed[at] !== char);
          // A change in the first characters can make it plain text, which v1 gives back as it is: then as it is.
          const changed = sealed.slice(0, at) + char + sealed.slice(at + 1);
          const answer = opened(changed);
          expect(
            answer.kind === 'legacy'
              ? answer.plaintext === changed && !looksSealed(changed)
              : answer.kind === 'refused',
          ).toBe(true);
        }),
      );
    });
  }

  it('answer arbitrary text without throwing, and never as opened', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((s) => `enc:v1:${s}`),
      fc.string().map((s) => `enc:v2:${vault.currentKeyId}:${s}`),
      fc.constantFrom('\ud800', 'enc:v1:::', 'enc:v2:::::', `enc:v2:${vault.currentKeyId}:::`),
    );
    fc.assert(
      fc.property(hostile, (value) => {
        expect(openV1(value, k).kind).toBe(looksSealed(value) ? 'refused' : 'legacy');
        expect(open(vault, here, value).kind).toBe('refused');
      }),
    );
  });
});
