const MAX_LENGTH = 60;

/**
 * Outside data for a message: short, on one line, in backticks, with control, bidi, zero-width and other invisible characters as
 * `\u{…}`. Objects are named, not shown: they may hold what must not reach a log.
 */
export function quoteInput(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `\`${visible(value)}\``;
    case 'number':
    case 'boolean':
    case 'undefined':
      return `\`${String(value)}\``;
    case 'object':
      if (value === null) return '`null`';
      return Array.isArray(value) ? 'a list' : 'an object';
    default:
      return `a ${typeof value}`;
  }
}

function visible(text: string): string {
  const escaped = Array.from(text.slice(0, MAX_LENGTH), (char) =>
    /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}`]/u.test(char) ? `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}` : char,
  ).join('');
  return text.length > MAX_LENGTH ? `${escaped}…` : escaped;
}
