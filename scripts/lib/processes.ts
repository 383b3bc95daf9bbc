import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  /** Both outputs as they came; the tail of it, if it is long. */
  readonly output: string;
  readonly timedOut: boolean;
}

const running = new Set<ChildProcess>();

/** Resolves with the exit code; a signal counts as failure. */
export function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code ?? 1);
    });
  });
}

/** Runs a command to its end, at most `timeoutMs`, and collects what it printed; `echo` also shows it. */
export async function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number; echo?: boolean } = {},
): Promise<Finished> {
  const child = startGroup(command, args, { cwd: options.cwd, env: options.env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let output = '';
  const collect = (text: string): void => {
    output = (output + text).slice(-262144);
    if (options.echo) process.stderr.write(text);
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    collect(text);
  });
  child.stderr?.setEncoding('utf8').on('data', collect);
  const limit = AbortSignal.timeout(options.timeoutMs ?? 600_000);
  const stop = (): void => void stopGroup(child, 0);
  limit.addEventListener('abort', stop);
  try {
    const code = await exitOf(child);
    return { code: limit.aborted ? 1 : code, stdout, output, timedOut: limit.aborted };
  } finally {
    limit.removeEventListener('abort', stop);
    running.delete(child);
  }
}

/** Starts a process that leads its own group, so that it can be stopped with all its children. */
export function startGroup(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, { ...options, detached: process.platform !== 'win32' });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly started: string;
}

function seen(pid: number): Seen | undefined {
  try {
    // The command name is in parentheses and may hold anything; the fields after it are plain.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    return { pid, parent: Number(fields[1]), group: Number(fields[2]), started: fields[19] ?? '' };
  } catch {
    // Gone between listing and reading.
    return undefined;
  }
}

function allProcesses(): Seen[] {
  if (process.platform !== 'linux') return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((name) => seen(Number(name))).filter((entry) => entry !== undefined);
}

/** The process, its descendants and everything in its group, as the system shows them now (Linux; elsewhere none). */
export function familyOf(pid: number): Seen[] {
  const all = allProcesses();
  const family = new Set([pid]);
  for (let grown = true; grown;) {
    grown = false;
    for (const entry of all) {
      if (family.has(entry.pid) || !(family.has(entry.parent) || entry.group === pid)) continue;
      family.add(entry.pid);
      grown = true;
    }
  }
  return all.filter((entry) => family.has(entry.pid));
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Already gone, which is what was wanted.
  }
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  signal(process.platform === 'win32' ? pid : -pid, name);
}

/** Asks the group to end, then after `graceMs` makes it; children that left the group are ended by pid and start time. */
export async function stopGroup(child: ChildProcess, graceMs: number): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const family = familyOf(pid);
  if (child.exitCode === null && child.signalCode === null) {
    const closed = new Promise<void>((resolve) =>
      child.once('exit', () => {
        resolve();
      }),
    );
    signalGroup(pid, 'SIGTERM');
    const timer = setTimeout(() => {
      signalGroup(pid, 'SIGKILL');
    }, graceMs);
    await closed;
    clearTimeout(timer);
  }
  signalGroup(pid, 'SIGKILL');
  for (const member of family) if (seen(member.pid)?.started === member.started) signal(member.pid, 'SIGKILL');
}

// A script that dies takes what it started with it.
process.once('exit', () => {
  for (const child of running) if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
});

const endings = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
let onStop: (() => void) | undefined;

// The default action of a signal would skip the clean-up at exit.
for (const [name, code] of Object.entries(endings)) {
  process.on(name, () => {
    if (onStop) onStop();
    else process.exit(code);
  });
}

/** Resolves at the first Ctrl-C or request to end; later ones are ignored while the caller cleans up. */
export function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    onStop = resolve;
  });
}

/** Whether `port` on 127.0.0.1 can be bound now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () =>
      server.close(() => {
        resolve(true);
      }),
    );
  });
}
