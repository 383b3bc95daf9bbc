import { z } from 'zod';

const tokens = z.int().nonnegative().nullish();

/** A part of a kind that is not passed on. One of a kind that is, but out of shape, is no such part. */
export function otherThan(...kinds: readonly string[]): z.ZodObject<{ type: z.ZodString }> {
  return z.object({ type: z.string().refine((type) => !kinds.includes(type)) });
}

/** What of the usage is not repeated by a later report stays as it was. */
export const usageSchema = z.object({
  input_tokens: tokens,
  output_tokens: tokens,
  cache_creation_input_tokens: tokens,
  cache_read_input_tokens: tokens,
});

export type MessageUsage = z.infer<typeof usageSchema>;

export function mergedUsage(before: MessageUsage, later: MessageUsage): MessageUsage {
  return {
    input_tokens: later.input_tokens ?? before.input_tokens,
    output_tokens: later.output_tokens ?? before.output_tokens,
    cache_creation_input_tokens: later.cache_creation_input_tokens ?? before.cache_creation_input_tokens,
    cache_read_input_tokens: later.cache_read_input_tokens ?? before.cache_read_input_tokens,
  };
}

/** `input_tokens` leaves out what was written to or read from a cache; OpenAI's `prompt_tokens` is all of it. */
export function chatUsage(usage: MessageUsage): object {
  const cached = usage.cache_read_input_tokens ?? 0;
  const prompt = (usage.input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0) + cached;
  const completion = usage.output_tokens ?? 0;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached },
  };
}

/** Why a model stopped, in OpenAI's words. Reasons that came later than this list are an ordinary end. */
export function finishReason(stopReason: string): 'stop' | 'length' | 'tool_calls' | 'content_filter' {
  switch (stopReason) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'tool_use':
      return 'tool_calls';
    case 'refusal':
      return 'content_filter';
    default:
      return 'stop';
  }
}
