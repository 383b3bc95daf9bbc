import type { ApprovalChannel, ApprovalState } from '../../src/protocol/approval.ts';
import type { ParamsOf } from '../../src/protocol/messages.ts';
import type { FileView } from '../../src/protocol/reviewView.ts';

/** What the person left out: whole files, or `hunks` of them. Everything else stays. */
export type LeftOut = ApprovalState['leftOut'];
export type Selection = ParamsOf<ApprovalChannel, 'narrow'>['selection'];
export type Kept = 'all' | 'some' | 'none';

export function keptOf(leftOut: LeftOut, { path }: Pick<FileView, 'path'>): Kept {
  const out = leftOut.find((each) => each.path === path);
  return out === undefined ? 'all' : out.hunks === undefined ? 'none' : 'some';
}

export function isHunkKept(leftOut: LeftOut, path: string, hunk: number): boolean {
  const out = leftOut.find((each) => each.path === path);
  return out === undefined || (out.hunks !== undefined && !out.hunks.includes(hunk));
}

export function withFile(leftOut: LeftOut, path: string, keep: boolean): LeftOut {
  const others = leftOut.filter((each) => each.path !== path);
  return keep ? others : [...others, { path }];
}

/** The last hunk left out leaves out the file, and a file left out comes back with the one hunk that is kept. */
export function withHunk(leftOut: LeftOut, { path, hunks }: Pick<FileView, 'path' | 'hunks'>, hunk: number, keep: boolean): LeftOut {
  const out = hunks.map((_, index) => index).filter((index) => (index === hunk ? !keep : !isHunkKept(leftOut, path, index)));
  if (out.length === 0 || out.length === hunks.length) return withFile(leftOut, path, out.length === 0);
  return [...withFile(leftOut, path, true), { path, hunks: out }];
}

/** What is kept; `undefined` when it is everything. */
export function selectionOf(files: readonly FileView[], leftOut: LeftOut): Selection | undefined {
  if (files.every((file) => keptOf(leftOut, file) === 'all')) return undefined;
  return files.flatMap((file): Selection => {
    const { path } = file;
    switch (keptOf(leftOut, file)) {
      case 'none':
        return [];
      case 'all':
        return [{ path }];
      case 'some':
        return [{ path, hunks: file.hunks.map((_, index) => index).filter((index) => isHunkKept(leftOut, path, index)) }];
    }
  });
}
