import { randomUUID } from 'node:crypto';
import {
  RequestError,
  type CreateTerminalRequest,
  type TerminalOutputResponse,
  type WaitForTerminalExitResponse,
} from '@agentclientprotocol/sdk';
import type { Result } from '../../base/result.ts';
import type { AgentTools, CommandOutput, ToolFailure } from '../../contracts/agent.ts';
import { refusal } from './refusal.ts';

const MAX_TERMINALS = 16;

interface Terminal {
  readonly stop: AbortController;
  readonly done: Promise<Result<CommandOutput, ToolFailure>>;
  readonly outputLimit: number;
  result?: Result<CommandOutput, ToolFailure>;
}

/** ACP's terminals over commands that run to their end: the output is there once the command is done. */
export class Terminals {
  readonly #tools: AgentTools;
  readonly #terminals = new Map<string, Terminal>();

  constructor(tools: AgentTools) {
    this.#tools = tools;
  }

  create({ command, args, env, cwd, outputByteLimit }: CreateTerminalRequest): string {
    if (this.#terminals.size >= MAX_TERMINALS) throw refusal(`${MAX_TERMINALS} commands are open already; release one of them`);
    if (env !== undefined && env.length > 0) throw refusal('the environment of a command is fixed; send the command without `env`');
    const stop = new AbortController();
    const done = this.#tools.runCommand([command, ...(args ?? [])], cwd ?? undefined, stop.signal);
    const terminal: Terminal = { stop, done, outputLimit: outputByteLimit ?? Infinity };
    const id = randomUUID();
    this.#terminals.set(id, terminal);
    // A failure that nobody waits for is still there for whoever asks for the output.
    done.then(
      (result) => (terminal.result = result),
      () => undefined,
    );
    return id;
  }

  output(id: string): TerminalOutputResponse {
    const { result, outputLimit } = this.#get(id);
    if (result === undefined) return { output: '', truncated: false };
    const { output, truncated, exitCode, signal } = valueOf(result);
    const kept = tail(output, outputLimit);
    return { output: kept, truncated: truncated || kept.length < output.length, exitStatus: { exitCode, signal } };
  }

  async waitForExit(id: string): Promise<WaitForTerminalExitResponse> {
    const { exitCode, signal } = valueOf(await this.#get(id).done);
    return { exitCode, signal };
  }

  kill(id: string): void {
    this.#get(id).stop.abort(new Error('the agent stopped the command'));
  }

  release(id: string): void {
    this.kill(id);
    this.#terminals.delete(id);
  }

  /** Stops every command. */
  dispose(): void {
    for (const id of [...this.#terminals.keys()]) this.release(id);
  }

  #get(id: string): Terminal {
    const terminal = this.#terminals.get(id);
    if (terminal === undefined) throw RequestError.invalidParams(undefined, 'there is no such terminal; create one');
    return terminal;
  }
}

function valueOf(result: Result<CommandOutput, ToolFailure>): CommandOutput {
  if (!result.ok) throw refusal(result.error.message);
  return result.value;
}

/** The last bytes, beginning at a whole character, as the protocol wants it. */
function tail(text: string, limit: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= limit) return text;
  let start = bytes.length - limit;
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.toString('utf8', start);
}
