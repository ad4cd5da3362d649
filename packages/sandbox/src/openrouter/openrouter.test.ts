import { OpenRouter as OpenRouterClient } from '@openrouter/sdk';
import fc from 'fast-check';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Alone, serveAlone } from '../frame/test-stand-in.ts';
import { seeded } from '../random.ts';
import { openOpenRouter, type OpenRouter } from './openrouter.ts';
import { valueFor } from './schema-answer.ts';

const app = { clientId: 'sentinel', clientSecret: 'sk-or-v1-made-up', redirectUris: [] };
let alone: Alone<OpenRouter>;

beforeEach(async () => {
  alone = await serveAlone(openOpenRouter, {
    mount: '/openrouter',
    apps: [app],
    now: new Date('2026-06-03T10:00:00Z'),
  });
});
afterEach(async () => await alone.close());

const openAi = (apiKey = app.clientSecret) => new OpenAI({ apiKey, baseURL: `${alone.base}/api/v1`, maxRetries: 0 });
const openRouter = () =>
  new OpenRouterClient({
    apiKey: app.clientSecret,
    serverURL: `${alone.base}/api/v1`,
    retryConfig: { strategy: 'none' },
  });
const question = {
  model: 'sandbox/small',
  messages: [{ role: 'user' as const, content: 'How is the deal?' }],
};
const ask = async (more: object = {}) => await openAi().chat.completions.create({ ...question, ...more });
const schema = {
  type: 'object',
  properties: {
    score: { type: 'integer', minimum: 0, maximum: 100 },
    mood: { enum: ['good', 'bad'] },
    reasons: { type: 'array', items: { $ref: '#/$defs/reason' }, minItems: 1, maxItems: 3 },
  },
  required: ['score', 'mood', 'reasons'],
  additionalProperties: false,
  $defs: { reason: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] } },
};

describe('completions of the OpenRouter stand-in', () => {
  it('answer the library of OpenAI, the same to the same question', async () => {
    const [one, two] = [await ask(), await ask()];
    expect(one).toMatchObject({
      object: 'chat.completion',
      model: 'sandbox/small',
      choices: [{ finish_reason: 'stop' }],
    });
    expect(one.choices[0]?.message.content).toBe(two.choices[0]?.message.content);
    expect(one.usage?.total_tokens).toBe((one.usage?.prompt_tokens ?? 0) + (one.usage?.completion_tokens ?? 0));
    const other = await ask({ messages: [{ role: 'user', content: 'And the other one?' }] });
    expect(other.id).not.toBe(one.id);
  });

  it('answer the library of OpenRouter', async () => {
    const answer = await openRouter().chat.send({ chatRequest: { ...question, stream: false } });
    expect(answer).toMatchObject({ model: 'sandbox/small', choices: [{ finishReason: 'stop' }] });
    const models: string[] = [];
    for await (const page of await openRouter().models.list({})) models.push(...page.result.data.map(({ id }) => id));
    expect(models).toEqual(['sandbox/small', 'sandbox/large']);
    expect((await openRouter().apiKeys.getCurrentKeyMetadata()).data).toMatchObject({ label: 'sentinel', limit: null });
  });

  it('stream the same words, with the usage at the end', async () => {
    const whole = (await ask()).choices[0]?.message.content;
    let text = '';
    let usage = 0;
    for await (const chunk of await openAi().chat.completions.create({ ...question, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage?.total_tokens ?? usage;
    }
    expect(text).toBe(whole);
    expect(usage).toBeGreaterThan(0);
    const raw = await fetch(`${alone.base}/api/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${app.clientSecret}` },
      body: JSON.stringify({ ...question, stream: true }),
    });
    const lines = await raw.text();
    expect(lines.startsWith(': OPENROUTER PROCESSING\n\n')).toBe(true);
    expect(lines.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('fit the schema that was sent', async () => {
    const Answer = z.strictObject({
      score: z.number().int().min(0).max(100),
      mood: z.enum(['good', 'bad']),
      reasons: z
        .array(z.object({ text: z.string().min(1) }))
        .min(1)
        .max(3),
    });
    for (let seed = 0; seed < 20; seed += 1) {
      const format = { type: 'json_schema', json_schema: { name: 'deal', strict: true, schema } };
      const answer = await ask({ response_format: format, seed });
      expect(Answer.safeParse(JSON.parse(answer.choices[0]?.message.content ?? '')).success).toBe(true);
    }
  });

  it('stop at the length that was asked for, and fall back to a model that is there', async () => {
    const short = await ask({ max_tokens: 3 });
    expect(short.choices[0]).toMatchObject({
      finish_reason: 'length',
      message: { content: expect.stringMatching(/^.{12}$/) },
    });
    expect(await ask({ model: 'made/up', models: ['sandbox/large'] })).toMatchObject({
      model: 'sandbox/large-2026-05',
    });
  });
});

describe('what goes wrong at the OpenRouter stand-in', () => {
  it('is said with a status', async () => {
    await expect(openAi('sk-or-v1-guess').chat.completions.create(question)).rejects.toMatchObject({ status: 401 });
    await expect(ask({ model: 'made/up' })).rejects.toMatchObject({ status: 404 });
    await expect(ask({ messages: [] })).rejects.toMatchObject({ status: 400 });
    alone.standIn.trouble('moderated', 'budget_in_flight');
    await expect(ask()).rejects.toMatchObject({ status: 403, error: { metadata: { flagged_input: '…' } } });
    await expect(ask()).rejects.toMatchObject({
      status: 402,
      error: { metadata: { limit_source: 'openrouter_in_flight_budget' } },
    });
  });

  it('is said inside an answer with status 200', async () => {
    alone.standIn.trouble('error_in_answer', 'no_choices');
    expect(await ask()).toMatchObject({ error: { code: 502 } });
    expect((await ask()).choices).toEqual([]);
    alone.faults.set({ provider: 'openrouter', kind: 'half_page', times: 1 });
    const stream = await openAi().chat.completions.create({ ...question, stream: true });
    const read = async () => {
      for await (const chunk of stream) void chunk;
    };
    await expect(read()).rejects.toThrow('The provider broke off');
    expect((await ask()).choices).toHaveLength(1);
  });

  it('is the end of the credit', async () => {
    alone.standIn.setCredit(0.000_001);
    expect((await ask()).choices).toHaveLength(1);
    await expect(ask()).rejects.toMatchObject({ status: 402 });
    alone.standIn.setCredit(null);
    expect((await ask()).choices).toHaveLength(1);
  });
});

describe('a value for a schema', () => {
  it('is drawn for anything, without end or error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer(), (made, seed) => {
        expect(valueFor(made, seeded(seed))).toEqual(valueFor(made, seeded(seed)));
      }),
    );
    const endless = { $ref: '#/$defs/node', $defs: { node: { properties: { next: { $ref: '#/$defs/node' } } } } };
    expect(JSON.stringify(valueFor(endless, seeded(1))).length).toBeGreaterThan(10);
  });
});
