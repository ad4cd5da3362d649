// A browser without a screen, for tests: it keeps cookies as browsers do, follows redirects, and picks a made-up person on
// the stand-ins' page. What a page's script would do, the test does.

const MAX_REDIRECTS = 12;

export interface Landing {
  /** Where it ended; for a redirect to a stop it is the address that was not asked for. */
  readonly url: URL;
  /** Status of the last answer; of the redirect itself at a stop. */
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Every status and address on the way, the last included. */
  readonly road: readonly { readonly status: number; readonly url: URL }[];
}

export interface Browser {
  /** One request with the cookies that belong there, unless `credentials` is `omit`; redirects are not followed. */
  fetch(url: URL | string, init?: RequestInit): Promise<Response>;
  /** Goes to an address and on along the redirects, up to an address under one of the stops. */
  go(url: URL | string, init?: RequestInit): Promise<Landing>;
  /** Goes to an address that ends on a stand-in's page, picks the person, and goes on. Null presses Cancel. */
  goAs(url: URL | string, sub: string | null): Promise<Landing>;
  /** Value of a cookie that would be sent there. */
  cookie(url: URL | string, name: string): string | null;
  setCookie(url: URL | string, header: string): void;
}

/**
 * @param stops beginnings of addresses that are not asked for, such as an application's own pages
 * @param always headers of every request, such as the address that a proxy in front would have seen
 */
export function createBrowser(stops: readonly string[] = [], always: Readonly<Record<string, string>> = {}): Browser {
  const jar: Cookie[] = [];
  const fetchOne: Browser['fetch'] = async (url, init = {}) => {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(always)) headers.set(name, value);
    const cookies = init.credentials === 'omit' ? '' : cookiesFor(jar, new URL(url));
    if (cookies !== '') headers.set('cookie', cookies);
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    if (init.credentials !== 'omit')
      for (const header of response.headers.getSetCookie()) keep(jar, new URL(url), header);
    return response;
  };
  const go: Browser['go'] = async (url, init) => await follow(fetchOne, stops, { url: new URL(url), init: init ?? {} });
  return {
    fetch: fetchOne,
    go,
    goAs: async (url, sub) => {
      const page = await go(url);
      const action = /<form method="post" action="([^"]*)"/.exec(page.text)?.[1];
      if (action === undefined) throw new Error(`no people to pick from: ${page.status} at ${page.url.pathname}`);
      const body = new URLSearchParams(sub === null ? { cancel: 'yes' } : { sub });
      const landing = await go(new URL(action.replaceAll('&amp;', '&'), page.url), { method: 'POST', body });
      return { ...landing, road: [...page.road, ...landing.road] };
    },
    cookie: (url, name) => {
      const sent = cookiesFor(jar, new URL(url)).split('; ');
      return sent.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
    },
    setCookie: (url, header) => keep(jar, new URL(url), header),
  };
}

interface Step {
  readonly url: URL;
  readonly init: RequestInit;
}

async function follow(fetchOne: Browser['fetch'], stops: readonly string[], first: Step): Promise<Landing> {
  const road: { status: number; url: URL }[] = [];
  let step = first;
  for (let count = 0; count < MAX_REDIRECTS; count += 1) {
    const response = await fetchOne(step.url, step.init);
    road.push({ status: response.status, url: step.url });
    const location = response.headers.get('location');
    const landed = { status: response.status, headers: response.headers, road };
    if (location === null || response.status < 300 || response.status > 399)
      return { ...landed, url: step.url, text: await response.text() };
    await response.body?.cancel();
    const next = new URL(location, step.url);
    if (stops.some((stop) => next.href.startsWith(stop))) return { ...landed, url: next, text: '' };
    // Fetch standard, "HTTP-redirect fetch": 307 and 308 repeat the request, the others turn into a GET.
    step = { url: next, init: [307, 308].includes(response.status) ? step.init : {} };
  }
  throw new Error(`redirected more than ${MAX_REDIRECTS} times`);
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  /** Cookies know hosts, not ports (RFC 6265 §8.5). */
  readonly host: string;
  readonly path: string;
  readonly until: number;
}

function keep(jar: Cookie[], url: URL, header: string): void {
  const [pair = '', ...attributes] = header.split(';').map((part) => part.trim());
  const at = pair.indexOf('=');
  const said = new Map(
    attributes.map((each) => {
      const [name = '', ...value] = each.split('=');
      return [name.toLowerCase(), value.join('=')];
    }),
  );
  const path = said.get('path') ?? url.pathname.slice(0, Math.max(1, url.pathname.lastIndexOf('/')));
  const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), host: url.hostname, path, until: endOf(said) };
  const old = jar.findIndex(({ name, host, path: at }) => name === cookie.name && host === cookie.host && at === path);
  if (old >= 0) jar.splice(old, 1);
  if (cookie.until > Date.now()) jar.push(cookie);
}

function endOf(said: ReadonlyMap<string, string>): number {
  const age = said.get('max-age');
  if (age !== undefined) return Date.now() + Number(age) * 1000;
  const expires = said.get('expires');
  return expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires);
}

function cookiesFor(jar: readonly Cookie[], url: URL): string {
  return jar
    .filter(({ host, path, until }) => host === url.hostname && until > Date.now() && liesUnder(url.pathname, path))
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');
}

/** RFC 6265 §5.1.4. */
function liesUnder(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
}
