import { z } from 'zod';
import { err, ok, type Result } from '../base/result.ts';
import { invalidRequest, type ApiProblem } from './apiProblem.ts';
import { jsonMembers, withMembers } from './jsonMembers.ts';
import { tokensOfBytes } from './tokens.ts';

/** The members the gateway reads. Everything else passes through unread. */
const requestSchema = z.looseObject({
  model: z.string().min(1).max(200).nullish(),
  messages: z.array(z.looseObject({ role: z.string() })).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  n: z.int().min(1).max(128).nullish(),
});

export interface ChatRequest {
  /** The body as the agent wrote it. */
  readonly text: string;
  readonly model: string | undefined;
  readonly stream: boolean;
  /** Whether the agent itself asked for the usage chunk of a stream. */
  readonly wantsUsage: boolean;
  /** The smaller of the limits the agent named. */
  readonly maxTokens: number | undefined;
  readonly choices: number;
  /** Estimated from the whole body, names and punctuation included: rather too many than too few. */
  readonly inputTokens: number;
  readonly streamOptions: Readonly<Record<string, unknown>>;
  /** Limits the agent named, by member. */
  readonly limits: readonly LimitMember[];
}

export type LimitMember = 'max_tokens' | 'max_completion_tokens';

/** Reads an OpenAI chat completion request. What is wrong with it is said in OpenAI's words. */
export function parseChatRequest(body: Uint8Array): Result<ChatRequest, ApiProblem> {
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    json = JSON.parse(text);
  } catch {
    return err(invalidRequest(400, 'invalid_json', 'The request body is not valid JSON in UTF-8. Send a chat completion request.'));
  }
  const parsed = requestSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue && issue.path.length > 0 ? issue.path.map(String).join('.') : 'the body';
    return err(
      invalidRequest(400, 'invalid_request', `The request is not a chat completion request: \`${where}\`: ${issue?.message ?? 'invalid'}.`),
    );
  }
  // Two readers may pick different ones of a repeated member, and one of them decides about money.
  const repeated = firstRepeated(jsonMembers(text).map((member) => member.key));
  if (repeated !== undefined) {
    return err(invalidRequest(400, 'repeated_member', `The request names \`${repeated}\` twice. Send each member once.`));
  }
  const { model, stream, stream_options, max_tokens, max_completion_tokens, n } = parsed.data;
  const named = [max_tokens, max_completion_tokens].filter((limit) => typeof limit === 'number');
  return ok({
    text,
    model: model ?? undefined,
    stream: stream ?? false,
    wantsUsage: stream_options?.include_usage ?? false,
    maxTokens: named.length > 0 ? Math.min(...named) : undefined,
    choices: n ?? 1,
    inputTokens: tokensOfBytes(body.byteLength),
    streamOptions: stream_options ?? {},
    limits: [
      ...(typeof max_tokens === 'number' ? (['max_tokens'] as const) : []),
      ...(typeof max_completion_tokens === 'number' ? (['max_completion_tokens'] as const) : []),
    ],
  });
}

/** The body for the upstream: the agent's, byte for byte, but for the model, the limit on the output and the wish for usage. */
export function upstreamBody(request: ChatRequest, model: string, maxOutputTokens: number, defaultLimit: LimitMember): string {
  const values = new Map<string, string>();
  if (request.model !== model) values.set('model', JSON.stringify(model));
  const limits = request.limits.length > 0 ? request.limits : [defaultLimit];
  if (request.maxTokens !== maxOutputTokens || limits.length > 1) for (const limit of limits) values.set(limit, String(maxOutputTokens));
  if (request.stream && !request.wantsUsage)
    values.set('stream_options', JSON.stringify({ ...request.streamOptions, include_usage: true }));
  return withMembers(request.text, values);
}

function firstRepeated(keys: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return keys.find((key) => seen.size === seen.add(key).size);
}
