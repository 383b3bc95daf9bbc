import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { messageOf, systemCode } from '../../base/errors.ts';
import { WorktreeFault } from './fault.ts';

interface GitCall {
  readonly cwd: string;
  /** Always named where it is known, so that a `.git` an agent wrote is never looked at. */
  readonly gitDir?: string;
  readonly workTree?: string;
  readonly indexFile?: string;
  /** Further variables for this call. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly signal?: AbortSignal;
  /** Exit codes that are an answer, not a failure; 0 is always one. */
  readonly answers?: readonly number[];
}

interface GitOutput {
  readonly code: number;
  readonly stdout: Buffer;
}

export interface GitStream {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Rejects unless git ended with 0. */
  readonly ended: Promise<void>;
  kill(): void;
}

const TIME_LIMIT_MS = 10 * 60_000;
const STDERR_BYTES = 16_384;

/** What git may know of the person's environment: where to find programs and the person's own settings. */
const INHERITED = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'USERPROFILE', 'SYSTEMROOT', 'TMPDIR', 'TEMP', 'TMP'];

/** Takes away whatever a repository's settings could make git execute or fetch. */
const HARMLESS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.quotePath=false',
  'core.pager=cat',
  'core.alternateRefsCommand=',
  'credential.helper=',
  'protocol.allow=never',
  'submodule.recurse=false',
  'diff.external=',
  'gc.auto=0',
  'maintenance.auto=false',
  // A rollback weeks later rests on these objects.
  'core.fsync=all',
  'core.fsyncMethod=batch',
].flatMap((setting) => ['-c', setting]);

const identity = {
  GIT_AUTHOR_NAME: 'GoNoGo',
  GIT_AUTHOR_EMAIL: 'gonogo@localhost',
  GIT_COMMITTER_NAME: 'GoNoGo',
  GIT_COMMITTER_EMAIL: 'gonogo@localhost',
};

/** Runs git with an argument vector, never a shell, in an environment of its own. */
export class Git {
  readonly #path: string;
  readonly #env: Readonly<Record<string, string>>;

  constructor(path: string, env: Readonly<Record<string, string | undefined>>) {
    this.#path = path;
    const inherited = INHERITED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
    this.#env = {
      ...Object.fromEntries(inherited),
      ...identity,
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_NO_LAZY_FETCH: '1',
      GIT_LITERAL_PATHSPECS: '1',
      GIT_PAGER: 'cat',
    };
  }

  /** @throws WorktreeFault `git-missing` or `git-failed`; the signal's reason when aborted. */
  async run(args: readonly string[], call: GitCall): Promise<GitOutput> {
    const child = this.#spawn(args, call);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stdin.end(call.input ?? '');
    const code = await exitOf(child, args, call);
    return { code, stdout: Buffer.concat(chunks) };
  }

  /** The output as text without its line end. */
  async line(args: readonly string[], call: GitCall): Promise<string> {
    return (await this.run(args, call)).stdout.toString('utf8').replace(/\r?\n$/, '');
  }

  stream(args: readonly string[], call: GitCall): GitStream {
    const child = this.#spawn(args, call);
    const ended = exitOf(child, args, call).then(() => undefined);
    // Whoever waits for the output first may be told of the failure there; this promise must not count as unhandled meanwhile.
    ended.catch(() => undefined);
    const kill = (): void => {
      child.kill('SIGKILL');
      // Output that nobody reads any more would keep the child from counting as ended.
      child.stdout.destroy();
    };
    return { stdin: child.stdin, stdout: child.stdout, ended, kill };
  }

  #spawn(args: readonly string[], call: GitCall): ChildProcessByStdio<Writable, Readable, Readable> {
    call.signal?.throwIfAborted();
    const env: Record<string, string> = { ...this.#env, ...call.env };
    if (call.gitDir !== undefined) env['GIT_DIR'] = call.gitDir;
    if (call.workTree !== undefined) env['GIT_WORK_TREE'] = call.workTree;
    if (call.indexFile !== undefined) env['GIT_INDEX_FILE'] = call.indexFile;
    return spawn(this.#path, [...HARMLESS, ...args], {
      cwd: call.cwd,
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
      signal: call.signal,
      killSignal: 'SIGKILL',
      windowsHide: true,
    });
  }
}

function exitOf(child: ChildProcessByStdio<Writable, Readable, Readable>, args: readonly string[], call: GitCall): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const command = args[0] ?? '';
  let stderr = '';
  // Not spawn's own `timeout`: its timer outlives a program that could not be started.
  const timer = setTimeout(() => void child.kill('SIGKILL'), TIME_LIMIT_MS);
  const stop = (): void => clearTimeout(timer);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < STDERR_BYTES) stderr += text;
  });
  // git may end before it has read everything; its exit code is the answer then.
  child.stdin.on('error', () => undefined);
  child.on('error', (error) => {
    if (call.signal?.aborted === true) reject(call.signal.reason as Error);
    else reject(cannotStart(error, call.cwd));
  });
  child.on('close', (code, signal) => {
    if (code !== null && (code === 0 || call.answers?.includes(code) === true)) resolve(code);
    else if (call.signal?.aborted === true) reject(call.signal.reason as Error);
    else
      reject(new WorktreeFault('git-failed', `\`git ${command}\` ${ending(code, signal)}: ${reasonIn(stderr)}; mend that and try again`));
  });
  return promise.finally(stop);
}

function cannotStart(error: Error, cwd: string): WorktreeFault {
  if (systemCode(error) === 'ENOENT' && !existsSync(cwd)) {
    return new WorktreeFault('not-a-repository', `the folder \`${cwd}\` does not exist; open another one`, [], { cause: error });
  }
  return new WorktreeFault('git-missing', `git could not be started (${messageOf(error)}); install git and try again`, [], {
    cause: error,
  });
}

function ending(code: number | null, signal: NodeJS.Signals | null): string {
  return code === null ? `was stopped by ${signal ?? 'the system'}` : `ended with ${code}`;
}

/** Warnings may stand before the line that says why. */
function reasonIn(stderr: string): string {
  const lines = stderr.trim().split('\n');
  return (lines.find((line) => /^(fatal|error):/.test(line)) ?? lines[0] ?? '').slice(0, 500);
}
