import type { FileStanding } from '../../contracts/worktrees.ts';
import { judge, type Move, type Step } from './applyPlan.ts';
import { inParallel } from './inParallel.ts';
import { lookAt } from './workspaceEntry.ts';

const LOOK_AT_ONCE = 16;

export type Standing = Pick<FileStanding, 'standing' | 'now'>;

/** Where each path of a move stands; what depends on a path that cannot go cannot go either. Reads only. */
export async function standingsOf(top: string, move: Move): Promise<ReadonlyMap<string, Standing>> {
  const seen = new Map<string, Standing>();
  const blocked = new Set<string>();
  await inParallel([...move.steps.values()], LOOK_AT_ONCE, async (step) => {
    const { found } = await lookAt(top, move, step);
    const judgement = judge(move, step, found);
    if (judgement.next === 'refuse') for (const path of [step.path, ...judgement.paths]) blocked.add(path);
    const isFile = found.kind === 'entry' && found.mode !== '120000';
    seen.set(step.path, {
      standing: judgement.next === 'refuse' ? 'changed' : judgement.next === 'write' ? 'ready' : 'there',
      now: isFile ? 'file' : found.kind === 'absent' ? 'absent' : 'other',
    });
  });
  for (const [path, standing] of seen)
    if (standing.standing === 'ready' && [...blocked].some((other) => isRelated(path, other)))
      seen.set(path, { ...standing, standing: 'changed' });
  return seen;
}

/** The move of some of its paths. */
export function narrowed(move: Move, only: readonly string[]): Move {
  const steps = only.flatMap((path): readonly (readonly [string, Step])[] => {
    const step = move.steps.get(path);
    return step === undefined ? [] : [[path, step]];
  });
  return { ...move, steps: new Map(steps) };
}

/** One lies below the other, so that they need the same folder or the same name. */
function isRelated(a: string, b: string): boolean {
  return a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}
