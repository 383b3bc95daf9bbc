import { z } from 'zod';
import { answering, streaming, type Script } from './scriptedUpstream.ts';

/** Events of the Messages API, version 2023-06-01, in the shape its public reference documents. */
export function messageEvent(type: string, more: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
}

interface MessageUse {
  readonly input: number;
  readonly cacheWrite?: number;
  readonly cacheRead?: number;
}

export function messageStart(use: MessageUse, model = 'scripted-1'): string {
  return messageEvent('message_start', {
    message: {
      id: 'msg_01Scripted',
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: {
        input_tokens: use.input,
        cache_creation_input_tokens: use.cacheWrite ?? 0,
        cache_read_input_tokens: use.cacheRead ?? 0,
        output_tokens: 1,
        service_tier: 'standard',
      },
    },
  });
}

export function textBlock(index: number, ...pieces: readonly string[]): string {
  return [
    messageEvent('content_block_start', { index, content_block: { type: 'text', text: '' } }),
    ...pieces.map((text) => messageEvent('content_block_delta', { index, delta: { type: 'text_delta', text } })),
    messageEvent('content_block_stop', { index }),
  ].join('');
}

export function toolBlock(index: number, id: string, name: string, ...json: readonly string[]): string {
  return [
    messageEvent('content_block_start', { index, content_block: { type: 'tool_use', id, name, input: {} } }),
    ...['', ...json].map((partial_json) =>
      messageEvent('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json } }),
    ),
    messageEvent('content_block_stop', { index }),
  ].join('');
}

export function messageEnd(stop_reason: string, output: number): string {
  return (
    messageEvent('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: output } }) +
    messageEvent('message_stop')
  );
}

export function anthropicError(type: string, message: string): object {
  return { type: 'error', error: { type, message }, request_id: 'req_01Scripted' };
}

const nonEmpty = z.string().min(1);
const id = z.string().regex(/^[a-zA-Z0-9_-]+$/);
const text = z.strictObject({ type: z.literal('text'), text: nonEmpty.regex(/\S/) });
const image = z.strictObject({
  type: z.literal('image'),
  source: z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('base64'),
      media_type: z.enum(['image/jpeg', 'image/png', 'image/gif', 'image/webp']),
      data: z.base64(),
    }),
    z.strictObject({ type: z.literal('url'), url: z.url() }),
  ]),
});
const toolUse = z.strictObject({ type: z.literal('tool_use'), id, name: nonEmpty, input: z.record(z.string(), z.unknown()) });
const toolResult = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: id,
  content: z.union([z.string(), z.array(z.discriminatedUnion('type', [text, image]))]).optional(),
});
const alone = z.boolean().optional();

/** The request as the API takes it: a member it does not know, or one in the wrong place, is refused. */
const requestSchema = z.strictObject({
  model: nonEmpty,
  max_tokens: z.int().positive(),
  system: z.union([nonEmpty, z.array(text).min(1)]).optional(),
  messages: z
    .array(
      z.discriminatedUnion('role', [
        z.strictObject({ role: z.literal('user'), content: z.array(z.discriminatedUnion('type', [text, image, toolResult])).min(1) }),
        z.strictObject({ role: z.literal('assistant'), content: z.array(z.discriminatedUnion('type', [text, toolUse])).min(1) }),
      ]),
    )
    .min(1),
  tools: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
        description: nonEmpty.optional(),
        input_schema: z.looseObject({ type: z.literal('object') }),
      }),
    )
    .optional(),
  tool_choice: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('auto'), disable_parallel_tool_use: alone }),
      z.strictObject({ type: z.literal('any'), disable_parallel_tool_use: alone }),
      z.strictObject({ type: z.literal('tool'), name: nonEmpty, disable_parallel_tool_use: alone }),
      z.strictObject({ type: z.literal('none') }),
    ])
    .optional(),
  stop_sequences: z.array(nonEmpty).optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_p: z.number().min(0).max(1).optional(),
  stream: z.boolean().optional(),
});

/** What the API would object to, or `undefined`. */
export function messagesObjection(body: unknown): string | undefined {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) return z.prettifyError(parsed.error);
  const { messages, tools, tool_choice, temperature, top_p } = parsed.data;
  if (tool_choice && !tools) return 'tool_choice: tools must be given';
  if (temperature !== undefined && top_p !== undefined) return '`temperature` and `top_p` cannot both be specified for this model';
  if (messages[0]?.role !== 'user') return 'messages: first message must use the "user" role';
  for (const [at, { role, content }] of messages.entries()) {
    if (messages[at - 1]?.role === role) return `messages.${at}: roles must alternate`;
    const asked = (messages[at - 1]?.content ?? []).flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
    const results = content.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []));
    const missing = asked.find((each) => !results.includes(each));
    if (missing !== undefined)
      return `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing}`;
    if (results.some((each) => !asked.includes(each))) return `messages.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks`;
    const firstOther = content.findIndex((block) => block.type !== 'tool_result');
    if (firstOther >= 0 && content.slice(firstOther).some((block) => block.type === 'tool_result'))
      return `messages.${at}: \`tool_result\` blocks must come first`;
  }
  const last = messages.at(-1);
  const end = last?.content.at(-1);
  if (last?.role === 'assistant' && end?.type === 'text' && /\s$/.test(end.text))
    return 'messages: final assistant content cannot end with trailing whitespace';
  return undefined;
}

export const ANTHROPIC_KEY = 'sk-ant-scripted-0123456789abcdef';

/** Lets `script` answer where the API would, and refuses what the API would refuse. */
export function strictly(script: Script): Script {
  return (response, closed, request) => {
    const refuse = (status: number, type: string, message: string): unknown =>
      answering(status, anthropicError(type, message))(response, closed, request);
    if (request.headers['x-api-key'] !== ANTHROPIC_KEY) return void refuse(401, 'authentication_error', 'invalid x-api-key');
    if (request.headers.authorization !== undefined) return void refuse(401, 'authentication_error', 'two keys');
    if (request.headers['anthropic-version'] !== '2023-06-01')
      return void refuse(400, 'invalid_request_error', 'anthropic-version: header is required');
    if (request.url !== '/v1/messages') return void refuse(404, 'not_found_error', 'Not found');
    const objection = messagesObjection(JSON.parse(request.body));
    if (objection !== undefined) return void refuse(400, 'invalid_request_error', objection);
    return script(response, closed, request);
  };
}

/** Streams these events, after checking the request. */
export function messages(...events: readonly string[]): Script {
  return strictly(streaming(...events));
}
