import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { strict as assert } from 'node:assert';
import { GitWorktrees } from '../../../src/agents/worktrees/gitWorktrees.ts';
import { sha256 } from '../../../src/base/digest.ts';
import type { ActionId, CorrelationId, EntryId, MissionId } from '../../../src/base/ids.ts';
import { zeroUsd } from '../../../src/base/money.ts';
import type { Result } from '../../../src/base/result.ts';
import type { WorktreeRef } from '../../../src/contracts/mission.ts';
import { Permit } from '../../../src/contracts/permit.ts';
import type { FileChange } from '../../../src/contracts/review.ts';
import type { Snapshot, WorktreeError } from '../../../src/contracts/worktrees.ts';
import { RecordingLogger } from '../../support/recordingLogger.ts';

export const mission = '01990000-0000-7000-8000-000000000001' as MissionId;
export const never = new AbortController().signal;

/** A repository, a store and the port under test, all in one temporary folder. */
export class Scene implements Disposable {
  readonly home = realpathSync(mkdtempSync(join(tmpdir(), 'gonogo worktrees ')));
  readonly top = join(this.home, 'repository');
  readonly storeDir = join(this.home, 'store');
  readonly logger = new RecordingLogger();
  readonly worktrees = new GitWorktrees({ storeDir: this.storeDir, logger: this.logger });

  constructor(init: readonly string[] = []) {
    mkdirSync(this.top);
    this.git('init', '--quiet', '--initial-branch=main', ...init);
  }

  git(...args: string[]): string {
    return gitIn(this.top, this.home, ...args);
  }

  /** git as an agent would call it in its worktree. */
  gitAt(folder: string, ...args: string[]): string {
    return gitIn(folder, this.home, ...args);
  }

  write(path: string, content: string | Uint8Array, mode?: number): void {
    writeAt(this.top, path, content, mode);
  }

  commit(): void {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message', 'a commit');
  }

  async create(folder = this.top): Promise<WorktreeRef> {
    return valueOf(await this.worktrees.create(mission, folder, never));
  }

  async capture(worktree: WorktreeRef, folder = this.top): Promise<Snapshot> {
    return valueOf(await this.worktrees.capture(mission, folder, worktree));
  }

  /** The agent's work as one function; what it leaves is captured. */
  async agentDoes(work: (root: string) => void, folder = this.top): Promise<{ base: Snapshot; result: Snapshot; worktree: WorktreeRef }> {
    const worktree = await this.create(folder);
    work(worktree.root);
    return { base: worktree.base, result: await this.capture(worktree, folder), worktree };
  }

  apply(base: Snapshot, result: Snapshot, folder = this.top): Promise<Result<readonly FileChange[], WorktreeError>> {
    return this.worktrees.apply(applyPermit(base, result), folder, base, result);
  }

  rollback(
    result: Snapshot,
    base: Snapshot,
    folder = this.top,
    only?: readonly string[],
  ): Promise<Result<readonly FileChange[], WorktreeError>> {
    return this.worktrees.rollback(rollbackPermit(result, base, only), folder, result, base);
  }

  reapply(base: Snapshot, result: Snapshot): Promise<Result<readonly FileChange[], WorktreeError>> {
    return this.worktrees.reapply(reapplyPermit(base, result), this.top, base, result);
  }

  /** HEAD, index and branches, byte for byte. */
  gitState(): string {
    const read = (name: string): string => sha256(readFileSync(join(this.top, '.git', name)));
    return JSON.stringify([read('HEAD'), read('index'), this.git('for-each-ref', 'refs/heads', 'refs/tags'), this.git('stash', 'list')]);
  }

  [Symbol.dispose](): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}

export function writeAt(root: string, path: string, content: string | Uint8Array, mode?: number): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  if (mode !== undefined) chmodSync(file, mode);
}

export function linkAt(root: string, path: string, target: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(target, join(root, path));
}

/** Every folder, file and link below `root` with permissions and bytes, without git's own. */
export function treeOf(root: string): Record<string, string> {
  const tree: [string, string][] = [];
  const walk = (folder: string): void => {
    for (const name of readdirSync(join(root, folder))) {
      if (name === '.git') continue;
      const path = folder === '' ? name : `${folder}/${name}`;
      const full = join(root, path);
      const stat = lstatSync(full);
      const permissions = (stat.mode & 0o7777).toString(8);
      if (stat.isSymbolicLink()) tree.push([path, `link ${readlinkSync(full)}`]);
      else if (stat.isDirectory()) {
        tree.push([path, `folder ${permissions}`]);
        walk(path);
      } else tree.push([path, `file ${permissions} ${readFileSync(full).toString('latin1')}`]);
    }
  };
  walk('');
  return Object.fromEntries(tree.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function valueOf<T>(result: Result<T, WorktreeError>): T {
  assert.ok(result.ok, result.ok ? '' : `${result.error.code}: ${result.error.message}`);
  return result.value;
}

export function errorOf<T>(result: Result<T, WorktreeError>): WorktreeError {
  assert.ok(!result.ok, 'expected a refusal');
  return result.error;
}

const common = {
  id: 'action' as ActionId,
  domain: 'code',
  principal: { kind: 'mission', id: mission },
  resource: mission,
  cwd: '/',
  digest: sha256('any'),
  workspaceId: 'workspace',
  tenantId: 'local',
  sessionId: 'session',
  correlationId: 'correlation' as CorrelationId,
  missionId: mission,
  estimatedCost: zeroUsd,
  surface: 'mission',
  effect: 'ours',
} as const;

export function applyPermit(base: Snapshot, result: Snapshot): Permit {
  const input = { baseTree: base.tree, tree: result.tree, filesSha256: sha256('files') };
  return Permit.mint({ ...common, kind: 'code.apply', input }, 'entry' as EntryId);
}

export function reapplyPermit(base: Snapshot, result: Snapshot): Permit {
  const input = { baseTree: base.tree, tree: result.tree, filesSha256: sha256('files') };
  return Permit.mint({ ...common, kind: 'code.reapply', input }, 'entry' as EntryId);
}

export function rollbackPermit(result: Snapshot, base: Snapshot, only?: readonly string[]): Permit {
  const input = { fromTree: result.tree, toTree: base.tree, ...(only ? { only: [...only] } : {}) };
  return Permit.mint({ ...common, kind: 'code.rollback', input }, 'entry' as EntryId);
}

function gitIn(cwd: string, home: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@localhost'];
  const env = { PATH: process.env['PATH'], HOME: home, LC_ALL: 'C', GIT_CONFIG_NOSYSTEM: '1' };
  return execFileSync('git', [...identity, ...args], { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
