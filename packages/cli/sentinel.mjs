#!/usr/bin/env node
// Starts the program with the Node it is made for: the one that npm installed beside it, when the one that runs this is older.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const program = fileURLToPath(new URL('./src/main.ts', import.meta.url));
const major = Number(process.versions.node.split('.')[0]);

if (major >= 24) {
  await import(pathToFileURL(program).href);
} else {
  const node = pinnedNode();
  if (node === null) {
    process.stderr.write(
      `✗ Sentinel needs Node 24; this is ${process.versions.node}, and npm brings none for this platform.\n`,
    );
    process.exitCode = 1;
  } else {
    const { status, signal } = spawnSync(node, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
    process.exitCode = status ?? (signal === 'SIGINT' ? 130 : 1);
  }
}

function pinnedNode() {
  const platform = { linux: 'linux', win32: 'win' }[process.platform];
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${platform}-${process.arch}/package.json`);
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return null;
  }
}
