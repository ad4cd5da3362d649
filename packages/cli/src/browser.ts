// Opens a link in the person's browser; when there is none, the printed link is enough.
import { spawn } from 'node:child_process';
import { desktopEnvironment } from '@sentinel/server/config';

const OPENERS = { linux: ['xdg-open'], darwin: ['open'], win32: ['cmd', '/c', 'start', ''] } as const;

/**
 * Opens a link. The browser is given no setting of ours: its environment lives long and is read by others.
 *
 * A one-time secret in the link stands among the arguments, where other users of this machine can read it until it is
 * used; no opener takes a link in another way. It works once, for thirty minutes.
 */
export function openInBrowser(url: string): void {
  const opener = OPENERS[process.platform as keyof typeof OPENERS];
  if (opener === undefined) return;
  const [command, ...rest] = opener;
  const child = spawn(command, [...rest, url], { stdio: 'ignore', detached: true, env: desktopEnvironment() });
  child.on('error', () => {});
  child.unref();
}
