// What can be checked before anything is started: the runtime, the data folder, the port, the disk, the built console.
import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import type { Check } from '@sentinel/contract';
import type { Config } from '@sentinel/server/config';
import { CONSOLE_DIR } from '@sentinel/server/config';
import { folderHolder } from '@sentinel/server/folder';

const LEAST_NODE = 24;
const LEAST_FREE_BYTES = 500 * 1024 * 1024;

export async function localChecks(config: Config): Promise<readonly Check[]> {
  return [
    checkNode(),
    await checkFolder(config.dataDir),
    await checkDisk(config.dataDir),
    await checkPort(config),
    await checkConsole(),
    checkTimeZone(),
  ];
}

function checkNode(): Check {
  const major = Number(process.versions.node.split('.')[0]);
  const ok = major >= LEAST_NODE;
  return {
    name: 'node',
    state: ok ? 'ok' : 'failed',
    finding: `v${process.versions.node}`,
    fix: ok ? null : `npm ci brings Node ${LEAST_NODE}; start through npm or npx`,
  };
}

async function checkFolder(folder: string): Promise<Check> {
  const found = await stat(folder).catch(() => null);
  if (found === null)
    return { name: 'data folder', state: 'ok', finding: `${folder} will be made at the first start`, fix: null };
  if (!found.isDirectory())
    return {
      name: 'data folder',
      state: 'failed',
      finding: `${folder} is not a folder`,
      fix: 'choose another with --data',
    };
  const writable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable)
    return {
      name: 'data folder',
      state: 'failed',
      finding: `${folder} cannot be written`,
      fix: `give it to the user that runs Sentinel`,
    };
  const shared = process.platform !== 'win32' && (found.mode & 0o077) !== 0;
  return shared
    ? { name: 'data folder', state: 'warning', finding: `${folder} can be read by others`, fix: `chmod 700 ${folder}` }
    : { name: 'data folder', state: 'ok', finding: folder, fix: null };
}

async function checkDisk(folder: string): Promise<Check> {
  const place = await statfs(folder).catch(() => statfs(dirname(folder)).catch(() => null));
  if (place === null) return { name: 'disk', state: 'warning', finding: 'free space is unknown', fix: null };
  const free = place.bavail * place.bsize;
  return {
    name: 'disk',
    state: free < LEAST_FREE_BYTES ? 'failed' : 'ok',
    finding: `${(free / 1_073_741_824).toFixed(1)} GiB free`,
    fix: free < LEAST_FREE_BYTES ? 'make room or choose another folder with --data' : null,
  };
}

async function checkPort(config: Config): Promise<Check> {
  const holder = await folderHolder(config.dataDir);
  if (holder?.url !== null && holder !== null)
    return { name: 'port', state: 'ok', finding: `Sentinel serves at ${holder.url}`, fix: null };
  const free = await new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(config.port, config.host, () => probe.close(() => resolve(true)));
  });
  return {
    name: 'port',
    state: free ? 'ok' : 'failed',
    finding: free ? `${config.port} is free` : `${config.port} is taken by another program`,
    fix: free ? null : `choose another: --port ${config.port + 1}`,
  };
}

async function checkConsole(): Promise<Check> {
  const built = await stat(`${CONSOLE_DIR}/index.html`).then(
    () => true,
    () => false,
  );
  return {
    name: 'console',
    state: built ? 'ok' : 'warning',
    finding: built ? 'built' : 'not built yet',
    fix: built ? null : 'npm start builds it',
  };
}

function checkTimeZone(): Check {
  return { name: 'clock', state: 'ok', finding: new Date().toISOString(), fix: null };
}
