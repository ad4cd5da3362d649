// Answers a stand-in's consent page as a person would, for tests: reads the form, unticks what is not to be granted, and
// presses one of the buttons.
import type { Browser, Landing } from '../identity/browser.ts';

export interface ConsentChoice {
  /** Whose button is pressed; the first one's unless said. Null presses Cancel. */
  readonly account?: string | null;
  /** Optional scopes that are not granted. */
  readonly without?: readonly string[];
}

/**
 * Goes to an address that ends on a consent page, answers it, and goes on to the browser's stop.
 *
 * @throws Error when there is no such page, or nobody of that name on it
 */
export async function answerConsent(browser: Browser, url: URL | string, choice: ConsentChoice = {}): Promise<Landing> {
  const page = await browser.go(url);
  const form = /<form method="post"(?: action="([^"]*)")?>([\s\S]*?)<\/form>/.exec(page.text);
  const inside = form?.[2];
  if (inside === undefined) throw new Error(`no consent page: ${page.status} at ${page.url.pathname}`);
  const body = new URLSearchParams();
  for (const [name, value] of hiddenFields(inside)) body.append(name, value);
  for (const scope of valuesOf(inside, /type="checkbox" name="scope" value="([^"]*)"/g))
    if (choice.without?.includes(scope) !== true) body.append('scope', scope);
  if (choice.account === null) body.append('cancel', 'yes');
  else body.append('account', chosen(valuesOf(inside, /<button name="account" value="([^"]*)"/g), choice.account));
  const landing = await browser.go(new URL(unescapeHtml(form?.[1] ?? page.url.href), page.url), {
    method: 'POST',
    body,
  });
  return { ...landing, road: [...page.road, ...landing.road] };
}

function chosen(accounts: readonly string[], wanted: string | undefined): string {
  const account = wanted === undefined ? accounts[0] : accounts.find((each) => each === wanted);
  if (account === undefined) throw new Error('there is no such account on the consent page');
  return account;
}

function hiddenFields(html: string): readonly (readonly [string, string])[] {
  return [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
    unescapeHtml(name),
    unescapeHtml(value),
  ]);
}

function valuesOf(html: string, pattern: RegExp): readonly string[] {
  return [...html.matchAll(pattern)].map(([, value = '']) => unescapeHtml(value));
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
