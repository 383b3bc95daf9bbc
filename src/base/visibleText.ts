/**
 * Text from an agent, a model or a repository as it may be shown or logged: one line, with control, zero-width and bidi
 * characters and lone surrogates written as `\u{…}`, cut after `limit` characters with `…`.
 */
export function visibleText(text: string, limit = 300): string {
  const shown: string[] = [];
  for (const character of text) {
    if (shown.length === limit) return `${shown.join('')}…`;
    shown.push(hidden.test(character) ? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}` : character);
  }
  return shown.join('');
}

// Control, format, unassigned and surrogate code points, line and paragraph separators, and what else draws nothing.
const hidden = /^[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{2800}]$/u;
