import { z } from 'zod';

const textPart = z.object({ type: z.literal('text'), text: z.string() });
const imagePart = z.object({ type: z.literal('image_url'), image_url: z.object({ url: z.string() }) });
const refusalPart = z.object({ type: z.literal('refusal'), refusal: z.string() });
const visible = z.discriminatedUnion('type', [textPart, imagePart]);

const toolCall = z.object({
  id: z.string().min(1),
  type: z.literal('function').nullish(),
  function: z.object({ name: z.string().min(1), arguments: z.string() }),
});

const message = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer']), content: z.union([z.string(), z.array(textPart)]) }),
  z.object({ role: z.literal('user'), content: z.union([z.string(), z.array(visible)]) }),
  z.object({
    role: z.literal('assistant'),
    content: z.union([z.string(), z.array(z.discriminatedUnion('type', [textPart, refusalPart]))]).nullish(),
    tool_calls: z.array(toolCall).nullish(),
  }),
  z.object({ role: z.literal('tool'), tool_call_id: z.string().min(1), content: z.union([z.string(), z.array(visible)]) }),
]);

const tool = z.object({
  type: z.literal('function'),
  function: z.object({
    name: z.string().min(1),
    description: z.string().nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
  }),
});

/** Members that would change what the answer is, and that the Messages API has no word for. Leaving one out silently would be a lie. */
const absent = z.union([z.null(), z.undefined(), z.literal(false)], { error: 'is not available with this model' }).optional();

/**
 * What of a chat completion request has a meaning in the Messages API. Members not named here are hints to OpenAI's own service
 * (`user`, `seed`, `store`, `reasoning_effort`, …) and are left out.
 */
export const chatBodySchema = z.object({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  tools: z.array(tool).nullish(),
  tool_choice: z
    .union([
      z.enum(['auto', 'none', 'required']),
      z.object({ type: z.literal('function'), function: z.object({ name: z.string().min(1) }) }),
    ])
    .nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  stream: z.boolean().nullish(),
  n: z.literal(1, { error: 'must be 1: this model gives one answer at a time' }).nullish(),
  response_format: z.object({ type: z.literal('text', { error: 'must be `text`: ask for JSON in the instructions' }) }).nullish(),
  logprobs: absent,
  functions: absent,
  function_call: absent,
  audio: absent,
});

export type ChatBody = z.infer<typeof chatBodySchema>;
export type ChatMessage = ChatBody['messages'][number];
