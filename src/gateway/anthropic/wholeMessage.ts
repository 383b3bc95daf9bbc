import { z } from 'zod';
import type { Millis } from '../../base/clock.ts';
import { chatUsage, finishReason, otherThan, usageSchema } from './messageParts.ts';

const messageSchema = z.object({
  type: z.literal('message'),
  id: z.string(),
  model: z.string(),
  content: z.array(
    z.union([
      z.object({ type: z.literal('text'), text: z.string() }),
      z.object({ type: z.literal('tool_use'), id: z.string(), name: z.string(), input: z.record(z.string(), z.unknown()) }),
      z.object({ type: z.literal('thinking'), thinking: z.string() }),
      otherThan('text', 'tool_use', 'thinking'),
    ]),
  ),
  stop_reason: z.string().nullish(),
  usage: usageSchema,
});

/** The chat completion that says what a message says. What is not a message, an error among others, is left as it is. */
export function wholeMessage(text: string, now: Millis): string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return text;
  }
  const parsed = messageSchema.safeParse(json);
  if (!parsed.success) return text;
  const { id, model, content, stop_reason, usage } = parsed.data;
  const said = content.flatMap((block) => ('text' in block ? [block.text] : [])).join('');
  const thought = content.flatMap((block) => ('thinking' in block ? [block.thinking] : [])).join('');
  const calls = content.flatMap((block) =>
    'input' in block ? [{ id: block.id, type: 'function', function: { name: block.name, arguments: JSON.stringify(block.input) } }] : [],
  );
  const message = {
    role: 'assistant',
    content: said === '' ? null : said,
    ...(thought === '' ? {} : { reasoning_content: thought }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
  return JSON.stringify({
    id,
    object: 'chat.completion',
    created: Math.floor(now / 1000),
    model,
    choices: [{ index: 0, message, finish_reason: finishReason(stop_reason ?? 'end_turn') }],
    usage: chatUsage(usage),
  });
}
