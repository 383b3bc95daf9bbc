import { err, ok, type Result } from '../base/result.ts';
import type { LeftOut } from '../contracts/mission.ts';
import type { FileReview, FileSelection } from '../contracts/review.ts';

/** Holds a selection against the review it was made in. The error is a sentence for a person. */
export function parseSelection(files: readonly FileReview[], asked: readonly FileSelection[]): Result<readonly FileSelection[], string> {
  const reviewed = new Map(files.map((file) => [file.path, file]));
  const kept = new Map<string, FileSelection>();
  for (const { path, hunks } of asked) {
    const file = reviewed.get(path);
    if (!file) return err(`\`${path}\` is not part of this review; read it again and select there`);
    if (kept.has(path)) return err(`\`${path}\` is selected twice; select it once`);
    const problem = hunks && problemWith(file, hunks);
    if (problem !== undefined) return err(problem);
    kept.set(path, hunks === undefined ? { path } : wholeIfAll(file, hunks));
  }
  if (kept.size === 0) return err('nothing is selected; select what you want to keep, or reject the changes');
  if (kept.size === files.length && [...kept.values()].every(({ hunks }) => hunks === undefined))
    return err('everything is selected; approve the changes as they are, or leave something out');
  const clash = clashBetween(files, kept);
  if (clash) return err(`\`${clash.kept}\` has no room beside \`${clash.remaining}\`; keep the changes of both files, or of neither`);
  return ok([...kept.values()]);
}

/** What a selection leaves out, with what was left out before it. */
export function leftOutOf(
  files: readonly FileReview[],
  selection: readonly FileSelection[],
  earlier: readonly LeftOut[] = [],
): readonly LeftOut[] {
  const before = new Map(earlier.map((each) => [each.path, each]));
  for (const { path, hunks } of files) {
    const kept = selection.find((each) => each.path === path);
    const now = kept ? hunks.length - (kept.hunks?.length ?? hunks.length) : hunks.length;
    if (kept && now === 0) continue;
    before.set(path, { path, hunks: (before.get(path)?.hunks ?? 0) + now, whole: !kept });
  }
  return [...before.values()];
}

export function countLeftOut(leftOut: readonly LeftOut[]): { readonly filesLeftOut: number; readonly hunksLeftOut: number } {
  return {
    filesLeftOut: leftOut.filter(({ whole }) => whole).length,
    hunksLeftOut: leftOut.reduce((sum, { hunks, whole }) => sum + (whole ? 0 : hunks), 0),
  };
}

function problemWith(file: FileReview, hunks: readonly number[]): string | undefined {
  const { path } = file;
  if (hunks.length === 0) return `nothing of \`${path}\` is selected; leave the file out instead`;
  if (file.truncated !== undefined) return `\`${path}\` is not shown in full here; keep the whole file, or leave it out`;
  if (file.binary || file.kind === 'renamed' || file.kind === 'mode-changed' || hasOtherMode(file))
    return `\`${path}\` can be kept only as a whole; keep the file, or leave it out`;
  const strange = hunks.find((hunk) => !Number.isInteger(hunk) || hunk < 0 || hunk >= file.hunks.length);
  if (strange !== undefined) return `\`${path}\` has no part ${strange}; read the review again and select there`;
  return new Set(hunks).size < hunks.length ? `a part of \`${path}\` is selected twice; select it once` : undefined;
}

/** A file that is new, or gone, has one hunk, and its mode comes and goes with it. */
function hasOtherMode({ kind, oldMode, newMode }: FileReview): boolean {
  return kind === 'modified' && oldMode !== newMode;
}

function wholeIfAll({ path, hunks: all }: FileReview, hunks: readonly number[]): FileSelection {
  return hunks.length === all.length ? { path } : { path, hunks: [...hunks].sort((a, b) => a - b) };
}

/** A kept path that needs the place of one that is only gone in what is left out: a file where a folder was, or the other way round. */
function clashBetween(
  files: readonly FileReview[],
  kept: ReadonlyMap<string, FileSelection>,
): { readonly kept: string; readonly remaining: string } | undefined {
  const remaining = files.flatMap(({ path, oldPath, kind }) => {
    if (kept.has(path)) return [];
    return kind === 'deleted' ? [path] : oldPath === undefined ? [] : [oldPath];
  });
  const folders = new Map(remaining.flatMap((path) => foldersOf(path).map((folder) => [folder, path] as const)));
  const there = new Set(remaining);
  for (const { path, kind } of files) {
    if (!kept.has(path) || kind === 'deleted') continue;
    const inTheWay = folders.get(path) ?? foldersOf(path).find((folder) => there.has(folder));
    if (inTheWay !== undefined) return { kept: path, remaining: inTheWay };
  }
  return undefined;
}

/** `a/b/c` → `['a', 'a/b']`. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
