import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import type { Clock, Millis } from '../../base/clock.ts';
import { messageOf, systemCode } from '../../base/errors.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { visibleText } from '../../base/visibleText.ts';
import type { AgentCommand, AgentError } from '../../contracts/agent.ts';
import { killTree, processTree, type ProcessRow } from '../processes.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

const MAX_LAST_LINE = 4_096;
/** How long output may still come after everything that could write it has been killed. */
const DRAIN_MS = 1_000;

/** An agent's process with its own group, so that it can be ended with everything it started. */
export class AgentProcess {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #closed: Promise<unknown>;
  readonly #known: ProcessRow[] = [];
  #lastLine = '';
  #rest = '';

  private constructor(child: ChildProcessByStdio<Writable, Readable, Readable>, pid: number, onLog: (text: string) => void) {
    this.pid = pid;
    this.#child = child;
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    this.#closed = new Promise((resolve) => child.once('close', resolve));
    // Whoever writes hears of it in the write's own callback.
    child.stdin.on('error', () => undefined);
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#log(text, onLog));
  }

  get input(): Writable {
    return this.#child.stdin;
  }

  get output(): Readable {
    return this.#child.stdout;
  }

  /** What the agent printed last on stderr, made visible; `''` when it printed nothing. */
  get lastWords(): string {
    return visibleText((this.#rest.trim() || this.#lastLine).trim(), { limit: 300 });
  }

  /** Starts the program with exactly this environment. */
  static async start(command: AgentCommand, cwd: string, onLog: (text: string) => void): Promise<Result<AgentProcess, AgentError>> {
    const [program, ...args] = command.argv;
    const missing = (why: string): Result<AgentProcess, AgentError> =>
      err({ code: 'agent-missing', message: `the agent \`${command.id}\` could not be started because ${why}` });
    if (program === undefined) return missing('its command is empty; set `gonogo.agents.path`');
    if (!(await isFolder(cwd))) return missing('its working folder is gone; launch the mission again');
    try {
      const child = spawn(program, args, {
        cwd,
        env: { ...command.env },
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: process.platform !== 'win32',
        windowsHide: true,
      });
      // The listeners have to stand before the first byte comes.
      const spawned = once(child, 'spawn');
      const agent = child.pid === undefined ? undefined : new AgentProcess(child, child.pid, onLog);
      await spawned;
      if (agent !== undefined) return ok(agent);
      return missing('the system gave it no process; try again');
    } catch (error) {
      const shown = visibleText(program, { limit: 300 });
      if (systemCode(error) === 'ENOENT')
        return missing(`\`${shown}\` was not found; check that it is installed and set \`gonogo.agents.path\``);
      return missing(
        `\`${shown}\` cannot be run (${systemCode(error) ?? visibleText(messageOf(error), { limit: 300 })}); set \`gonogo.agents.path\``,
      );
    }
  }

  /** Takes down what the agent has started. To be called before it is let end by itself, and its children lose their parent. */
  async remember(): Promise<void> {
    this.#known.push(...(await processTree(this.pid)));
  }

  /** Lets the agent end by itself for `grace` ms after its input was closed, then kills it and all it started. */
  async stop(clock: Clock, grace: Millis): Promise<void> {
    await this.remember();
    this.#child.stdin.end();
    if (grace > 0) await within(clock, grace, this.exited);
    await killTree(this.pid, this.#known);
    await this.exited;
    // A process that got away may still hold the pipes open.
    await within(clock, DRAIN_MS, this.#closed);
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream.destroy();
  }

  #log(text: string, onLog: (text: string) => void): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = (lines.pop() ?? '').slice(-MAX_LAST_LINE);
    for (const line of lines) {
      if (line.trim() === '') continue;
      this.#lastLine = line.slice(0, MAX_LAST_LINE);
      onLog(visibleText(line, { limit: 300 }));
    }
  }
}

/** Waits for `work`, but not longer than `limit` ms; the answer says whether it came. */
export async function within(clock: Clock, limit: Millis, work: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = clock.after(limit, () => late.resolve(false));
  try {
    return await Promise.race([work.then(() => true), late.promise]);
  } finally {
    timer[Symbol.dispose]();
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}
