// What migrations need of a connection, the same on both engines.

/** A connection that may create roles and schemas. */
export interface AdminSession {
  /** Runs one or more statements without parameters. */
  run(text: string): Promise<void>;
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** All of it or nothing. Only the session handed in may be used inside. */
  atomically<T>(work: (session: AdminSession) => Promise<T>): Promise<T>;
}
