// What the process says to a script when it ends. "No" and "could not ask" are told apart.
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** The answer is no: dropped, denied, unhealthy, broken chain. */
  no: 3,
  signInNeeded: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command's failure in four parts: what happened, why, what to try. Shown without a stack. */
export class CommandFailed extends Error {
  readonly why: string | null;
  readonly tryThis: readonly string[];
  readonly exitCode: ExitCode;

  constructor(
    what: string,
    options: { why?: string; tryThis?: readonly string[]; exitCode?: ExitCode; cause?: unknown } = {},
  ) {
    super(what, { cause: options.cause });
    this.name = 'CommandFailed';
    this.why = options.why ?? null;
    this.tryThis = options.tryThis ?? [];
    this.exitCode = options.exitCode ?? EXIT.failed;
  }
}
