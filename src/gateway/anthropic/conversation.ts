import { z } from 'zod';
import { assertNever } from '../../base/assertNever.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { ChatMessage } from './chatBody.ts';

interface TextBlock {
  readonly type: 'text';
  readonly text: string;
}
interface ImageBlock {
  readonly type: 'image';
  readonly source:
    { readonly type: 'base64'; readonly media_type: string; readonly data: string } | { readonly type: 'url'; readonly url: string };
}
interface ToolUseBlock {
  readonly type: 'tool_use';
  readonly id: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}
interface ToolResultBlock {
  readonly type: 'tool_result';
  readonly tool_use_id: string;
  readonly content?: string | readonly (TextBlock | ImageBlock)[];
}
type Block = TextBlock | ImageBlock | ToolUseBlock | ToolResultBlock;

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: readonly Block[];
}

export interface Conversation {
  readonly system: readonly TextBlock[];
  readonly messages: readonly Turn[];
}

/**
 * A chat as the Messages API wants it: instructions apart, roles in turn, the results of tools first in the turn that follows their
 * calls, and no text of nothing but space. The error says what cannot be said there.
 */
export function conversationOf(chat: readonly ChatMessage[]): Result<Conversation, string> {
  const system: TextBlock[] = [];
  const turns: { role: Turn['role']; content: Block[] }[] = [];
  const add = (role: Turn['role'], blocks: readonly Block[]): void => {
    const last = turns.at(-1);
    if (blocks.length === 0) return;
    if (last?.role === role) last.content.push(...blocks);
    else turns.push({ role, content: [...blocks] });
  };
  for (const [at, message] of chat.entries()) {
    switch (message.role) {
      case 'system':
      case 'developer':
        system.push(...textBlocks(message.content));
        break;
      case 'user': {
        const blocks = visibleBlocks(message.content);
        if (!blocks.ok) return err(`\`messages.${at}\`: ${blocks.error}`);
        add('user', blocks.value);
        break;
      }
      case 'assistant': {
        const calls = (message.tool_calls ?? []).map(toolUse);
        const broken = calls.find((call) => !call.ok);
        if (broken) return err(`\`messages.${at}\`: ${broken.error}`);
        add('assistant', [...spoken(message.content), ...calls.flatMap((call) => (call.ok ? [call.value] : []))]);
        break;
      }
      case 'tool': {
        const blocks = visibleBlocks(message.content);
        if (!blocks.ok) return err(`\`messages.${at}\`: ${blocks.error}`);
        const content = typeof message.content === 'string' ? message.content : blocks.value;
        add('user', [{ type: 'tool_result', tool_use_id: toolId(message.tool_call_id), ...(content.length === 0 ? {} : { content }) }]);
        break;
      }
      default:
        return assertNever(message);
    }
  }
  if (turns.length === 0) return err('`messages` holds instructions only; add what the user asks');
  return ok({ system, messages: withoutTrailingSpace(turns).map(resultsFirst) });
}

function textBlocks(content: string | readonly TextBlock[]): TextBlock[] {
  const parts = typeof content === 'string' ? [content] : content.map((part) => part.text);
  return parts.filter((text) => text.trim() !== '').map((text) => ({ type: 'text', text }));
}

function spoken(content: Extract<ChatMessage, { role: 'assistant' }>['content']): TextBlock[] {
  if (content === null || content === undefined || typeof content === 'string') return textBlocks(content ?? '');
  return textBlocks(content.map((part) => ({ type: 'text', text: part.type === 'text' ? part.text : part.refusal })));
}

function visibleBlocks(content: Extract<ChatMessage, { role: 'user' }>['content']): Result<(TextBlock | ImageBlock)[], string> {
  if (typeof content === 'string') return ok(textBlocks(content));
  const blocks: (TextBlock | ImageBlock)[] = [];
  for (const part of content) {
    if (part.type === 'text') blocks.push(...textBlocks([part]));
    else {
      const image = imageBlock(part.image_url.url);
      if (!image) return err('an image must be a JPEG, PNG, GIF or WebP in base64, or an `https` address');
      blocks.push(image);
    }
  }
  return ok(blocks);
}

function imageBlock(url: string): ImageBlock | undefined {
  if (url.startsWith('https://')) return { type: 'image', source: { type: 'url', url } };
  const head = /^data:(image\/(?:jpeg|png|gif|webp));base64,/.exec(url);
  if (!head?.[1]) return undefined;
  return { type: 'image', source: { type: 'base64', media_type: head[1], data: url.slice(head[0].length) } };
}

const argumentsSchema = z.record(z.string(), z.unknown());

function toolUse(call: NonNullable<Extract<ChatMessage, { role: 'assistant' }>['tool_calls']>[number]): Result<ToolUseBlock, string> {
  const { name, arguments: text } = call.function;
  try {
    const input = argumentsSchema.parse(text.trim() === '' ? {} : JSON.parse(text));
    return ok({ type: 'tool_use', id: toolId(call.id), name, input });
  } catch {
    return err(`the arguments of the call of \`${name.slice(0, 100)}\` are not a JSON object`);
  }
}

/** Ids made by other providers may hold characters that this one refuses; call and result change alike. */
function toolId(id: string): string {
  return id.replaceAll(/[^a-zA-Z0-9_-]/g, '_');
}

/** The beginning of an answer that the model is to continue may not end in white space. */
function withoutTrailingSpace(turns: readonly Turn[]): readonly Turn[] {
  const last = turns.at(-1);
  const text = last?.content.at(-1);
  if (last?.role !== 'assistant' || text?.type !== 'text') return turns;
  const trimmed = text.text.trimEnd();
  const content = [...last.content.slice(0, -1), ...(trimmed === '' ? [] : [{ ...text, text: trimmed }])];
  return content.length === 0 ? turns.slice(0, -1) : [...turns.slice(0, -1), { ...last, content }];
}

function resultsFirst({ role, content }: Turn): Turn {
  const isResult = (block: Block): boolean => block.type === 'tool_result';
  return { role, content: [...content.filter(isResult), ...content.filter((block) => !isResult(block))] };
}
