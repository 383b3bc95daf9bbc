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
      if (Array.isArray(value)) return list(value, depth + 1);
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype !== Object.prototype && prototype !== null) break;
      return members(value as Record<string, unknown>, depth + 1);
    }
    default:
  }
  throw new CanonicalJsonError('not-json', `\`${Object.prototype.toString.call(value)}\` cannot be written as JSON; convert it first`);
}

function list(items: readonly unknown[], depth: number): string {
  let json = '[';
  for (let at = 0; at < items.length; at += 1) json += `${at === 0 ? '' : ','}${write(items[at], depth)}`;
  return `${json}]`;
}

function members(value: Readonly<Record<string, unknown>>, depth: number): string {
  let json = '{';
  // By UTF-16 code units, as `sort` does by itself.
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) json += `${json === '{' ? '' : ','}${quote(key)}:${write(member, depth)}`;
  }
  return `${json}}`;
}

/** Text that JSON writes as it is. */
const plain = /^[ !#-[\]-~]*$/;

function quote(text: string): string {
  if (plain.test(text)) return `"${text}"`;
  if (!text.isWellFormed())
    throw new CanonicalJsonError('lone-surrogate', 'the text holds half of a surrogate pair; remove it and try again');
  return JSON.stringify(text);
}

function number(value: number): string {
  const safe = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (!safe) throw new CanonicalJsonError('unsafe-number', `\`${value}\` is not a safe number; send it as text`);
  return JSON.stringify(value);
}
