// Made-up completions: the same question to the same model is answered with the same words.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { seeded } from '../random.ts';
import { valueFor } from './schema-answer.ts';

const Part = z.looseObject({ type: z.string(), text: z.string().optional() });
const Message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), z.array(Part), z.null()]).optional(),
});
const Format = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({
    type: z.literal('json_schema'),
    json_schema: z.looseObject({ name: z.string(), schema: z.record(z.string(), z.unknown()).optional() }),
  }),
]);

/** What is asked of `/chat/completions`; members that change nothing here are let through. */
export const Question = z.looseObject({
  model: z.string().optional(),
  models: z.array(z.string()).optional(),
  messages: z.array(Message).min(1),
  response_format: Format.optional(),
  max_tokens: z.number().int().min(1).nullish(),
  max_completion_tokens: z.number().int().min(1).nullish(),
  seed: z.number().int().nullish(),
  stream: z.boolean().nullish(),
});
export type Question = z.infer<typeof Question>;

export interface Completion {
  readonly id: string;
  readonly text: string;
  readonly finish: 'stop' | 'length';
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cost: number;
}

const SENTENCES = [
  'The relationship looks steady.',
  'The last answer came within two days.',
  'Nobody has mentioned a price since the offer.',
  'A decision maker joined the conversation.',
  'The delivery date is the open question.',
  'A short call this week would help.',
  'There is no sign of a competitor.',
  'The contract has two remarks that wait for an answer.',
] as const;
/** A rough measure: so many characters make a token. */
const TOKEN_LENGTH = 4;

/** @param model the one that answers */
export function complete(question: Question, model: string): Completion {
  const asked = JSON.stringify([model, question.messages, question.response_format ?? null, question.seed ?? null]);
  const digest = createHash('sha256').update(asked).digest();
  const random = seeded(digest.readUInt32BE(0));
  const whole = textFor(question, random);
  const most = (question.max_completion_tokens ?? question.max_tokens ?? 4096) * TOKEN_LENGTH;
  const text = whole.slice(0, most);
  const promptTokens = Math.ceil(JSON.stringify(question.messages).length / TOKEN_LENGTH);
  const completionTokens = Math.ceil(text.length / TOKEN_LENGTH);
  return {
    id: `gen-${digest.toString('hex').slice(0, 24)}`,
    text,
    finish: text.length < whole.length ? 'length' : 'stop',
    promptTokens,
    completionTokens,
    cost: (promptTokens + 4 * completionTokens) / 1_000_000,
  };
}

function textFor({ response_format: format }: Question, random: ReturnType<typeof seeded>): string {
  if (format?.type === 'json_schema') return JSON.stringify(valueFor(format.json_schema.schema ?? {}, random));
  const sentences = Array.from({ length: 2 + random.below(3) }, () => random.pick(SENTENCES));
  return format?.type === 'json_object' ? JSON.stringify({ answer: sentences.join(' ') }) : sentences.join(' ');
}
