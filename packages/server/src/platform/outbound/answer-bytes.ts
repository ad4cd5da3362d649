// How many bytes of answers are held at once, over all lanes. Who would go over it stops reading until others have ended;
// one at a time may go over it, so that answers which wait for each other never all stand still. Small answers wait for
// nobody: one of them may bring credentials that exist nowhere else.

/** What one answer holds. */
export interface HeldAnswer {
  /** Waits until so many more bytes may be held. @throws the signal's reason */
  grow(bytes: number, signal: AbortSignal): Promise<void>;
  /** Lets go of all of them. */
  release(): void;
}

export interface AnswerBytes {
  /** One more answer. */
  hold(): HeldAnswer;
  held(): number;
}

export interface AnswerBytesLimits {
  /** What is held stays below it, one answer more, and what all small answers are together. */
  readonly most: number;
  /** As far as an answer is read without waiting. */
  readonly small: number;
}

export function createAnswerBytes({ most, small }: AnswerBytesLimits): AnswerBytes {
  let held = 0;
  /** The answer that may go over it. */
  let favoured: HeldAnswer | null = null;
  let waiting: readonly Waiting[] = [];

  const mayGrow = (answer: HeldAnswer, bytes: number): boolean => {
    if (held + bytes <= most || favoured === answer) return true;
    if (favoured !== null) return false;
    favoured = answer;
    return true;
  };
  const advance = (): void => {
    for (const each of waiting) {
      if (!mayGrow(each.answer, each.bytes)) return;
      waiting = waiting.filter((other) => other !== each);
      each.start();
    }
  };
  const wait = (answer: HeldAnswer, bytes: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        waiting = waiting.filter((each) => each !== entry);
        signal.removeEventListener('abort', giveUp);
      };
      const giveUp = (): void => {
        leave();
        reject(signal.reason);
      };
      // Counted before anybody else is asked whether there is room.
      const start = (): void => {
        leave();
        held += bytes;
        resolve();
      };
      const entry: Waiting = { answer, bytes, start };
      if (signal.aborted) return giveUp();
      signal.addEventListener('abort', giveUp);
      waiting = [...waiting, entry];
    });
  const hold = (): HeldAnswer => {
    let mine = 0;
    const answer: HeldAnswer = {
      grow: async (bytes, signal) => {
        // Nobody overtakes who waits, except the one they all wait for.
        const isNext = waiting.length === 0 || favoured === answer;
        if (mine + bytes <= small || (isNext && mayGrow(answer, bytes))) held += bytes;
        else await wait(answer, bytes, signal);
        mine += bytes;
      },
      release: () => {
        held -= mine;
        mine = 0;
        if (favoured === answer) favoured = null;
        advance();
      },
    };
    return answer;
  };
  return { hold, held: () => held };
}

interface Waiting {
  readonly answer: HeldAnswer;
  readonly bytes: number;
  readonly start: () => void;
}
