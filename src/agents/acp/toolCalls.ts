import type { ToolCallUpdate } from '@agentclientprotocol/sdk';
import { z } from 'zod';
import type { Clock, Millis } from '../../base/clock.ts';
import { within } from './agentProcess.ts';

/** How long a permission waits to hear what its tool call is about. */
const PATIENCE_MS: Millis = 2_000;
const MAX_OPEN = 64;

const notification = z.object({
  update: z.object({
    sessionUpdate: z.enum(['tool_call', 'tool_call_update']),
    toolCallId: z.string().max(200),
    status: z.string().nullish(),
    locations: z.array(z.object({ path: z.string() })).nullish(),
    rawInput: z.unknown().optional(),
  }),
});

type Known = Pick<z.infer<typeof notification>['update'], 'locations' | 'rawInput'>;

interface OpenCall {
  known: Known;
  /** Resolves when there is something to know. */
  readonly told: PromiseWithResolvers<void>;
}

/** What an agent has shown of its tool calls so far: some ask for a permission without saying again what for. */
export class ToolCalls {
  readonly #clock: Clock;
  readonly #onEnd: (toolCall: string, status: 'completed' | 'failed') => void;
  readonly #open = new Map<string, OpenCall>();

  constructor(clock: Clock, onEnd: (toolCall: string, status: 'completed' | 'failed') => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
  }

  /** Reads a `session/update`. */
  note(params: unknown): void {
    const parsed = notification.safeParse(params);
    if (!parsed.success) return;
    const { toolCallId, status, locations, rawInput } = parsed.data.update;
    if (status === 'completed' || status === 'failed') {
      this.#open.get(toolCallId)?.told.resolve();
      this.#open.delete(toolCallId);
      this.#onEnd(toolCallId, status);
      return;
    }
    const call = this.#call(toolCallId);
    call.known = {
      locations: isEmpty(locations) ? call.known.locations : locations,
      rawInput: isEmpty(rawInput) ? call.known.rawInput : rawInput,
    };
    if (saysSomething(call.known)) call.told.resolve();
  }

  /** The tool call of a permission with what was shown of it before; waits a little for one that says nothing. */
  async complete(call: ToolCallUpdate): Promise<ToolCallUpdate> {
    if (saysSomething(call)) return call;
    const shownBefore = this.#call(call.toolCallId);
    await within(this.#clock, PATIENCE_MS, shownBefore.told.promise);
    const { locations, rawInput } = shownBefore.known;
    // The kind it asks under is the one that is judged.
    return { ...call, ...(isEmpty(locations) ? {} : { locations }), ...(isEmpty(rawInput) ? {} : { rawInput }) };
  }

  #call(id: string): OpenCall {
    const found = this.#open.get(id);
    if (found !== undefined) return found;
    const [oldest] = this.#open.keys();
    if (this.#open.size >= MAX_OPEN && oldest !== undefined) this.#open.delete(oldest);
    const call: OpenCall = { known: {}, told: Promise.withResolvers() };
    this.#open.set(id, call);
    return call;
  }
}

function saysSomething({ locations, rawInput, content }: Known & Pick<ToolCallUpdate, 'content'>): boolean {
  return !isEmpty(locations) || !isEmpty(rawInput) || !isEmpty(content);
}

function isEmpty(value: unknown): value is null | undefined {
  return value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0);
}
