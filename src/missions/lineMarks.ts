import { diffArrays } from 'diff';
import type { DiffLine, FileReview, Hunk } from '../contracts/review.ts';

/** For a whole review: what is not done by then stays unmarked, and the lines themselves are all there. */
const BUDGET_MS = 200;
const MAX_LINE = 500;
const MAX_EDITS = 60;
const MAX_STRETCHES = 20;
/** Above this share of a line, marking what differs says less than the line does. */
const MOSTLY = 0.7;
/** Letters and digits a block needs before finding it elsewhere is no coincidence. */
const MOVED_CHARS = 30;
const MAX_PLACES = 20;

interface Mark {
  words?: (readonly [number, number])[];
  moved?: { readonly path: string; readonly line: number };
}
type Marks = Map<DiffLine, Mark>;

/** Lines of one kind that follow each other. */
interface Run {
  readonly path: string;
  readonly hunk: Hunk;
  readonly lines: readonly DiffLine[];
}
interface Place {
  readonly run: Run;
  readonly at: number;
}

/** Marks what differs inside replaced lines, and lines that only moved. `now` in ms. */
export function markLines(files: readonly FileReview[], now: () => number): readonly FileReview[] {
  const end = now() + BUDGET_MS;
  const inTime = (): boolean => now() < end;
  const marks: Marks = new Map();
  const runs = files.flatMap((file) => file.hunks.flatMap((hunk) => runsOf(file, hunk)));
  markMoved(runs, marks, inTime);
  markWords(runs, marks, inTime);
  if (marks.size === 0) return files;
  return files.map((file) => ({
    ...file,
    hunks: file.hunks.map((hunk) => ({ ...hunk, lines: hunk.lines.map((line) => ({ ...line, ...marks.get(line) })) })),
  }));
}

function runsOf(file: FileReview, hunk: Hunk): Run[] {
  const runs: DiffLine[][] = [];
  let kind: DiffLine['kind'] | undefined;
  for (const line of hunk.lines) {
    if (line.kind !== kind) runs.push([]);
    kind = line.kind;
    runs.at(-1)?.push(line);
  }
  return runs.map((each) => ({ path: each[0]?.kind === 'removed' ? (file.oldPath ?? file.path) : file.path, hunk, lines: each }));
}

const kindOf = (run: Run | undefined): DiffLine['kind'] | undefined => run?.lines[0]?.kind;
const weightOf = (text: string): number => text.replace(/[^\p{L}\p{N}]/gu, '').length;

/** The lines put in where these were taken away. */
function replacedBy(runs: readonly Run[], index: number): Run | undefined {
  const [removed, added] = [runs[index], runs[index + 1]];
  return kindOf(removed) === 'removed' && kindOf(added) === 'added' && removed?.hunk === added?.hunk ? added : undefined;
}

function markMoved(runs: readonly Run[], marks: Marks, inTime: () => boolean): void {
  const places = new Map<string, Place[]>();
  for (const run of runs) {
    if (kindOf(run) !== 'added') continue;
    for (const [at, { text }] of run.lines.entries()) {
      const key = text.trim();
      const known = places.get(key);
      if (known === undefined) places.set(key, [{ run, at }]);
      else if (known.length < MAX_PLACES) known.push({ run, at });
    }
  }
  for (const [index, from] of runs.entries()) {
    if (kindOf(from) !== 'removed') continue;
    // What stands in the very place of the old lines did not move: it was indented.
    const inPlace = replacedBy(runs, index);
    for (let at = 0; at < from.lines.length;) {
      if (!inTime()) return;
      const [length, to] = longest(from, at, inPlace, places, marks);
      for (let step = 0; to && step < length; step += 1) {
        const [old, fresh] = [from.lines[at + step], to.run.lines[to.at + step]];
        if (!old || !fresh) break;
        marks.set(old, { moved: { path: to.run.path, line: fresh.newLine ?? 0 } });
        marks.set(fresh, { moved: { path: from.path, line: old.oldLine ?? 0 } });
      }
      at += Math.max(1, length);
    }
  }
}

/** The longest block from here on that was put in elsewhere, when it is enough to tell. */
function longest(
  from: Run,
  at: number,
  inPlace: Run | undefined,
  places: ReadonlyMap<string, Place[]>,
  marks: Marks,
): readonly [number, Place | undefined] {
  let best: readonly [number, Place | undefined] = [0, undefined];
  for (const place of places.get(from.lines[at]?.text.trim() ?? '') ?? []) {
    if (place.run === inPlace) continue;
    let length = 0;
    let weight = 0;
    for (;;) {
      const [old, fresh] = [from.lines[at + length], place.run.lines[place.at + length]];
      if (!old || !fresh || old.text.trim() !== fresh.text.trim() || marks.has(fresh)) break;
      weight += weightOf(old.text);
      length += 1;
    }
    if (weight >= MOVED_CHARS && length > best[0]) best = [length, place];
  }
  return best;
}

function markWords(runs: readonly Run[], marks: Marks, inTime: () => boolean): void {
  for (const [index, removed] of runs.entries()) {
    const added = replacedBy(runs, index);
    if (!added) continue;
    for (const [at, old] of removed.lines.entries()) {
      if (!inTime()) return;
      const fresh = added.lines[at];
      if (!fresh || marks.has(old) || marks.has(fresh)) continue;
      const found = differing(old.text, fresh.text);
      if (!found) continue;
      marks.set(old, { words: found.before });
      marks.set(fresh, { words: found.after });
    }
  }
}

const tokens = (text: string): string[] => text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];

function differing(
  before: string,
  after: string,
): { before: (readonly [number, number])[]; after: (readonly [number, number])[] } | undefined {
  if (before.length > MAX_LINE || after.length > MAX_LINE) return undefined;
  const parts = diffArrays(tokens(before), tokens(after), { maxEditLength: MAX_EDITS });
  if (!parts) return undefined;
  const stretches = { before: [] as (readonly [number, number])[], after: [] as (readonly [number, number])[] };
  let [old, fresh, kept] = [0, 0, 0];
  for (const { value, added, removed } of parts) {
    const length = value.reduce((sum, token) => sum + token.length, 0);
    if (removed) stretches.before.push([old, old + length]);
    if (added) stretches.after.push([fresh, fresh + length]);
    if (!added) old += length;
    if (!removed) fresh += length;
    if (!added && !removed) kept += weightOf(value.join(''));
  }
  if (stretches.before.length > MAX_STRETCHES || stretches.after.length > MAX_STRETCHES) return undefined;
  const weight = Math.max(weightOf(before), weightOf(after));
  return kept < (1 - MOSTLY) * weight ? undefined : stretches;
}
