// What can keep the database from opening, each as a class a caller can tell apart, with a sentence that says what to do.

/** Another process has this data folder open. */
export class DataFolderInUse extends Error {
  readonly pid: number;
  /** Where the other process serves, when it has said so. */
  readonly url: string | null;

  constructor(folder: string, holder: { pid: number; url: string | null }) {
    const where = holder.url === null ? '' : ` and serves ${holder.url}`;
    super(
      `The data folder ${folder} is in use: process ${holder.pid} holds it${where}. Stop that process or choose another folder.`,
    );
    this.name = 'DataFolderInUse';
    this.pid = holder.pid;
    this.url = holder.url;
  }
}

export type DatabaseTrouble =
  | 'unreachable'
  | 'refused'
  | 'no_database'
  | 'too_old'
  | 'lacks_privilege'
  | 'not_prepared'
  | 'migration_changed'
  | 'migration_failed';

/** The database cannot be used as it is. The message is one or two sentences for the operator and holds no password. */
export class DatabaseUnusable extends Error {
  readonly trouble: DatabaseTrouble;

  constructor(trouble: DatabaseTrouble, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'DatabaseUnusable';
    this.trouble = trouble;
  }
}

/** The SQLSTATE (or Node error code) an error carries, or null. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : null;
}
