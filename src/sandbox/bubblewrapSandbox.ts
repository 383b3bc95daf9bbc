import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { release } from 'node:os';
import type { Clock } from '../base/clock.ts';
import { CodedError, messageOf } from '../base/errors.ts';
import type { Logger } from '../contracts/logger.ts';
import type { Permit } from '../contracts/permit.ts';
import type { Sandbox, SandboxCommand, SandboxHealth, SandboxLimits, SandboxResult } from '../contracts/sandbox.ts';
import type { Confinement } from './bubblewrapArgs.ts';
import { confine } from './confine.ts';
import type { ConfinedEnd } from './confine.ts';
import { readOnlyPaths, realPathOf, runtimeMounts } from './mounts.ts';
import { unavailableReason } from './unavailableReason.ts';

export interface BubblewrapSandboxOptions {
  /** Default: where distributions put it. PATH is not asked, since it may lead into a workspace. */
  readonly bwrapPath?: string;
  /** Programs and libraries outside `/usr` that commands need, see `toolchainPaths`. */
  readonly runtimePaths: readonly string[];
  readonly logger: Logger;
  readonly clock: Clock;
}

const isolation = 'bubblewrap, no network';
const bwrapPaths = ['/usr/bin/bwrap', '/usr/local/bin/bwrap', '/bin/bwrap'];
const prlimitPaths = ['/usr/bin/prlimit', '/bin/prlimit'];
const probeLimits: SandboxLimits = { wallMs: 10_000, outputBytes: 4_096, memoryBytes: 256 << 20, processes: 16, fileBytes: 1 << 20 };

/**
 * Runs commands under bubblewrap: own namespaces for processes, network, users, mounts, ipc and host name, no capability, and a file
 * system that holds the system's programs, the toolchain, a private `/tmp` and the one writable folder.
 *
 * The kernel fences network, files, file size, core dumps and, unless it runs as root or on a kernel before 5.14, the number of
 * threads. Watched instead, and stopped within a fraction of a second: the number of processes, and the memory of the whole tree.
 * Files in `/tmp` live in memory, up to `memoryBytes` on their own account. CPU time is bounded by the wall clock only.
 */
export class BubblewrapSandbox implements Sandbox {
  readonly #bwrapPath: string | undefined;
  readonly #runtimePaths: readonly string[];
  readonly #logger: Logger;
  readonly #clock: Clock;
  #health: Promise<SandboxHealth> | undefined;

  constructor(options: BubblewrapSandboxOptions) {
    this.#bwrapPath = options.bwrapPath;
    this.#runtimePaths = options.runtimePaths;
    this.#logger = options.logger;
    this.#clock = options.clock;
  }

  health(): Promise<SandboxHealth> {
    this.#health ??= this.#probe();
    return this.#health;
  }

  async run(permit: Permit, command: SandboxCommand, signal: AbortSignal): Promise<SandboxResult> {
    const { input, cwd } = permit.redeem('shell.exec');
    const allowed = JSON.stringify(input.argv);
    const asked = JSON.stringify(command.argv);
    if (allowed !== asked)
      throw new CodedError('not-permitted', `the permit is for \`${allowed}\`, not for \`${asked}\`; submit that command`);
    if ((await realPathOf(cwd)) !== (await realPathOf(command.cwd)))
      throw new CodedError(
        'not-permitted',
        `the permit is for the folder \`${cwd}\`, not for \`${command.cwd}\`; submit the command for that folder`,
      );
    const health = await this.health();
    if (!health.available) throw new CodedError('sandbox-unavailable', health.reason);
    const readOnly = await readOnlyPaths(command.writable, command.cwd);
    const runtime = await runtimeMounts(this.#runtimePaths);
    const startedAt = this.#clock.now();
    const end = await this.#confine({ ...command, runtime, readOnly }, signal);
    const durationMs = this.#clock.now() - startedAt;
    switch (end.kind) {
      case 'exited': {
        const { exitCode, output } = end;
        const ending = { exitCode, signal: null, timedOut: false, cancelled: false };
        return { ...ending, output: output.text(), outputBytes: output.bytes, durationMs, isolation };
      }
      case 'killed': {
        const { why, output } = end;
        const ending = { exitCode: null, signal: 'SIGKILL', timedOut: why === 'time', cancelled: why === 'cancelled' };
        return { ...ending, output: output.text(), outputBytes: output.bytes, durationMs, isolation };
      }
      case 'not-started':
        this.#logger.log('error', 'the sandbox did not start a command', { failure: end.failure });
        throw new CodedError('sandbox-unavailable', `the sandbox did not start (${end.failure}); see Health, then try again`);
    }
  }

  async #probe(): Promise<SandboxHealth> {
    try {
      const trial = { argv: ['true'], cwd: '/tmp', env: { PATH: '/usr/bin:/bin' }, runtime: [], readOnly: [], limits: probeLimits };
      const end = await this.#confine(trial, new AbortController().signal);
      if (end.kind === 'exited' && end.exitCode === 0) return { available: true, isolation };
      return this.#unavailable(end.kind === 'not-started' ? end.failure : `a trial run ended badly: ${end.output.text().trim()}`);
    } catch (error) {
      return this.#unavailable(messageOf(error));
    }
  }

  #unavailable(failure: string): SandboxHealth {
    this.#logger.log('warn', 'no sandbox here', { failure });
    return { available: false, reason: unavailableReason(failure) };
  }

  async #confine(plan: Omit<Confinement, 'prlimitPath' | 'countTasks'>, signal: AbortSignal): Promise<ConfinedEnd> {
    const bwrapPath = this.#bwrapPath ?? (await firstExecutable('bwrap', bwrapPaths));
    const prlimitPath = await firstExecutable('prlimit', prlimitPaths);
    return confine(bwrapPath, { ...plan, prlimitPath, countTasks: countsTasksPerNamespace(release()) }, this.#clock, signal);
  }
}

async function firstExecutable(name: string, candidates: readonly string[]): Promise<string> {
  for (const path of candidates) {
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  throw new Error(`\`${name}\` is not installed`);
}

/** Since Linux 5.14 the limit counts within the user namespace; before, it counts all the user runs and would stop every fork. */
export function countsTasksPerNamespace(kernel: string): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 14);
}
