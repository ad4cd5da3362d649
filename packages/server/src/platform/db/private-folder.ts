// Makes folders that only their owner can look into, and closes those that were left open: what lies in them may have been
// created with any mode, but nobody gets past a closed folder.
import { chmod, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './errors.ts';

const OTHERS = 0o077;
/** Set on folders like /tmp, which belong to everybody on purpose. */
const STICKY = 0o1000;

/**
 * Creates the folder (mode 0700) when it is missing, and takes it from group and others when it is there and ours.
 * A folder of another account, or one that is shared on purpose, stays as it is.
 */
export async function privateFolder(folder: string): Promise<void> {
  await makeFolder(folder);
  const { uid, mode } = await stat(folder);
  if ((mode & OTHERS) === 0 || (mode & STICKY) !== 0 || uid !== process.getuid?.()) return;
  await chmod(folder, mode & 0o7777 & ~OTHERS);
}

/** Step by step, since Node's own recursive mkdir never returns from a place like /proc where nothing can be made. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(folder) === folder || (await exists(dirname(folder)))) throw error;
    await makeFolder(dirname(folder));
    await mkdir(folder, { mode: 0o700 });
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
