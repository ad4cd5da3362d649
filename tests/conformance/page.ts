// A page of an application, as a browser would run it: its requests carry its origin, are asked about first where the Fetch
// standard says so, and their answers are kept from it unless the server allows the origin.
import { type Browser, createBrowser } from '@sentinel/sandbox/identity';

export interface Page {
  readonly origin: string;
  readonly browser: Browser;
  /** sessionStorage of the tab. */
  readonly storage: Map<string, string>;
  /** A request of the page's script to another origin. @throws TypeError where a browser would keep the answer back */
  fetch(url: string, init?: RequestInit): Promise<Response>;
}

let lastAddress = 0;

/** A browser at an address of its own, so that tests do not use up each other's limits. */
export function openBrowser(stops: readonly string[] = []): Browser {
  lastAddress += 1;
  const address = `198.51.${100 + Math.floor(lastAddress / 250)}.${1 + (lastAddress % 250)}`;
  return createBrowser(stops, { 'x-forwarded-for': address });
}

export function openPage(origin: string): Page {
  const browser = openBrowser([`${origin}/`]);
  const granted = new Set<string>();
  return {
    origin,
    browser,
    storage: new Map(),
    fetch: async (url, init = {}) => {
      const headers = new Headers(init.headers);
      const ask = {
        url,
        method: init.method ?? 'GET',
        origin,
        named: [...headers].filter(needsLeave).map(([name]) => name),
      };
      headers.set('origin', origin);
      await preflight(browser, ask, granted);
      // A script's request to another origin carries no cookies unless it asks for them.
      const response = await browser.fetch(url, { ...init, headers, credentials: 'omit' });
      if (response.headers.get('access-control-allow-origin') !== origin) throw new TypeError('kept back by CORS');
      return response;
    },
  };
}

interface Ask {
  readonly url: string;
  readonly method: string;
  readonly origin: string;
  readonly named: readonly string[];
}

/** Fetch standard, "CORS-preflight fetch". */
async function preflight(browser: Browser, { url, method, origin, named }: Ask, granted: Set<string>): Promise<void> {
  if (['GET', 'HEAD', 'POST'].includes(method) && named.length === 0) return;
  const key = `${method} ${new URL(url).pathname} ${named.join()}`;
  if (granted.has(key)) return;
  const asks = { origin, 'access-control-request-method': method, 'access-control-request-headers': named.join(',') };
  const answer = await browser.fetch(url, { method: 'OPTIONS', headers: asks, credentials: 'omit' });
  const listed = (name: string) => (answer.headers.get(name) ?? '').toLowerCase().split(/\s*,\s*/);
  const isGranted =
    answer.ok &&
    answer.headers.get('access-control-allow-origin') === origin &&
    listed('access-control-allow-methods').includes(method.toLowerCase()) &&
    named.every((name) => listed('access-control-allow-headers').includes(name));
  if (!isGranted) throw new TypeError('refused by the preflight');
  granted.add(key);
}

function needsLeave([name, value]: [string, string]): boolean {
  if (name === 'content-type')
    return !/^(?:application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/.test(value);
  return !['accept', 'accept-language', 'content-language'].includes(name);
}
