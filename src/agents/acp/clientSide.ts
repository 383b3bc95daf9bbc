import {
  client,
  RequestError,
  type ClientApp,
  type RequestPermissionOutcome,
  type RequestPermissionRequest,
} from '@agentclientprotocol/sdk';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { Result } from '../../base/result.ts';
import { visibleText } from '../../base/visibleText.ts';
import type { AgentTools, ToolFailure } from '../../contracts/agent.ts';
import { asksOf, choose, unknownAsk } from './permissions.ts';
import { refusal } from './refusal.ts';
import { Terminals } from './terminals.ts';
import { ToolCalls } from './toolCalls.ts';

/** Requests of our own, which the built-in agent uses; other agents have no way to delete or list. */
const extensionMethods = { list: '_gonogo/fs/list', delete: '_gonogo/fs/delete' } as const;

/** What an agent asked to be let do and was not. The protocol's answer to a permission has no room for the reason. */
export interface Refused {
  readonly what: string;
  readonly why: string;
}

const pathParams = z.object({ sessionId: z.string(), path: z.string() });

/** What an agent may ask of us, each request translated to one call of its tools. */
export class ClientSide implements Disposable {
  readonly #tools: AgentTools;
  readonly #terminals: Terminals;
  readonly #toolCalls: ToolCalls;
  /** The agent may ask in the same breath in which it names the session. */
  readonly #session = Promise.withResolvers<string>();
  #refused: Refused[] = [];
  #closed = false;

  constructor(tools: AgentTools, clock: Clock) {
    this.#tools = tools;
    this.#terminals = new Terminals(tools);
    this.#toolCalls = new ToolCalls(clock, (toolCall, status) => {
      // Requests that came before, perhaps in the same breath, still belong to the tool call.
      setImmediate(() => tools.observe(toolCall, status));
    });
    this.#session.promise.catch(() => undefined);
  }

  open(sessionId: string): void {
    this.#session.resolve(sessionId);
  }

  /** Hears what the agent shows of its work. */
  note(method: string, params: unknown): void {
    if (method === 'session/update') this.#toolCalls.note(params);
  }

  /** The permissions refused since the last call. */
  takeRefused(): readonly Refused[] {
    return this.#refused.splice(0);
  }

  /** From here on everything is refused, and commands are stopped. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#session.reject(ended());
    this.#terminals.dispose();
  }

  app(): ClientApp {
    return client({ name: 'gonogo' })
      .onRequest('fs/read_text_file', async ({ params }) => {
        await this.#check(params.sessionId);
        return { content: lines(granted(await this.#tools.readFile(params.path)), params.line, params.limit) };
      })
      .onRequest('fs/write_text_file', async ({ params }) => {
        await this.#check(params.sessionId);
        granted(await this.#tools.writeFile(params.path, params.content));
        return {};
      })
      .onRequest(extensionMethods.delete, pathParams, async ({ params }) => {
        await this.#check(params.sessionId);
        granted(await this.#tools.deleteFile(params.path));
        return {};
      })
      .onRequest(extensionMethods.list, pathParams, async ({ params }) => {
        await this.#check(params.sessionId);
        return { files: granted(await this.#tools.listFiles(params.path)) };
      })
      .onRequest('terminal/create', async ({ params }) => {
        await this.#check(params.sessionId);
        return { terminalId: this.#terminals.create(params) };
      })
      .onRequest('terminal/output', async ({ params }) => {
        await this.#check(params.sessionId);
        return this.#terminals.output(params.terminalId);
      })
      .onRequest('terminal/wait_for_exit', async ({ params }) => {
        await this.#check(params.sessionId);
        return this.#terminals.waitForExit(params.terminalId);
      })
      .onRequest('terminal/kill', async ({ params }) => {
        await this.#check(params.sessionId);
        this.#terminals.kill(params.terminalId);
        return {};
      })
      .onRequest('terminal/release', async ({ params }) => {
        await this.#check(params.sessionId);
        this.#terminals.release(params.terminalId);
        return {};
      })
      .onRequest('session/request_permission', async ({ params }) => ({ outcome: await this.#permission(params) }));
  }

  async #permission(params: RequestPermissionRequest): Promise<RequestPermissionOutcome> {
    await this.#check(params.sessionId);
    const call = await this.#toolCalls.complete(params.toolCall);
    const asks = asksOf(call);
    let refused: Refused | undefined;
    for (const { kind, resource, input } of asks ?? [unknownAsk(call)]) {
      if (refused !== undefined) break;
      const decided = await this.#tools.permit(call.toolCallId, kind, resource, input);
      const why = decided.ok ? undefined : decided.error.message;
      // What nobody understands is asked for the record, and never let.
      if (why !== undefined || asks === undefined) refused = { what: visibleText(resource, { limit: 200 }), why: why ?? 'NO-GO' };
    }
    if (this.#closed) return { outcome: 'cancelled' };
    if (refused !== undefined) this.#refused.push(refused);
    return choose(params.options, refused === undefined);
  }

  async #check(sessionId: string): Promise<void> {
    const expected = await this.#session.promise;
    if (this.#closed) throw ended();
    if (sessionId !== expected) throw RequestError.invalidParams(undefined, 'there is no such session; use the one that was opened');
  }
}

function ended(): RequestError {
  return refusal('NO-GO: the mission does not wait for this agent any more.');
}

function granted<T>(result: Result<T, ToolFailure>): T {
  if (!result.ok) throw refusal(result.error.message);
  return result.value;
}

/** `limit` lines from the 1-based `line` on, with their line ends. */
function lines(text: string, line: number | null | undefined, limit: number | null | undefined): string {
  if (line == null && limit == null) return text;
  const from = Math.max((line ?? 1) - 1, 0);
  const all = text.split(/(?<=\n)/);
  return all.slice(from, limit == null ? undefined : from + limit).join('');
}
