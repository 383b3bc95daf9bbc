import { isUtf8 } from 'node:buffer';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../base/digest.ts';
import type { MergedText } from '../../contracts/worktrees.ts';
import type { Git } from './git.ts';

export interface MergeSides {
  /** What both others came from. */
  readonly origin: Buffer;
  readonly now: Buffer;
  readonly goal: Buffer;
  readonly labels: readonly [now: string, origin: string, goal: string];
}

/** `git merge-file` answers with the number of conflicts, and never more than this. */
const MOST_CONFLICTS = 127;

/**
 * `git merge-file` on raw bytes, in a folder of the store that is removed again. Attributes and settings have no say.
 * `undefined` where a side is not text.
 */
export async function mergeFile(git: Git, storeDir: string, { origin, now, goal, labels }: MergeSides): Promise<MergedText | undefined> {
  if ([origin, now, goal].some((side) => side.includes(0) || !isUtf8(side))) return undefined;
  await mkdir(storeDir, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(storeDir, 'merge-'));
  try {
    const [nowFile, originFile, goalFile] = [join(folder, 'now'), join(folder, 'origin'), join(folder, 'goal')];
    await Promise.all([writeFile(nowFile, now), writeFile(originFile, origin), writeFile(goalFile, goal)]);
    const named = labels.flatMap((label) => ['-L', label]);
    const args = ['-c', 'merge.conflictStyle=merge', 'merge-file', '-p', ...named, nowFile, originFile, goalFile];
    const answers = Array.from({ length: MOST_CONFLICTS }, (_, index) => index + 1);
    // Outside every repository: none of its settings is read.
    const { code, stdout } = await git.run(args, { cwd: folder, gitDir: join(folder, 'none'), answers });
    return { text: stdout.toString('utf8'), conflicts: code, nowSha256: sha256(now) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
