// A completion on the wire, whole or as a stream of events, and what can go wrong once it has begun: the status is 200 by then,
// so the error stands inside.
import { answerJson } from '../frame/answers.ts';
import type { Exchange } from '../frame/stand-in.ts';
import type { Completion } from './completion.ts';

export const TROUBLES = ['error_in_answer', 'no_choices', 'moderated', 'budget_in_flight'] as const;
/** `error_in_answer`: a 200 with `error` · `no_choices`: an empty list · `moderated`: 403 · `budget_in_flight`: a 402 to retry. */
export type Trouble = (typeof TROUBLES)[number];

export interface CompletionAnswer {
  readonly completion: Completion;
  readonly model: string;
  readonly created: number;
  readonly trouble: Trouble | null;
  readonly streamed: boolean;
}

const CHUNK_LENGTH = 16;

export function errorShape(code: number, message: string, metadata?: object) {
  return { error: { code, message, ...(metadata === undefined ? {} : { metadata }) } };
}

const BROKEN = errorShape(502, 'The provider broke off', { provider_name: 'Sandbox' });

export async function answerCompletion(exchange: Exchange, answer: CompletionAnswer): Promise<void> {
  if (answer.streamed) return await stream(exchange, answer);
  const { completion, trouble } = answer;
  if (trouble === 'error_in_answer') return answerJson(exchange, 200, BROKEN);
  const choice = {
    index: 0,
    finish_reason: completion.finish,
    native_finish_reason: completion.finish,
    logprobs: null,
    message: { role: 'assistant', content: completion.text, refusal: null, reasoning: null },
  };
  answerJson(exchange, 200, {
    ...headOf(answer, 'chat.completion'),
    choices: trouble === 'no_choices' ? [] : [choice],
    usage: usageOf(completion),
  });
}

function headOf({ completion, model, created }: CompletionAnswer, object: string) {
  return { id: completion.id, object, created, model, provider: 'Sandbox', system_fingerprint: null };
}

function usageOf({ promptTokens, completionTokens, cost }: Completion) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    cost,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}

/** Comments keep the line open, usage comes last, and `[DONE]` ends it (HTML Living Standard §9.2 for the framing). */
async function stream({ response }: Exchange, answer: CompletionAnswer): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': OPENROUTER PROCESSING\n\n');
  for (const event of eventsOf(answer)) {
    if (response.destroyed) return;
    response.write(`data: ${JSON.stringify(event)}\n\n`);
    // A turn of the loop, so that a reader sees more than one piece.
    await new Promise((resolve) => setImmediate(resolve));
  }
  response.end('data: [DONE]\n\n');
}

function eventsOf(answer: CompletionAnswer): readonly object[] {
  const { completion, trouble } = answer;
  const head = headOf(answer, 'chat.completion.chunk');
  const chunk = (content: string, finish: string | null) => ({
    ...head,
    choices: [
      {
        index: 0,
        delta: { role: 'assistant', content },
        finish_reason: finish,
        native_finish_reason: finish,
        logprobs: null,
      },
    ],
  });
  const pieces = completion.text.match(new RegExp(`[^]{1,${CHUNK_LENGTH}}`, 'g')) ?? [];
  const events = pieces.map((piece) => chunk(piece, null));
  if (trouble === 'error_in_answer') return [...events.slice(0, 1), { ...chunk('', 'error'), ...BROKEN }];
  if (trouble === 'no_choices') return [{ ...head, choices: [], usage: usageOf(completion) }];
  return [...events, { ...chunk('', completion.finish), usage: usageOf(completion) }];
}
