/** Line and character of an offset, both from 0, as an editor counts them: `\r` before `\n` belongs to the line it ends. */
export function positionOf(text: string, offset: number): { readonly line: number; readonly character: number } {
  const before = text.slice(0, offset);
  const lines = before.split('\n');
  return { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
}
