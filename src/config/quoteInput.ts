import { visibleText } from '../base/visibleText.ts';

const MAX_LENGTH = 40;

/**
 * Outside data for a message: short, on one line, in backticks, with control, bidi, zero-width and other invisible characters as
 * `⟦U+…⟧`. Objects are named, not shown: they may hold what must not reach a log.
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
  // A backtick would end the quotation.
  return visibleText(text, { limit: MAX_LENGTH }).replaceAll('`', '⟦U+0060⟧');
}
