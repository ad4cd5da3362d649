// The operator's side of the contract: a platform administrator in a browser of their own, on the server's own pages.
import type { Browser } from '@sentinel/sandbox/identity';
import { openBrowser } from './page.ts';
import { jsonOf } from './proxy-client.ts';

export interface AdminClient {
  readonly browser: Browser;
  /** A call as the administration pages make it: with the cookie, from our own origin, with the header that forms lack. */
  ask(method: string, path: string, body?: unknown): Promise<Response>;
  /** The same, where the answer has to be a success. @throws Refused */
  json(method: string, path: string, body?: unknown): Promise<unknown>;
}

/**
 * Signs an administrator in through the stand-in Google.
 *
 * @param sub the person to pick there
 */
export async function signInAdmin(base: string, sub: string): Promise<AdminClient> {
  const browser = openBrowser();
  await browser.goAs(`${base}/auth/admin/login/google`, sub);
  return adminClient(base, browser);
}

export function adminClient(base: string, browser: Browser): AdminClient {
  const ask: AdminClient['ask'] = async (method, path, body) =>
    await browser.fetch(`${base}${path}`, {
      method,
      headers: {
        origin: base,
        'sec-fetch-site': 'same-origin',
        'x-requested-with': 'administration',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return { browser, ask, json: async (method, path, body) => await jsonOf(await ask(method, path, body)) };
}
