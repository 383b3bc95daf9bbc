import { diffArrays } from 'diff';

const timeoutMs = 2_000;

/** 1-based numbers of the lines of `after` that are not in `before`. All of them when comparing takes too long. */
export function addedLines(before: string | undefined, after: string): ReadonlySet<number> {
  const newLines = after.split('\n');
  const changes = before === undefined ? undefined : diffArrays(before.split('\n'), newLines, { timeout: timeoutMs });
  if (changes === undefined) return new Set(newLines.map((_line, at) => at + 1));
  const added = new Set<number>();
  let line = 1;
  for (const change of changes) {
    if (change.removed) continue;
    if (change.added) for (let at = 0; at < change.count; at++) added.add(line + at);
    line += change.count;
  }
  return added;
}

/** Added lines in their order, found by range. */
export class AddedLines {
  readonly lines: readonly number[];

  constructor(lines: Iterable<number>) {
    this.lines = [...lines].sort((a, b) => a - b);
  }

  /** The first from `from` to `to`, both included. */
  firstIn(from: number, to: number): number | undefined {
    let low = 0;
    let high = this.lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.lines[middle] ?? Infinity) < from) low = middle + 1;
      else high = middle;
    }
    const line = this.lines[low];
    return line !== undefined && line <= to ? line : undefined;
  }
}

/** Finds lines by offset. */
export class LineIndex {
  readonly #starts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  /** 1-based. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? Infinity) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }
}
