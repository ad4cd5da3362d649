// Opens a link in the person's browser; when there is none, the printed link is enough. A link is data and never a command:
// only pages of the web are opened, and no shell reads it.
import { spawn } from 'node:child_process';
import { desktopEnvironment } from '@sentinel/server/config';

// Windows has `start` only in cmd, which would read `&` and `^` in a link as its own.
const OPENERS: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  linux: ['xdg-open'],
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/**
 * Opens a link. The browser is given no setting of ours: its environment lives long and is read by others.
 *
 * A one-time secret in the link stands among the arguments, where other users of this machine can read it until it is
 * used; no opener takes a link in another way. It works once, for thirty minutes.
 */
export function openInBrowser(url: string): void {
  const opening = openingOf(process.platform, url);
  if (opening === null) return;
  const { command, args } = opening;
  const child = spawn(command, args, { stdio: 'ignore', detached: true, env: desktopEnvironment() });
  child.on('error', () => {});
  child.unref();
}

/** What is started to open a link, or null: there is no opener here, or the link is none of http or https. */
export function openingOf(
  platform: NodeJS.Platform,
  link: string,
): { readonly command: string; readonly args: readonly string[] } | null {
  const opener = OPENERS[platform];
  const url = webUrlOf(link);
  if (opener === undefined || url === null) return null;
  const [command, ...rest] = opener;
  return { command, args: [...rest, url.href] };
}

/** Whether a link is a page of this server. @param server origin */
export function isPageOf(server: string, link: string): boolean {
  const url = webUrlOf(link);
  return url !== null && url.username === '' && url.password === '' && url.origin === new URL(server).origin;
}

function webUrlOf(link: string): URL | null {
  const url = URL.parse(link);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url : null;
}
