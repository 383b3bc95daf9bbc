import { err, ok, type Result } from '../../base/result.ts';
import { invalidRequest, type ApiProblem } from '../apiProblem.ts';
import { chatBodySchema, type ChatBody } from './chatBody.ts';
import { conversationOf } from './conversation.ts';

/** The highest temperature of the Messages API; OpenAI's goes to 2. */
const HOTTEST = 1;

/**
 * The body of `POST /v1/messages` (Messages API, version 2023-06-01) that asks what a chat completion request asks. The request MUST
 * name a limit for its output.
 */
export function messagesRequest(text: string): Result<string, ApiProblem> {
  const parsed = chatBodySchema.safeParse(JSON.parse(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return err(unsupported(`\`${issue?.path.map(String).join('.') ?? ''}\` ${issue?.message ?? 'cannot be sent'}`));
  }
  const chat = parsed.data;
  const limits = [chat.max_tokens, chat.max_completion_tokens].filter((limit) => typeof limit === 'number');
  if (limits.length === 0) return err(unsupported('`max_tokens` is missing'));
  const conversation = conversationOf(chat.messages);
  if (!conversation.ok) return err(unsupported(conversation.error));
  const { system, messages } = conversation.value;
  const tools = chat.tools ?? [];
  const stop = typeof chat.stop === 'string' ? [chat.stop] : (chat.stop ?? []);
  const choice = tools.length === 0 ? undefined : toolChoice(chat);
  return ok(
    JSON.stringify({
      model: chat.model,
      max_tokens: Math.min(...limits),
      ...(system.length === 0 ? {} : { system }),
      messages,
      ...(tools.length === 0 ? {} : { tools: tools.map(toolOf) }),
      ...(choice === undefined ? {} : { tool_choice: choice }),
      ...(stop.length === 0 ? {} : { stop_sequences: stop }),
      ...sampling(chat),
      ...(chat.stream === true ? { stream: true } : {}),
    }),
  );
}

function toolOf({ function: { name, description, parameters } }: NonNullable<ChatBody['tools']>[number]): object {
  return {
    name,
    ...(description == null || description === '' ? {} : { description }),
    input_schema: { properties: {}, ...parameters, type: 'object' },
  };
}

function toolChoice({ tool_choice: choice, parallel_tool_calls: parallel }: ChatBody): object | undefined {
  const alone = parallel === false ? { disable_parallel_tool_use: true } : {};
  if (choice === 'none') return { type: 'none' };
  if (choice === 'required') return { type: 'any', ...alone };
  if (typeof choice === 'object' && choice !== null) return { type: 'tool', name: choice.function.name, ...alone };
  return parallel === false ? { type: 'auto', ...alone } : undefined;
}

/** Newer models refuse to be given both, so the temperature wins. */
function sampling({ temperature, top_p }: ChatBody): object {
  if (typeof temperature === 'number') return { temperature: Math.min(temperature, HOTTEST) };
  return typeof top_p === 'number' ? { top_p } : {};
}

function unsupported(why: string): ApiProblem {
  return invalidRequest(400, 'unsupported_request', `The request cannot be put to this model: ${why}.`);
}
