// The lock of a data folder, taken where nothing depends on it: with a database server it only says who serves from here.
import { DataFolderInUse } from './errors.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';

export interface FolderNote {
  write(url: string): Promise<void>;
  /** Takes our own note away; another one's stays. */
  remove(): Promise<void>;
}

/**
 * Who serves from this data folder, for the commands that look for a running server. Many may work on one database, so
 * nothing hangs on it: where another one's note stands already, none is written.
 */
export function folderNote(dataDir: string): FolderNote {
  let lock: FolderLock | null = null;
  return {
    async write(url) {
      try {
        lock ??= await lockFolder(dataDir);
      } catch (error) {
        if (!(error instanceof DataFolderInUse)) throw error;
      }
      await lock?.setUrl(url);
    },
    async remove() {
      await lock?.release();
    },
  };
}
