// Waiting that can be cut short, handed in as an argument so that tests own time.

/** Comes back once the time has passed or the signal was raised, whichever is first; never fails. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** What a timer can hold; longer ones would fire at once. */
const MOST_MS = 2 ** 31 - 1;

/** Timers that do not keep the process alive. */
export const systemSleep: Sleep = (ms, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(ms, MOST_MS)).unref();
    signal.addEventListener('abort', end);
  });
