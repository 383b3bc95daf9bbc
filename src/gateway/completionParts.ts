import { z } from 'zod';
import { outputBytes } from './tokens.ts';

const usageSchema = z.looseObject({
  prompt_tokens: z.int().nonnegative(),
  completion_tokens: z.int().nonnegative(),
  total_tokens: z.int().nonnegative().nullish(),
});
const choiceSchema = z.looseObject({ delta: z.unknown().optional(), message: z.unknown().optional(), finish_reason: z.string().nullish() });
const completionSchema = z.looseObject({ choices: z.array(choiceSchema), usage: z.unknown().optional() });
const errorSchema = z.looseObject({ error: z.union([z.string(), z.looseObject({ message: z.string() })]) });

interface ReportedUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What one event of a stream, or a whole answer, says. */
export type CompletionPart =
  | { readonly kind: 'comment' }
  | { readonly kind: 'done' }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'garbage' }
  | {
      readonly kind: 'completion';
      readonly outputBytes: number;
      readonly usage: ReportedUsage | undefined;
      /** Holds usage and nothing else: the extra chunk of `include_usage`. */
      readonly usageOnly: boolean;
      readonly finished: boolean;
    };

export function readPart(data: string | undefined): CompletionPart {
  if (data === undefined || data === '') return { kind: 'comment' };
  if (data === '[DONE]') return { kind: 'done' };
  return readCompletion(data);
}

export function readCompletion(text: string): CompletionPart {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'garbage' };
  }
  const message = errorMessageOf(json);
  if (message !== undefined) return { kind: 'error', message };
  const parsed = completionSchema.safeParse(json);
  if (!parsed.success) return { kind: 'garbage' };
  const { choices } = parsed.data;
  const usage = readUsage(parsed.data.usage);
  return {
    kind: 'completion',
    outputBytes: choices.reduce((sum, { delta, message: whole }) => sum + outputBytes(delta ?? whole), 0),
    usage,
    usageOnly: choices.length === 0 && usage !== undefined,
    finished: choices.some((choice) => typeof choice.finish_reason === 'string'),
  };
}

/** The message of an OpenAI error body, cut to a readable length. */
export function errorMessageOf(json: unknown): string | undefined {
  const parsed = errorSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { error } = parsed.data;
  return (typeof error === 'string' ? error : error.message).slice(0, 1_000);
}

/**
 * Cached and reasoning tokens count in full. Most providers include reasoning in `completion_tokens`; some only in the total, so the
 * larger of the two is taken. A usage of nothing at all is none.
 */
function readUsage(usage: unknown): ReportedUsage | undefined {
  const parsed = usageSchema.safeParse(usage);
  if (!parsed.success) return undefined;
  const { prompt_tokens: inputTokens, completion_tokens, total_tokens } = parsed.data;
  const outputTokens = Math.max(completion_tokens, (total_tokens ?? 0) - inputTokens);
  return inputTokens + outputTokens === 0 ? undefined : { inputTokens, outputTokens };
}
