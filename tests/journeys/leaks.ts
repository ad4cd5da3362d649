// Searches all that an installation left on the disk, and all that it answered, for what is secret.
import { readFile, stat } from 'node:fs/promises';
import type { Installation } from './installation.ts';
import { createLeakSearch } from './leak-search.ts';
import { filesLeftBehind } from './left-behind.ts';
import type { WireSecrets } from './wire-secrets.ts';

export interface Leaks {
  /** Where secrets lie that passed over the wire. What has not changed since the last search is passed over, unless asked. */
  leaks(how?: 'changed' | 'everything'): Promise<readonly string[]>;
  /** Which of these texts lie in any file. */
  inFiles(texts: readonly string[]): Promise<ReadonlySet<string>>;
}

export interface Searched {
  readonly here: Installation;
  readonly secrets: WireSecrets;
  /** What was answered so far. */
  readonly heard: readonly string[];
  /** Asks the system about itself; null when it has ended. */
  readonly ask: (path: string) => Promise<Response | null>;
}

/** Whatever the system tells about itself. */
const TELLING = ['/metrics', '/v1/audit/export', '/v1/connections', '/v1/system', '/v1/home'];
const NOTHING = Buffer.alloc(0);

export function openLeaks({ here, secrets, heard, ask }: Searched): Leaks {
  const search = createLeakSearch();
  const seen = new Map<string, string>();
  let answersSearched = 0;
  const namesInFile = async (file: string, all: boolean): Promise<readonly string[]> => {
    const about = await stat(file, { bigint: true }).catch(() => null);
    const stamp = `${about?.ino}:${about?.mtimeNs}:${about?.size}`;
    // What has not been written since was searched, and cannot hold what is newer.
    if (about === null || (!all && seen.get(file) === stamp)) return [];
    seen.set(file, stamp);
    return search.namesIn(await readFile(file).catch(() => NOTHING));
  };
  return {
    async leaks(how = 'changed') {
      const all = how === 'everything';
      for (const path of TELLING) {
        const status = (await ask(path))?.status ?? 200;
        if (status !== 200) throw new Error(`${path} answered ${status}, so nothing would be proven`);
      }
      search.add(secrets.all().map(({ provider, kind, text }) => ({ name: `${provider} ${kind}`, text })));
      const answers = heard.slice(all ? 0 : answersSearched).join('\n');
      answersSearched = heard.length;
      const found = search.namesIn(Buffer.from(answers)).map((name) => `${name} in an answer`);
      for (const file of await filesLeftBehind(here))
        found.push(...(await namesInFile(file, all)).map((name) => `${name} in ${file}`));
      return found;
    },
    async inFiles(texts) {
      const some = createLeakSearch();
      some.add(texts.map((text) => ({ name: text, text })));
      const found = new Set<string>();
      for (const file of await filesLeftBehind(here))
        for (const name of some.namesIn(await readFile(file).catch(() => NOTHING))) found.add(name);
      return found;
    },
  };
}
