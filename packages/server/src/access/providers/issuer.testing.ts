// Support for tests: an OpenID issuer on a port of this machine, with real keys and signatures, whose every answer a test
// can change; and a clock to set.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

export interface TestKey {
  readonly privateKey: CryptoKey;
  /** As it is published. */
  readonly jwk: JWK;
  readonly alg: string;
}

/** A new key; `kid` null publishes and uses it without one. */
export async function makeKey(kid: string | null, alg = 'RS256', modulusLength = 2048): Promise<TestKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { modulusLength, extractable: true });
  const named = kid === null ? {} : { kid };
  return { privateKey, alg, jwk: { ...(await exportJWK(publicKey)), ...named, use: 'sig', alg } };
}

export interface SettableClock {
  now(): Date;
  /** Milliseconds. */
  pass(span: number): void;
}

export function settableClock(start = '2026-03-01T12:00:00Z'): SettableClock {
  let time = Date.parse(start);
  return {
    now: () => new Date(time),
    pass: (span) => {
      time += span;
    },
  };
}

export interface TestAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, everything else as JSON. */
  readonly body?: unknown;
}

export interface TestServer {
  readonly origin: string;
  /** `GET /jwks` and so on, in order. */
  readonly asked: string[];
  /** Bodies and headers, in the same order. */
  readonly requests: { readonly headers: IncomingMessage['headers']; readonly body: string }[];
  /** What is answered, by method and path; anything else is 404. `null` breaks the connection off. */
  readonly answers: Record<string, (() => TestAnswer | null) | undefined>;
  close(): Promise<void>;
}

export async function startServer(): Promise<TestServer> {
  const asked: string[] = [];
  const requests: TestServer['requests'] = [];
  const answers: TestServer['answers'] = {};
  const server = createServer((request, response) => void answer(request, response));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const road = `${request.method} ${request.url?.split('?')[0]}`;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    asked.push(road);
    requests.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    const given: TestAnswer | null = (answers[road] ?? (() => ({ status: 404 })))();
    if (given === null) return void request.socket.destroy();
    const body = typeof given.body === 'string' ? given.body : JSON.stringify(given.body ?? {});
    response.writeHead(given.status ?? 200, { 'content-type': 'application/json', ...given.headers }).end(body);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Listening on an IP socket has an address of this form.
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    asked,
    requests,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface TestIssuer extends TestServer {
  readonly issuer: string;
  /** The published ones; the first signs. Tests may change the list. */
  keys: TestKey[];
  metadata: Record<string, unknown>;
  /** Times `GET /jwks` was asked. */
  keyFetches(): number;
  /** An ID token that is right except for the changes; undefined leaves a claim out. */
  token(changes?: Readonly<Record<string, unknown>>, how?: SignOptions): Promise<string>;
}

export interface SignOptions {
  readonly key?: TestKey;
  readonly header?: Readonly<Record<string, unknown>>;
}

export const CLIENT_ID = 'our-client';

export async function startIssuer(clock: SettableClock, firstKey?: TestKey): Promise<TestIssuer> {
  const server = await startServer();
  const issuer: TestIssuer = {
    ...server,
    issuer: `${server.origin}/realm`,
    keys: [firstKey ?? (await makeKey('first'))],
    metadata: {
      issuer: `${server.origin}/realm`,
      jwks_uri: `${server.origin}/jwks`,
      authorization_endpoint: `${server.origin}/authorize`,
      token_endpoint: `${server.origin}/token`,
      userinfo_endpoint: `${server.origin}/userinfo`,
    },
    keyFetches: () => server.asked.filter((road) => road === 'GET /jwks').length,
    token: (changes = {}, { key, header = {} } = {}) => {
      const { privateKey, alg, jwk } = key ?? issuer.keys[0] ?? fail();
      const named = jwk.kid === undefined ? {} : { kid: jwk.kid };
      return new SignJWT({ ...goodClaims(issuer.issuer, clock.now()), ...changes })
        .setProtectedHeader({ alg, typ: 'JWT', ...named, ...header })
        .sign(privateKey);
    },
  };
  server.answers['GET /realm/.well-known/openid-configuration'] = () => ({ body: issuer.metadata });
  server.answers['GET /jwks'] = () => ({ body: { keys: issuer.keys.map(({ jwk }) => jwk) } });
  return issuer;
}

export function goodClaims(issuer: string, now: Date): Record<string, unknown> {
  const iat = Math.floor(now.getTime() / 1000);
  return {
    iss: issuer,
    sub: 'subject-1',
    aud: CLIENT_ID,
    iat,
    exp: iat + 3600,
    email: 'Ada@Example.com',
    email_verified: true,
    name: 'Ada Example',
    picture: 'https://pictures.example/ada.png',
  };
}

/** A token whose very texts are given, rightly signed with RS256 over them. */
export async function signTexts(header: string, claims: string, { privateKey }: TestKey): Promise<string> {
  const input = [header, claims].map((text) => Buffer.from(text).toString('base64url')).join('.');
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', privateKey, Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString('base64url')}`;
}

/** A token signed by nobody or by other means than jose allows. */
export function rawToken(header: unknown, claims: unknown, signature = ''): string {
  const part = (value: unknown): string =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(claims)}.${signature}`;
}

function fail(): never {
  throw new Error('the issuer has no key');
}
