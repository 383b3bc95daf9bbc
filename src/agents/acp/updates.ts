import { z } from 'zod';
import { visibleText } from '../../base/visibleText.ts';
import type { AgentUpdate } from '../../contracts/agent.ts';

const MAX_TEXT = 20_000;
const MAX_TITLES = 200;
const MAX_LAST_MESSAGE = 2_000;

const notification = z.object({ update: z.looseObject({ sessionUpdate: z.string() }) });
const chunk = z.object({
  sessionUpdate: z.literal('agent_message_chunk'),
  content: z.object({ type: z.literal('text'), text: z.string() }),
});
const toolCall = z.object({
  sessionUpdate: z.enum(['tool_call', 'tool_call_update']),
  toolCallId: z.string().max(200),
  title: z.string().nullish(),
  status: z.enum(['pending', 'in_progress', 'completed', 'failed']).nullish(),
});

/** Turns what an agent shows of its work into updates. What it does not know, it leaves out: updates decide nothing. */
export class Updates {
  readonly #titles = new Map<string, string>();
  #lastMessage = '';

  /** The end of what the agent said last, for when it gives up. */
  get lastMessage(): string {
    return this.#lastMessage.trim();
  }

  read(params: unknown): AgentUpdate | undefined {
    const parsed = notification.safeParse(params);
    if (!parsed.success) return undefined;
    const message = chunk.safeParse(parsed.data.update);
    if (message.success) {
      const text = message.data.content.text.slice(0, MAX_TEXT);
      this.#lastMessage = (this.#lastMessage + text).slice(-MAX_LAST_MESSAGE);
      return { kind: 'message', text };
    }
    const call = toolCall.safeParse(parsed.data.update);
    if (!call.success) return undefined;
    this.#lastMessage = '';
    const { toolCallId, title, status } = call.data;
    const shown = title == null ? (this.#titles.get(toolCallId) ?? 'tool') : visibleText(title, { limit: 300 });
    if (this.#titles.size < MAX_TITLES) this.#titles.set(toolCallId, shown);
    return { kind: 'tool', title: shown, status: status ?? 'in_progress' };
  }
}
