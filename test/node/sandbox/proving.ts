import { execFile } from 'node:child_process';
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { systemClock } from '../../../src/base/clock.ts';
import type { ActionId, CorrelationId, EntryId } from '../../../src/base/ids.ts';
import { zeroUsd } from '../../../src/base/money.ts';
import { digestOf } from '../../../src/base/digest.ts';
import type { ActionOfKind } from '../../../src/contracts/action.ts';
import { Permit } from '../../../src/contracts/permit.ts';
import type { SandboxLimits, SandboxResult } from '../../../src/contracts/sandbox.ts';
import { BubblewrapSandbox } from '../../../src/sandbox/bubblewrapSandbox.ts';
import { toolchainPaths } from '../../../src/sandbox/toolchainPaths.ts';
import { RecordingLogger } from '../../support/recordingLogger.ts';

export const toolPath = [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
export const limits: SandboxLimits = {
  wallMs: 20_000,
  outputBytes: 64 * 1024,
  memoryBytes: 1024 ** 3,
  processes: 64,
  fileBytes: 64 * 1024 ** 2,
};

/** A permit as the gate would mint it for a command. */
export function permitFor(argv: readonly string[], cwd: string): Permit {
  const kind = 'shell.exec';
  const resource = argv.join(' ');
  const input = { argv: [...argv] };
  const action: ActionOfKind<'shell.exec'> = {
    ...{ id: 'action-1' as ActionId, kind, resource, cwd, input, digest: digestOf({ kind, resource, cwd, input }), domain: 'code' },
    ...{ principal: { kind: 'mission', id: 'm' }, workspaceId: 'w', tenantId: 'local', sessionId: 's', surface: 'mission' },
    ...{ correlationId: 'c' as CorrelationId, estimatedCost: zeroUsd, effect: 'ours' },
  };
  return Permit.mint(action, 'entry-1' as EntryId);
}

/** A worktree outside the folder that is private inside, and beside it what a command in the worktree must not reach. Released by `using`. */
export class ProvingGround implements Disposable {
  readonly root = realpathSync(mkdtempSync('/var/tmp/gonogo-sandbox-'));
  readonly worktree = this.#folder('worktree');
  readonly home = this.#folder('home');
  readonly other = this.#folder('other-workspace');
  readonly toolchain = this.#folder('toolchain');
  readonly secret = this.#file(join(this.home, 'id_ed25519'), 'the secret\n');

  #folder(name: string): string {
    const folder = join(this.root, name);
    mkdirSync(folder);
    return folder;
  }

  #file(path: string, text: string): string {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  put(path: string, text: string): string {
    return this.#file(join(this.root, path), text);
  }

  async sandbox(): Promise<BubblewrapSandbox> {
    const runtimePaths = [...(await toolchainPaths(toolPath)), this.toolchain];
    return new BubblewrapSandbox({ runtimePaths, logger: new RecordingLogger(), clock: systemClock });
  }

  /** Runs a command in the worktree, inside. */
  async inside(argv: readonly string[], change: Partial<SandboxLimits> = {}, signal?: AbortSignal): Promise<SandboxResult> {
    const place = { cwd: this.worktree, writable: this.worktree };
    const command = { argv, ...place, env: { PATH: toolPath }, limits: { ...limits, ...change } };
    return (await this.sandbox()).run(permitFor(argv, this.worktree), command, signal ?? new AbortController().signal);
  }

  /** Runs the same command in the same place without a sandbox. */
  outside(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
    const [file = '', ...args] = argv;
    return new Promise((resolve) => {
      const options = { cwd: this.worktree, env: { PATH: toolPath, ...env } };
      execFile(file, args, options, (_error, stdout, stderr) => resolve(stdout + stderr));
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Ids of living processes whose command line holds `marker`. */
export function processesWith(marker: string): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => pid !== process.pid && commandLine(pid).includes(marker));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Looks again until it is so; for what the system gives no event for. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`not within ten seconds: ${what}`);
    await turn();
  }
}
