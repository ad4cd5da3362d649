// Opens a link in the person's browser; when there is none, the printed link is enough.
import { spawn } from 'node:child_process';

const OPENERS = { linux: ['xdg-open'], darwin: ['open'], win32: ['cmd', '/c', 'start', ''] } as const;

export function openInBrowser(url: string): void {
  const opener = OPENERS[process.platform as keyof typeof OPENERS];
  if (opener === undefined) return;
  const [command, ...rest] = opener;
  const child = spawn(command, [...rest, url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
