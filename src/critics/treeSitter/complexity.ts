import type { Node } from '@vscode/tree-sitter-wasm';
import type { AddedLines } from '../changedLines.ts';

/** A function with the number of ways through it (McCabe's cyclomatic complexity), without those of the functions inside. */
export interface FunctionComplexity {
  /** Its name behind those of the functions around it. */
  readonly path: string;
  readonly name: string | undefined;
  readonly complexity: number;
  /** 1-based. */
  readonly from: number;
  readonly to: number;
}

interface Open {
  readonly end: number;
  readonly path: string;
  readonly at: number;
}

export interface Counted {
  readonly functions: readonly { readonly node: Node; readonly name: string | undefined }[];
  readonly branches: readonly Node[];
}

/** In the order of the text. */
export function functionComplexities({ functions, branches }: Counted): readonly FunctionComplexity[] {
  const named = new Map<number, { node: Node; name: string | undefined }>();
  for (const { node, name } of functions) {
    const known = named.get(node.id);
    if (known) known.name ??= name;
    else named.set(node.id, { node, name });
  }
  const marks = [
    ...[...named.values()].map((found) => ({ start: found.node.startIndex, end: found.node.endIndex, found })),
    ...branches.map((node) => ({ start: node.startIndex, end: node.endIndex, found: undefined })),
  ].sort((a, b) => a.start - b.start || b.end - a.end);
  const counts: number[] = [];
  const found: Omit<FunctionComplexity, 'complexity'>[] = [];
  const open: Open[] = [];
  for (const mark of marks) {
    while ((open.at(-1)?.end ?? Infinity) <= mark.start) open.pop();
    const around = open.at(-1);
    if (mark.found) {
      const { node, name } = mark.found;
      const path = `${around?.path ?? ''}/${name ?? ''}`.slice(-500);
      open.push({ end: mark.end, path, at: counts.length });
      counts.push(1);
      found.push({ path, name, from: node.startPosition.row + 1, to: node.endPosition.row + 1 });
    } else if (around) counts[around.at] = (counts[around.at] ?? 1) + 1;
  }
  return found.map((each, at) => ({ ...each, complexity: counts[at] ?? 1 }));
}

/** Those above the limit that are more complex than any function of that path was before. */
export function grownComplex(
  now: readonly FunctionComplexity[],
  before: () => readonly FunctionComplexity[],
  limit: number,
  added: AddedLines,
): readonly { readonly grown: FunctionComplexity; readonly line: number; readonly before: number }[] {
  const suspects = now.flatMap((grown) => {
    if (grown.complexity <= limit) return [];
    const line = added.firstIn(grown.from, grown.to);
    return line === undefined ? [] : [{ grown, line }];
  });
  if (suspects.length === 0) return [];
  const old = new Map<string, number>();
  for (const { path, complexity } of before()) old.set(path, Math.max(old.get(path) ?? 0, complexity));
  return suspects
    .map((suspect) => ({ ...suspect, before: old.get(suspect.grown.path) ?? 0 }))
    .filter(({ grown, before: complexity }) => grown.complexity > complexity);
}
