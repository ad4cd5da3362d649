// A real browser for the tests: finds Chromium, watches everything that goes wrong in a page, and knows how a page is
// judged: axe in both themes, no sideways scrolling at 320 pixels, no link that leads nowhere.
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findChromium } from '../../scripts/machine.ts';

/** Path of the browser, or null; the reason is printed once, so that a skipped suite is never silent. */
export const CHROMIUM: string | null = findChromium(process.env);
if (CHROMIUM === null) console.log('browser tests are skipped: no Chromium found (set CHROMIUM_PATH)');

export function launch(executablePath: string): Promise<Browser> {
  // The sandbox needs privileges that containers do not give; only our own pages are opened.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

export interface Watched {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What went wrong so far: console errors, uncaught errors, policy violations, failed requests. */
  readonly wrong: string[];
}

// What follows in quotes runs in the page, where the types of this program do not reach.
const REPORT_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) =>
  console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI))`;

const FOCUS_RING = `(() => {
  const focused = document.activeElement;
  if (focused === null || focused === document.body) return 'body';
  // A native select under a chip, and a file input, show the ring on what stands around them.
  const hidden = focused.tagName === 'SELECT' || focused.type === 'file';
  const style = getComputedStyle(hidden ? focused.parentElement : focused);
  const shown = style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2;
  return shown ? 'shown' : 'hidden on ' + focused.outerHTML.slice(0, 120);
})()`;

/** Whether what has the focus shows it: `shown`, `body` when nothing has it, or the element that hides it. */
export async function focusRing(page: Page): Promise<string> {
  return String(await page.evaluate(FOCUS_RING));
}

/** Opens a page that reports everything that goes wrong in it. Answers listed in `expected` are no mistake. */
export async function openWatched(
  browser: Browser,
  expected: (status: number, path: string) => boolean,
): Promise<Watched> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    locale: 'en-US',
    timezoneId: 'UTC',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const wrong: string[] = [];
  page.on('console', (message) => {
    const isAnswer = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isAnswer) wrong.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => wrong.push(`uncaught: ${error.message}`));
  page.on('response', (response) => {
    const path = new URL(response.url()).pathname;
    if (response.status() >= 400 && !expected(response.status(), path)) wrong.push(`${response.status()} ${path}`);
  });
  await page.addInitScript(REPORT_VIOLATIONS);
  return { context, page, wrong };
}

/** What axe finds in the page as it stands: everything in the light theme, and in the dark one what a theme can change. */
export async function axeFindings(page: Page): Promise<string[]> {
  const findings: string[] = [];
  for (const theme of ['light', 'dark']) {
    await page.evaluate(`document.documentElement.setAttribute('data-theme', '${theme}')`);
    // Legacy mode keeps to this page, which has no frames; the other opens a second one for each look.
    const axe = new AxeBuilder({ page }).setLegacyMode(true);
    const { violations } = await (theme === 'dark'
      ? axe.withRules(['color-contrast', 'link-in-text-block'])
      : axe
    ).analyze();
    findings.push(
      ...violations.map(
        (violation) =>
          `${theme}: ${violation.id} at ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`,
      ),
    );
  }
  return findings;
}

/** By how many pixels the page is wider than a 320 pixel window. */
export async function overflowAt320(page: Page): Promise<number> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth'));
  if (before !== null) await page.setViewportSize(before);
  return overflow;
}

/** Addresses that the page links to, without fragments. */
export async function linksOf(page: Page): Promise<string[]> {
  const links = await page
    .locator('a[href]')
    .evaluateAll((anchors) => anchors.map((anchor) => anchor.getAttribute('href') ?? ''));
  return [...new Set(links.filter((href) => !href.startsWith('#')))];
}

// A cell's text is measured by itself: what an ellipsis or an edge hides still has its full width there.
const CUT_OFF = `(() => {
  const main = document.querySelector('main').getBoundingClientRect();
  return [...document.querySelectorAll('main th, main td')]
    .filter((cell) => cell.offsetParent !== null && cell.closest('.sr-only') === null)
    .filter((cell) => cell.scrollWidth > cell.clientWidth + 1 || cell.getBoundingClientRect().right > main.right + 1)
    .map((cell) => cell.textContent);
})()`;

/** Texts of the table cells that do not fit: wider than their cell, or beyond the edge of the page's own part. */
export async function cutOffCells(page: Page): Promise<string[]> {
  const cells: unknown = await page.evaluate(CUT_OFF);
  return Array.isArray(cells) ? cells.map(String) : [];
}
