/** A stretch of text to show: as it is, or the name of a character that would not be seen. */
export interface TextRun {
  readonly text: string;
  /** True when `text` stands for a character that cannot be seen or that reorders what is around it. */
  readonly marked: boolean;
}

export interface VisibleOptions {
  /** Characters that the place can show as they are: `\n\t` in preformatted text. Default none. */
  readonly keep?: string;
  /** Characters shown before the rest is cut with `…`. Default all. */
  readonly limit?: number;
}

/**
 * Control, format (bidi, zero-width, tag), line separating, unassigned and default-ignorable characters (Unicode, Trojan Source),
 * lone surrogates, blank letters, and every space but the ordinary one and the ideographic one.
 */
const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?=\p{Zs})[^ \u3000]/gu;
const emojiBefore = /\p{Extended_Pictographic}$/u;

/** Splits text of unknown origin so that nothing in it can hide: U+202E becomes `⟦U+202E⟧`. Joined, the unmarked runs are the text itself. */
export function visibleRuns(text: string, { keep = '', limit }: VisibleOptions = {}): readonly TextRun[] {
  const shown = limit === undefined ? text : firstCharacters(text, limit);
  const runs: TextRun[] = [];
  let from = 0;
  for (const match of shown.matchAll(unseen)) {
    const character = match[0];
    if (keep.includes(character) || isEmojiStyle(character, shown, match.index)) continue;
    if (match.index > from) runs.push({ text: shown.slice(from, match.index), marked: false });
    runs.push({ text: nameOf(character), marked: true });
    from = match.index + character.length;
  }
  if (from < shown.length) runs.push({ text: shown.slice(from), marked: false });
  if (shown.length < text.length) runs.push({ text: '…', marked: true });
  return runs;
}

/** The same as one string, for places that take no markup: titles, tooltips, names for screen readers, logs. */
export function visibleText(text: string, options?: VisibleOptions): string {
  return visibleRuns(text, options)
    .map((run) => run.text)
    .join('');
}

function firstCharacters(text: string, limit: number): string {
  let end = 0;
  for (let count = 0; count < limit && end < text.length; count += 1) end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  return text.slice(0, end);
}

/** The one selector that is part of ordinary emoji, directly behind its emoji. More of them could carry a message. */
function isEmojiStyle(character: string, text: string, index: number): boolean {
  return character === '\uFE0F' && emojiBefore.test(text.slice(Math.max(0, index - 2), index));
}

function nameOf(character: string): string {
  return `⟦U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟧`;
}
