import { CodedError } from '../../base/errors.ts';
import type { WorktreeErrorCode } from '../../contracts/worktrees.ts';

/** An expected refusal on its way to the port's boundary, where it becomes a `WorktreeError`. */
export class WorktreeFault extends CodedError<WorktreeErrorCode> {
  readonly paths: readonly string[];

  constructor(code: WorktreeErrorCode, message: string, paths: readonly string[] = [], options?: { cause?: unknown }) {
    super(code, message, options);
    this.paths = paths;
  }
}

const SHOWN = 3;

/** "`a`, `b`, `c` and 4 more". */
export function listed(paths: readonly string[]): string {
  const shown = paths
    .slice(0, SHOWN)
    .map((path) => `\`${path}\``)
    .join(', ');
  return paths.length > SHOWN ? `${shown} and ${paths.length - SHOWN} more` : shown;
}
