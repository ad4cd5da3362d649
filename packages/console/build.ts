// Builds the console into dist/. With --if-changed it compares a hash of every source, this package's and the
// contract's, and of the lock file with the hash of the last build, and does nothing when they agree.
// Prints one line: what the first load weighs, or that nothing changed.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const home = fileURLToPath(new URL('.', import.meta.url));
const repository = join(home, '..', '..');
const dist = join(home, 'dist');
const hashFile = join(dist, 'sources.sha256');

const started = Date.now();
const hash = hashOfSources();
if (process.argv.includes('--if-changed') && hashOfLastBuild() === hash) {
  console.log('console  unchanged');
} else {
  await build({ configFile: join(home, 'vite.config.ts'), logLevel: 'error' });
  writeFileSync(hashFile, hash);
  const weight = firstLoadBytes();
  console.log(
    `console  built in ${((Date.now() - started) / 1000).toFixed(1)} s, first load ${(weight / 1000).toFixed(0)} kB of script, gzipped`,
  );
}

/** One hash over the name and content of everything the bundle is made from. */
function hashOfSources(): string {
  const sum = createHash('sha256');
  const folders = [join(home, 'src'), join(home, 'public'), join(repository, 'packages', 'contract', 'src')];
  const files = folders.flatMap(filesBelow);
  const single = ['build.ts', 'vite.config.ts', 'index.html', 'package.json'].map((name) => join(home, name));
  for (const file of [...files, ...single, join(repository, 'package-lock.json')].sort()) {
    sum.update(relative(repository, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return sum.digest('hex');
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The hash beside the last build, or null when there is none (or it was interrupted before the hash was written). */
function hashOfLastBuild(): string | null {
  try {
    return readFileSync(hashFile, 'utf8');
  } catch {
    return null;
  }
}

/** Gzipped bytes of the scripts that index.html itself names, which is what blocks the first paint. */
function firstLoadBytes(): number {
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  const scripts = [...page.matchAll(/(?:src|href)="\/console\/([^"]+\.js)"/g)].map((match) => match[1] ?? '');
  return scripts.reduce((total, name) => total + gzipSync(readFileSync(join(dist, name))).length, 0);
}
