import type { Language } from './codePatterns.ts';

interface Lexeme {
  /** Where what is inside starts and ends; the quotes around it stay. */
  readonly from: number;
  readonly to: number;
  /** Where the text goes on. */
  readonly end: number;
  /** Holds code, so it stays in sight. */
  readonly open?: boolean;
}

/**
 * The same text, as long and with the same lines, with blanks for what comments, strings and regular expressions hold; quotes stay,
 * and so does a template or f-string with code in it. A help against false alarms, not a parser: when in doubt, text stays in sight.
 * One pass over the text.
 */
export function maskCode(text: string, syntax: Language['syntax']): string {
  if (syntax === 'other') return text;
  const scanner = new Scanner(text);
  let masked = '';
  let copied = 0;
  // The last character of code, which tells a division from a regular expression.
  let previous = '';
  for (let at = 0; at < text.length;) {
    const lexeme = syntax === 'python' ? scanner.python(at) : scanner.javascript(at, previous);
    if (lexeme === undefined) {
      const char = text.charAt(at);
      if (char.trim() !== '') previous = char;
      at++;
      continue;
    }
    if (lexeme.open !== true) {
      masked += text.slice(copied, lexeme.from) + blank(text.slice(lexeme.from, lexeme.to));
      copied = lexeme.to;
    }
    // After a comment the last code is still the last.
    if (lexeme.to < lexeme.end) previous = '"';
    at = lexeme.end;
  }
  return masked + text.slice(copied);
}

function blank(text: string): string {
  return text.replace(/[^\n\r]+/g, (run) => ' '.repeat(run.length));
}

class Scanner {
  readonly #text: string;
  /** For each kind of opening, the place before which none of them is closed: without it, hostile text takes quadratic time. */
  readonly #unclosed = new Map<string, number>();
  /** The line looked at last, because a long one is asked for many times. */
  #line = { from: 0, end: -1 };

  constructor(text: string) {
    this.#text = text;
  }

  javascript(at: number, previous: string): Lexeme | undefined {
    switch (this.#text[at]) {
      case '/':
        if (this.#text[at + 1] === '/') return this.#toLineEnd(at);
        if (this.#text[at + 1] === '*') return this.#until(at, '/*', '*/', false);
        return this.#startsRegex(at, previous) ? this.#onOneLine(at, '/') : undefined;
      case '"':
      case "'":
        return this.#onOneLine(at, this.#text.charAt(at));
      case '`':
        return this.#until(at, '`', '`', true, '${');
      default:
        return undefined;
    }
  }

  python(at: number): Lexeme | undefined {
    const char = this.#text[at];
    if (char === '#') return this.#toLineEnd(at);
    if (char !== '"' && char !== "'") return undefined;
    const triple = char.repeat(3);
    const string = this.#text.startsWith(triple, at) ? this.#until(at, triple, triple, true) : this.#onOneLine(at, char);
    const isFormat = /(?<![A-Za-z])[rR]?[fF][rR]?$/.test(this.#text.slice(Math.max(0, at - 3), at));
    return string === undefined ? undefined : { ...string, open: isFormat };
  }

  #startsRegex(at: number, previous: string): boolean {
    if (previous === '' || '=(,:[!&|?{};+-*%<>~^'.includes(previous)) return true;
    return /(?<![\w$.])(?:return|typeof|case|in|of|void)[ \t]{0,10}$/.test(this.#text.slice(Math.max(0, at - 20), at));
  }

  #toLineEnd(at: number): Lexeme {
    const end = this.#lineEnd(at);
    return { from: at, to: end, end };
  }

  #until(at: number, opening: string, closing: string, escapes: boolean, code?: string): Lexeme | undefined {
    if (this.#unclosed.has(opening)) return undefined;
    const from = at + opening.length;
    let to = this.#text.indexOf(closing, from);
    while (escapes && to >= 0 && this.#isEscaped(to, from)) to = this.#text.indexOf(closing, to + 1);
    if (to < 0) {
      this.#unclosed.set(opening, Infinity);
      return undefined;
    }
    const end = to + closing.length;
    const open = code !== undefined && this.#text.slice(from, to).includes(code);
    // A comment leaves no quotes behind.
    return escapes ? { from, to, end, open } : { from: at, to: end, end };
  }

  #isEscaped(at: number, from: number): boolean {
    let backslashes = 0;
    while (at - backslashes > from && this.#text[at - backslashes - 1] === '\\') backslashes++;
    return backslashes % 2 === 1;
  }

  #onOneLine(at: number, quote: string): Lexeme | undefined {
    if (at < (this.#unclosed.get(quote) ?? 0)) return undefined;
    const lineEnd = this.#lineEnd(at);
    let inClass = false;
    for (let to = at + 1; to < lineEnd; to++) {
      const char = this.#text[to];
      if (char === '\\') to++;
      else if (quote === '/' && char === '[') inClass = true;
      else if (quote === '/' && char === ']') inClass = false;
      else if (char === quote && !inClass) return { from: at + 1, to, end: to + 1 };
    }
    this.#unclosed.set(quote, lineEnd);
    return undefined;
  }

  #lineEnd(at: number): number {
    if (at < this.#line.from || at > this.#line.end) {
      const end = this.#text.indexOf('\n', at);
      this.#line = { from: at, end: end < 0 ? this.#text.length : end };
    }
    return this.#line.end;
  }
}
