import type { ChangeKind, ObjectId } from '../../contracts/review.ts';
import { WorktreeFault, listed } from './fault.ts';
import { isPortablePath, pathOf, splitNul } from './treePath.ts';

/** One record of `git diff-tree --raw`. */
export interface RawChange {
  readonly path: string;
  readonly oldPath?: string;
  readonly kind: ChangeKind;
  readonly oldMode: string;
  readonly newMode: string;
  readonly oldId?: ObjectId;
  readonly newId?: ObjectId;
}

/**
 * Parses `git diff-tree -z --raw --no-abbrev`: `:<mode> <mode> <id> <id> <status>\0<path>\0`, with a second path after a rename.
 *
 * @throws WorktreeFault `unsupported-entry` for paths and kinds of entries that cannot be brought into a working tree.
 */
export function parseRawDiff(output: Buffer): readonly RawChange[] {
  const parts = splitNul(output).values();
  const changes: RawChange[] = [];
  for (const header of parts) {
    const match = /^:(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) ([AMDTR])\d*$/.exec(header.toString('latin1'));
    if (match === null)
      throw new WorktreeFault('git-failed', `\`git diff-tree\` said \`${header.toString('latin1')}\`, which is not understood; update git`);
    const [, oldMode = '', newMode = '', before = '', after = '', status = ''] = match;
    const first = pathFrom(parts.next().value);
    const path = status === 'R' ? pathFrom(parts.next().value) : first;
    for (const mode of [oldMode, newMode]) assertCarried(mode, path);
    changes.push({
      path,
      ...(status === 'R' ? { oldPath: first } : {}),
      kind: kindOf(status, before === after),
      oldMode,
      newMode,
      ...(/^0+$/.test(before) ? {} : { oldId: before }),
      ...(/^0+$/.test(after) ? {} : { newId: after }),
    });
  }
  return changes;
}

/** @throws WorktreeFault `outside-workspace` when a change reaches beyond the opened folder. */
export function assertWithin(prefix: string, changes: readonly RawChange[]): void {
  const paths = changes.flatMap(({ path, oldPath }) => (oldPath === undefined ? [path] : [oldPath, path]));
  const outside = paths.filter((path) => !path.startsWith(prefix));
  if (outside.length === 0) return;
  throw new WorktreeFault(
    'outside-workspace',
    `the agent changed ${listed(outside)}, outside the opened folder \`${prefix}\`; open the whole repository or ask for less`,
    outside,
  );
}

function kindOf(status: string, sameBytes: boolean): ChangeKind {
  switch (status) {
    case 'A':
      return 'added';
    case 'D':
      return 'deleted';
    case 'R':
      return 'renamed';
    default:
      return sameBytes ? 'mode-changed' : 'modified';
  }
}

function pathFrom(bytes: Buffer | undefined): string {
  const path = bytes === undefined ? undefined : pathOf(bytes);
  if (path !== undefined && isPortablePath(path)) return path;
  const shown = bytes?.toString('latin1') ?? '';
  throw new WorktreeFault('unsupported-entry', `\`${shown}\` is a name that cannot be written safely; let the agent choose another one`, [
    shown,
  ]);
}

function assertCarried(mode: string, path: string): void {
  if (['000000', '100644', '100755', '120000'].includes(mode)) return;
  throw new WorktreeFault('unsupported-entry', `the submodule \`${path}\` was changed; change it in its own repository`, [path]);
}
