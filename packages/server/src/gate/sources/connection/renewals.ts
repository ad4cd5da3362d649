// The renewals under way in this process: one for each connection, whoever waits for it. A process that stops waits for them,
// because the new tokens exist nowhere else until they are written.
export interface Renewals<Outcome> {
  /**
   * Joins the renewal of that name or begins it.
   *
   * @returns null when the process stops and none was begun
   */
  join(name: string, begin: () => Promise<Outcome>): Promise<Outcome | null>;
  readonly isStopping: boolean;
  /** From now on none is begun. Resolves when those under way have ended, or after `patienceMs`. */
  settle(patienceMs: number): Promise<void>;
}

export function createRenewals<Outcome>(): Renewals<Outcome> {
  const running = new Map<string, Promise<Outcome>>();
  let isStopping = false;
  return {
    get isStopping() {
      return isStopping;
    },
    join: (name, begin) => {
      const known = running.get(name);
      if (known !== undefined) return known;
      if (isStopping) return Promise.resolve(null);
      const begun = begin().finally(() => running.delete(name));
      running.set(name, begun);
      return begun;
    },
    async settle(patienceMs) {
      isStopping = true;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patienceMs);
      });
      await Promise.race([Promise.allSettled(running.values()), late]);
      clearTimeout(timer);
    },
  };
}
