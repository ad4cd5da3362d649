// The failures that every provider can have, played on the wire around a stand-in: at most one of them for a request.
import { setTimeout as wait } from 'node:timers/promises';
import { answerHtml } from './answers.ts';
import type { ActiveFault, FaultKind, Faults } from './faults.ts';
import { cutAnswer, loseAnswer, reset } from './held-answer.ts';
import type { Exchange, StandIn } from './stand-in.ts';

const FRAME_KINDS = [
  'status',
  'hang',
  'slow',
  'reset',
  'cut',
  'garbage',
  'lost_answer',
] as const satisfies readonly FaultKind[];
const SLOW_MS = 5000;

const GARBAGE = `<!doctype html><html><head><title>Welcome</title></head><body><h1>Please sign in to the network</h1></body></html>`;

/** Lets the stand-in answer, or something go wrong that was ordered for this request. */
export async function answerWithFaults(faults: Faults, standIn: StandIn, exchange: Exchange): Promise<void> {
  const fault = faults.take(standIn.name, FRAME_KINDS, roadOf(exchange));
  const isFinished = fault !== null && (await play(fault, standIn, exchange));
  if (!isFinished) await standIn.handle(exchange);
}

/** As faults are matched and requests are noted: no query, which can hold a code or a token. */
export function roadOf({ method, url }: Pick<Exchange, 'method' | 'url'>): string {
  return `${method} ${url.pathname}`;
}

/** @returns whether the stand-in is not to answer any more */
async function play(fault: ActiveFault, standIn: StandIn, exchange: Exchange): Promise<boolean> {
  const { response } = exchange;
  switch (fault.kind) {
    case 'status':
      standIn.answerFault(exchange, {
        status: fault.status ?? 503,
        retryAfterSeconds: fault.retryAfterSeconds ?? null,
      });
      return true;
    case 'garbage':
      answerHtml(exchange, 200, GARBAGE);
      return true;
    case 'reset':
      reset(response);
      return true;
    case 'hang':
      return true;
    case 'slow':
      await wait(fault.delayMs ?? SLOW_MS, undefined, { ref: false });
      return false;
    case 'cut':
      cutAnswer(response);
      return false;
    case 'lost_answer':
      loseAnswer(response);
      return false;
    default:
      return false;
  }
}
