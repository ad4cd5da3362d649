// A stand-in for OpenRouter's chat completions: whole and streamed, with answers that fit a schema, and with its errors, of which
// some come with status 200. Mounted at a path; the API lies under `/api/v1/`. An app's client secret is its API key.
import { answerJson, answerText, bearerToken, readJson } from '../frame/answers.ts';
import type { Exchange, Ground, PlainFault, RegisteredApp, StandIn } from '../frame/stand-in.ts';
import { answerCompletion, errorShape, type Trouble } from './answer-completion.ts';
import { complete, Question } from './completion.ts';

export interface OpenRouter extends StandIn {
  readonly name: 'openrouter';
  /** What is left to spend, in dollars; null is without end, as it begins. At nothing every question is answered with 402. */
  setCredit(dollars: number | null): void;
  /** What happens to the next question, and to those after it, one trouble each. */
  trouble(...next: readonly Trouble[]): void;
}

interface State {
  readonly ground: Ground;
  readonly troubles: Trouble[];
  credit: number | null;
  spent: number;
}

/** `answers` is the name that an answer bears, which may differ from the one asked for. */
const MODELS = [
  { id: 'sandbox/small', name: 'Sandbox Small', answers: 'sandbox/small', context: 32_000 },
  { id: 'sandbox/large', name: 'Sandbox Large', answers: 'sandbox/large-2026-05', context: 200_000 },
] as const;

export function openOpenRouter(ground: Ground): OpenRouter {
  const state: State = { ground, troubles: [], credit: null, spent: 0 };
  return {
    name: 'openrouter',
    handle: async (exchange) => await handle(state, exchange),
    answerFault,
    // Nobody grants anything here: the key is the organisation's own.
    revokeGrants: () => undefined,
    setCredit: (dollars) => {
      state.credit = dollars;
    },
    trouble: (...next) => void state.troubles.push(...next),
  };
}

async function handle(state: State, exchange: Exchange): Promise<void> {
  const road = `${exchange.method} ${exchange.url.pathname}`;
  if (road === 'GET /api/v1/models') return listModels(exchange);
  if (!exchange.url.pathname.startsWith('/api/v1/')) return answerText(exchange, 404, 'Not Found');
  const app = appOf(state, exchange, road);
  if (app === null) return refuse(exchange, 401, 'User not found.');
  switch (road) {
    case 'GET /api/v1/key':
      return answerJson(exchange, 200, { data: keyShape(state, app) });
    case 'POST /api/v1/chat/completions':
      return await answerQuestion(state, exchange, road);
    default:
      return refuse(exchange, 404, 'Not Found');
  }
}

function appOf({ ground }: State, exchange: Exchange, road: string): RegisteredApp | null {
  const key = bearerToken(exchange);
  if (ground.faults.take('openrouter', ['invalid_client'], road) !== null) return null;
  return ground.apps.find(({ clientSecret }) => clientSecret === key) ?? null;
}

function refuse(exchange: Exchange, code: number, message: string, metadata?: object): void {
  answerJson(exchange, code, errorShape(code, message, metadata));
}

async function answerQuestion(state: State, exchange: Exchange, road: string): Promise<void> {
  const parsed = Question.safeParse(readJson(exchange));
  if (!parsed.success) return refuse(exchange, 400, 'Input required: specify "messages" and a "model"');
  const question = parsed.data;
  const asked = question.model === undefined ? (question.models ?? []) : [question.model, ...(question.models ?? [])];
  const model = MODELS.find(({ id }) => asked.includes(id));
  if (asked.length === 0) return refuse(exchange, 400, 'No models provided');
  if (model === undefined) return refuse(exchange, 404, `No endpoints found for ${asked[0] ?? ''}.`);
  if (state.credit !== null && state.credit <= 0) return refuse(exchange, 402, 'Insufficient credits');
  const trouble = troubleNow(state, road);
  if (trouble === 'moderated')
    return refuse(exchange, 403, 'The input was flagged', { reasons: ['privacy'], flagged_input: '…' });
  if (trouble === 'budget_in_flight')
    return answerJson(
      exchange,
      402,
      errorShape(402, 'Too much at once', { limit_source: 'openrouter_in_flight_budget' }),
      {
        'retry-after': '1',
      },
    );
  const completion = complete(question, model.id);
  state.spent += completion.cost;
  if (state.credit !== null) state.credit -= completion.cost;
  const created = Math.floor(state.ground.world.now().getTime() / 1000);
  await answerCompletion(exchange, {
    completion,
    model: model.answers,
    created,
    trouble,
    streamed: question.stream === true,
  });
}

/** The next trouble of the list, or one from the switchboard in its words. */
function troubleNow({ troubles, ground }: State, road: string): Trouble | null {
  const next = troubles.shift();
  if (next !== undefined) return next;
  const fault = ground.faults.take('openrouter', ['limit_403', 'half_page'], road);
  if (fault === null) return null;
  return fault.kind === 'limit_403' ? 'moderated' : 'error_in_answer';
}

function listModels(exchange: Exchange): void {
  answerJson(exchange, 200, { data: MODELS.map(modelShape), links: { next: null }, total_count: MODELS.length });
}

function modelShape({ id, name, context }: (typeof MODELS)[number]) {
  return {
    id,
    canonical_slug: id,
    hugging_face_id: null,
    name,
    created: 1_767_225_600,
    description: 'Answers are made up.',
    context_length: context,
    architecture: {
      modality: 'text->text',
      input_modalities: ['text'],
      output_modalities: ['text'],
      tokenizer: 'Other',
      instruct_type: null,
    },
    pricing: { prompt: '0.000001', completion: '0.000004', request: '0', image: '0' },
    top_provider: { context_length: context, max_completion_tokens: 4096, is_moderated: false },
    per_request_limits: null,
    supported_parameters: ['max_tokens', 'response_format', 'seed', 'structured_outputs', 'temperature'],
    supported_voices: null,
    default_parameters: null,
    links: { details: `/api/v1/models/${id}/endpoints` },
  };
}

function keyShape({ credit, spent }: State, { clientId }: RegisteredApp) {
  const usage = { usage: spent, usage_daily: spent, usage_weekly: spent, usage_monthly: spent };
  const byok = { byok_usage: 0, byok_usage_daily: 0, byok_usage_weekly: 0, byok_usage_monthly: 0 };
  return {
    label: clientId,
    limit: credit === null ? null : credit + spent,
    limit_remaining: credit,
    limit_reset: null,
    ...usage,
    ...byok,
    include_byok_in_limit: false,
    is_free_tier: false,
    is_management_key: false,
    is_provisioning_key: false,
    allowed_data_regions: ['global'],
    creator_user_id: null,
    free_model_daily_requests: { limit: 50, remaining: 50, used: 0 },
    organization_id: null,
    workspace_id: '00000000-0000-4000-8000-000000000001',
    rate_limit: { requests: -1, interval: '10s', note: 'not in use' },
  };
}

function answerFault(exchange: Exchange, { status, retryAfterSeconds }: PlainFault): void {
  const message = status === 429 ? 'Rate limit exceeded' : 'No provider could answer';
  const headers = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  answerJson(exchange, status, errorShape(status, message), headers);
}
