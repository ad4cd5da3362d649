import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NewClientApp, RedirectUri, ServiceName, WebOrigin } from './apps.ts';

const takes = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown): boolean =>
  schema.safeParse(value).success;

describe('a redirect address', () => {
  it.each([
    'https://app.example/auth/callback',
    'https://app.example',
    'https://app.example/',
    'https://app.example:8443/cb',
    'https://xn--bcher-kva.example/cb',
    'https://192.0.2.7/cb',
    'https://app.example/@me/cb',
    'http://localhost/cb',
    'http://localhost:3000/cb',
    'http://127.0.0.1:3000/cb',
    'http://127.9.8.7/cb',
    'http://[::1]:3000/cb',
  ])('may be %s', (uri) => expect(takes(RedirectUri, uri)).toBe(true));

  it.each([
    ['another scheme', 'ftp://app.example/cb'],
    ['a script', 'javascript:alert(1)'],
    ['a program', 'com.example.app:/cb'],
    ['data', 'data:text/html,hello'],
    ['http beyond this machine', 'http://app.example/cb'],
    ['http to a name that begins like this machine', 'http://localhost.app.example/cb'],
    ['http to a name that ends like a loopback address', 'http://127.0.0.1.app.example/cb'],
    ['http to every address', 'http://0.0.0.0/cb'],
    ['a user name', 'https://app.example@other.example/cb'],
    ['a password', 'https://a:b@app.example/cb'],
    ['an empty user name', 'https://@app.example/cb'],
    ['a fragment', 'https://app.example/cb#here'],
    ['an empty fragment', 'https://app.example/cb#'],
    ['a query', 'https://app.example/cb?next=1'],
    ['an empty query', 'https://app.example/cb?'],
    ['a wildcard host', 'https://*.app.example/cb'],
    ['a wildcard path', 'https://app.example/*'],
    ['a backslash', 'https://app.example\\@other.example/cb'],
    ['a backslash in the path', 'https://app.example/a\\b'],
    ['two slashes only', '//app.example/cb'],
    ['a path only', '/cb'],
    ['one slash', 'https:/app.example/cb'],
    ['no slash', 'https:app.example/cb'],
    ['dots to resolve', 'https://app.example/a/../cb'],
    ['encoded dots', 'https://app.example/a/%2e%2e/cb'],
    ['the usual port', 'https://app.example:443/cb'],
    ['upper case in the host', 'https://App.example/cb'],
    ['upper case in the scheme', 'HTTPS://app.example/cb'],
    ['letters beyond ASCII', 'https://bücher.example/cb'],
    ['a full-width dot', 'https://app。example/cb'],
    ['a dot at the end of the host', 'https://app.example./cb'],
    ['a short number for an address', 'http://127.1/cb'],
    ['white space', ' https://app.example/cb'],
    ['a line end', 'https://app.example/cb\n'],
    ['a tab inside', 'https://app.ex\tample/cb'],
    ['a space in the path', 'https://app.example/a b'],
    ['nothing', ''],
    ['null', 'null'],
    ['too much', `https://app.example/${'a'.repeat(2048)}`],
  ])('is refused with %s', (_what, uri) => expect(takes(RedirectUri, uri)).toBe(false));

  it('names the place, and says why without repeating it', () => {
    const result = NewClientApp.safeParse({
      name: 'App',
      redirect_uris: ['https://app.example/cb', 'https://*.app.example'],
    });
    expect(result.error?.issues).toMatchObject([{ code: 'invalid_format', path: ['redirect_uris', 1] }]);
    expect(result.error?.issues[0]?.message).not.toContain('app.example');
  });

  it('is read by the URL standard as it was written', () => {
    const uris = fc.oneof(
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.webUrl().map((text) => text.replace('http:', 'https:')),
      fc.string({ unit: 'binary' }).map((text) => `https://app.example/${text}`),
      fc.string().map((text) => `https://${text}/cb`),
    );
    fc.assert(
      fc.property(uris, (text) => {
        if (!takes(RedirectUri, text)) return;
        const url = new URL(text);
        expect([text, `${text}/`]).toContain(url.href);
        expect(url.username + url.password + url.search + url.hash).toBe('');
      }),
      { numRuns: 500 },
    );
  });
});

describe('an origin', () => {
  it.each(['https://app.example', 'https://app.example:8443', 'http://localhost:5173', 'http://[::1]:3000'])(
    'may be %s',
    (origin) => expect(takes(WebOrigin, origin)).toBe(true),
  );

  it.each([
    'null',
    '*',
    'https://*.app.example',
    'https://app.example/',
    'https://app.example/path',
    'https://app.example?x',
    'https://app.example#x',
    'https://app.example:443',
    'https://App.example',
    'https://user@app.example',
    'https://app.example.',
    'http://app.example',
    'file://',
    'chrome-extension://abc',
    'app.example',
    '',
  ])('is not %s', (origin) => expect(takes(WebOrigin, origin)).toBe(false));
});

describe('a name of a service', () => {
  it.each(['ab', 'notes', 'notes-2', 'a-b', `a${'b'.repeat(254)}`])('may be %s', (name) =>
    expect(takes(ServiceName, name)).toBe(true),
  );
  it.each(['a', '', '-ab', 'ab-', '2ab', 'Notes', 'no_tes', '__proto__', 'a.b', 'ab\n', `a${'b'.repeat(255)}`])(
    'is not %j',
    (name) => expect(takes(ServiceName, name)).toBe(false),
  );
});

describe('a list of addresses', () => {
  it('holds each once, and at least one', () => {
    const uri = 'https://app.example/cb';
    expect(NewClientApp.parse({ name: 'App', redirect_uris: [uri, uri] }).redirect_uris).toEqual([uri]);
    expect(takes(NewClientApp, { name: 'App', redirect_uris: [] })).toBe(false);
  });
});
