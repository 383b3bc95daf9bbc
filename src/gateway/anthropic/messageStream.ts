import { z } from 'zod';
import { assertNever } from '../../base/assertNever.ts';
import type { Millis } from '../../base/clock.ts';
import { chatUsage, finishReason, mergedUsage, otherThan, usageSchema, type MessageUsage } from './messageParts.ts';

const index = z.int().nonnegative();
const blockSchema = z.union([
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('tool_use'), id: z.string(), name: z.string(), input: z.unknown() }),
  otherThan('text', 'tool_use'),
]);
const deltaSchema = z.union([
  z.object({ type: z.literal('text_delta'), text: z.string() }),
  z.object({ type: z.literal('input_json_delta'), partial_json: z.string() }),
  z.object({ type: z.literal('thinking_delta'), thinking: z.string() }),
  otherThan('text_delta', 'input_json_delta', 'thinking_delta'),
]);
const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message_start'), message: z.object({ id: z.string(), model: z.string(), usage: usageSchema }) }),
  z.object({ type: z.literal('content_block_start'), index, content_block: blockSchema }),
  z.object({ type: z.literal('content_block_delta'), index, delta: deltaSchema }),
  z.object({ type: z.literal('content_block_stop'), index }),
  z.object({ type: z.literal('message_delta'), delta: z.object({ stop_reason: z.string().nullish() }), usage: usageSchema.nullish() }),
  z.object({ type: z.literal('message_stop') }),
  z.object({ type: z.literal('ping') }),
  z.object({ type: z.literal('error'), error: z.object({ type: z.string(), message: z.string() }) }),
]);
type MessageEvent = z.infer<typeof eventSchema>;
const known = new Set<string>(eventSchema.options.map((option) => option.shape.type.value));
const anyEvent = z.object({ type: z.string() });

interface OpenTool {
  readonly place: number;
  readonly input: unknown;
  empty: boolean;
}

/**
 * Turns the events of a Messages API stream into the chunks of an OpenAI one. The first chunk carries the usage known so far, so that a
 * stream that is cut still costs what its input cost; the text of a thought goes as `reasoning_content`.
 */
export class MessageStream {
  readonly #created: number;
  readonly #tools = new Map<number, OpenTool>();
  #head: { readonly id: string; readonly model: string } | undefined;
  #usage: MessageUsage = {};

  constructor(now: Millis) {
    this.#created = Math.floor(now / 1000);
  }

  /** The events that say what the data of one event said: text for the wire, maybe empty, or `undefined` when it is not an event. */
  take(data: string | undefined): string | undefined {
    if (data === undefined || data === '') return '';
    let json: unknown;
    try {
      json = JSON.parse(data);
    } catch {
      return undefined;
    }
    const type = anyEvent.safeParse(json);
    if (!type.success) return undefined;
    // The API may gain events at any time; what does not know them leaves them out.
    if (!known.has(type.data.type)) return '';
    const event = eventSchema.safeParse(json);
    return event.success ? this.#translate(event.data) : undefined;
  }

  #translate(event: MessageEvent): string | undefined {
    if (event.type === 'ping') return ': ping\n\n';
    if (event.type === 'error') return line({ error: event.error });
    if (event.type === 'message_start') {
      this.#head = { id: event.message.id, model: event.message.model };
      this.#usage = event.message.usage;
      return this.#chunk({ role: 'assistant', content: '' }, { usage: chatUsage(this.#usage) });
    }
    // Everything else belongs to a message that has begun.
    if (!this.#head) return undefined;
    switch (event.type) {
      case 'content_block_start':
        return this.#begin(event.index, event.content_block);
      case 'content_block_delta':
        return this.#go(event.index, event.delta);
      case 'content_block_stop':
        return this.#stop(event.index);
      case 'message_delta': {
        this.#usage = mergedUsage(this.#usage, event.usage ?? {});
        const { stop_reason: reason } = event.delta;
        if (reason == null) return '';
        return this.#chunk({}, {}, finishReason(reason)) + this.#line([], { usage: chatUsage(this.#usage) });
      }
      case 'message_stop':
        return 'data: [DONE]\n\n';
      default:
        return assertNever(event);
    }
  }

  #begin(at: number, block: z.infer<typeof blockSchema>): string {
    if ('text' in block) return block.text === '' ? '' : this.#chunk({ content: block.text });
    if (!('id' in block)) return '';
    const place = this.#tools.size;
    this.#tools.set(at, { place, input: block.input, empty: true });
    return this.#call({ index: place, id: block.id, type: 'function', function: { name: block.name, arguments: '' } });
  }

  #go(at: number, delta: z.infer<typeof deltaSchema>): string | undefined {
    if ('text' in delta) return this.#chunk({ content: delta.text });
    if ('thinking' in delta) return this.#chunk({ reasoning_content: delta.thinking });
    if (!('partial_json' in delta)) return '';
    const tool = this.#tools.get(at);
    if (!tool) return '';
    if (delta.partial_json === '') return '';
    tool.empty = false;
    return this.#call({ index: tool.place, function: { arguments: delta.partial_json } });
  }

  /** A tool without input is called with an empty object, which OpenAI's clients want to see. */
  #stop(at: number): string {
    const tool = this.#tools.get(at);
    return tool?.empty === true ? this.#call({ index: tool.place, function: { arguments: JSON.stringify(tool.input ?? {}) } }) : '';
  }

  #call(call: object): string {
    return this.#chunk({ tool_calls: [call] });
  }

  #chunk(delta: object, more: object = {}, finish: string | null = null): string {
    return this.#line([{ index: 0, delta, finish_reason: finish }], more);
  }

  #line(choices: readonly object[], more: object): string {
    return line({ ...this.#head, object: 'chat.completion.chunk', created: this.#created, choices, ...more });
  }
}

function line(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}
