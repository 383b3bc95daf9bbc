/**
 * Does one thing with the port and kills itself, as `kill -9` would, right after its n-th change to the disk or end of a git process
 * (a git that is running when its caller is killed runs to its end).
 * Reads its task as JSON from the command line; ends with 0 when n was beyond the last change.
 */
import childProcess from 'node:child_process';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { z } from 'zod';
import type { MissionId } from '../../../src/base/ids.ts';

const snapshot = z.object({ tree: z.string(), commit: z.string() });
const task = z
  .object({
    storeDir: z.string(),
    top: z.string(),
    crashAfter: z.number(),
    mission: z.custom<MissionId>((value) => typeof value === 'string'),
    action: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('create') }),
      z.object({ kind: z.enum(['apply', 'rollback', 'reapply']), base: snapshot, result: snapshot }),
    ]),
  })
  .parse(JSON.parse(process.argv[2] ?? ''));

let changes = 0;
function countChange(): void {
  changes += 1;
  if (changes === task.crashAfter) process.kill(process.pid, 'SIGKILL');
}

/** Every function of the module that `names` lists, followed by `countChange`. */
function armed<M extends object>(module: M, names: readonly (keyof M & string)[]): void {
  for (const name of names) {
    const original: unknown = module[name];
    if (typeof original !== 'function') throw new Error(`\`${name}\` is not a function`);
    Object.assign(module, {
      [name]: (...args: unknown[]): unknown => {
        const outcome: unknown = Reflect.apply(original, module, args);
        if (outcome instanceof childProcess.ChildProcess) outcome.once('exit', countChange);
        else if (!(outcome instanceof Promise)) throw new Error(`\`${name}\` gave no promise`);
        else if (name !== 'open' || args[1] === 'wx' || args[1] === 'w') return outcome.finally(countChange);
        return outcome;
      },
    });
  }
}
armed(fs, ['open', 'rename', 'unlink', 'mkdir', 'rmdir', 'rm', 'chmod', 'symlink', 'copyFile', 'writeFile']);
armed(childProcess, ['spawn']);
syncBuiltinESMExports();

const { GitWorktrees } = await import('../../../src/agents/worktrees/gitWorktrees.ts');
const { applyPermit, reapplyPermit, rollbackPermit } = await import('./support.ts');
const worktrees = new GitWorktrees({ storeDir: task.storeDir, logger: { log: () => undefined } });
const { action, mission, top } = task;

async function act(): Promise<{ ok: boolean }> {
  if (action.kind === 'create') return worktrees.create(mission, top, new AbortController().signal);
  const { base, result } = action;
  if (action.kind === 'apply') return worktrees.apply(applyPermit(base, result), top, base, result);
  if (action.kind === 'reapply') return worktrees.reapply(reapplyPermit(base, result), top, base, result);
  return worktrees.rollback(rollbackPermit(result, base), top, result, base);
}
const outcome = await act();
if (!outcome.ok) throw new Error(JSON.stringify(outcome));
