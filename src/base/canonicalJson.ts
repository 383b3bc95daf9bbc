import { CodedError } from './errors.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export class CanonicalJsonError extends CodedError<'not-json' | 'lone-surrogate' | 'unsafe-number' | 'too-deep'> {}

const MAX_DEPTH = 200;

/**
 * Canonical JSON (RFC 8785): keys sorted by UTF-16 code units, no white space, ECMAScript number and string forms.
 * Stricter than the RFC where two inputs could hash alike: lone surrogates and numbers that are not safe are refused.
 * Takes values, not text: whoever parses JSON text has to refuse duplicate keys there. A member that is `undefined` is absent.
 *
 * @throws CanonicalJsonError for anything that is not plain JSON.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new CanonicalJsonError('too-deep', `nesting is deeper than ${MAX_DEPTH}; send a flatter value`);
  switch (typeof value) {
    case 'boolean':
      return String(value);
    case 'string':
      return quote(value);
    case 'number':
      return number(value);
    case 'object': {
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${Array.from(value, (item) => write(item, depth + 1)).join(',')}]`;
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype !== Object.prototype && prototype !== null) break;
      const members = Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, member]) => `${quote(key)}:${write(member, depth + 1)}`);
      return `{${members.join(',')}}`;
    }
    default:
  }
  throw new CanonicalJsonError('not-json', `\`${Object.prototype.toString.call(value)}\` cannot be written as JSON; convert it first`);
}

function quote(text: string): string {
  if (!text.isWellFormed())
    throw new CanonicalJsonError('lone-surrogate', 'the text holds half of a surrogate pair; remove it and try again');
  return JSON.stringify(text);
}

function number(value: number): string {
  const safe = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (!safe) throw new CanonicalJsonError('unsafe-number', `\`${value}\` is not a safe number; send it as text`);
  return JSON.stringify(value);
}
