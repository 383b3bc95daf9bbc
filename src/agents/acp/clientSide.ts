import {
  client,
  RequestError,
  type ClientApp,
  type RequestPermissionOutcome,
  type RequestPermissionRequest,
} from '@agentclientprotocol/sdk';
import { z } from 'zod';
import type { Result } from '../../base/result.ts';
import type { AgentTools, ToolFailure } from '../../contracts/agent.ts';
import { asksOf, choose } from './permissions.ts';
import { refusal } from './refusal.ts';
import { Terminals } from './terminals.ts';

/** Requests of our own, which the built-in agent uses; other agents have no way to delete or list. */
const extensionMethods = { list: '_gonogo/fs/list', delete: '_gonogo/fs/delete' } as const;

const pathParams = z.object({ sessionId: z.string(), path: z.string() });

/** What an agent may ask of us, each request translated to one call of its tools. */
export class ClientSide implements Disposable {
  readonly #tools: AgentTools;
  readonly #terminals: Terminals;
  /** The agent may ask in the same breath in which it names the session. */
  readonly #session = Promise.withResolvers<string>();
  #closed = false;

  constructor(tools: AgentTools) {
    this.#tools = tools;
    this.#terminals = new Terminals(tools);
    this.#session.promise.catch(() => undefined);
  }

  open(sessionId: string): void {
    this.#session.resolve(sessionId);
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
    const asks = asksOf(params.toolCall);
    let allowed = asks !== undefined;
    for (const { kind, resource, input } of asks ?? []) allowed &&= await this.#tools.permit(kind, resource, input);
    return this.#closed ? { outcome: 'cancelled' } : choose(params.options, allowed);
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
