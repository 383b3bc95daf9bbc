import type { SecretMatch } from '../contracts/secrets.ts';
import { mask, placeholder, secretNames, secretPatterns } from './patterns.ts';

/**
 * `name = value`, `"name": "value"`, `name => 'value'`, `--name value`, also inside escaped JSON. Each part is bounded, and a bare
 * value ends at the next sign of assignment, so that no part of the text is read more than a few times.
 */
const assignment = new RegExp(
  `(?:${secretNames.join('|')})(?<suffix>[A-Za-z0-9_-]{0,12})[\\]\\)]?\\\\?["'\`]?[ \\t]{0,20}` +
    `(?::{1,3}=|=>|={1,3}|:|,(?=[ \\t]{0,5}["'])|(?<=--[A-Za-z_-]{1,60})[ \\t])[ \\t]{0,20}` +
    `(?:[fbru]{0,2}\\\\?["'\`]{1,3}(?<quoted>[^\\s"'\`\\\\]{6,500})|(?<bare>[A-Za-z0-9+/_.~@!#$%^&*?|;<>{}()-]{6,500}={0,2}))`,
  'gi',
);

/** `token_id` and `passwordField` say something about a secret, not the secret itself. */
const notSecretSuffix = /^[_-]?(?:id|name|field|url|uri|path|file|type|length|count|hash)$/i;

/**
 * Every secret of the table, and values that look secret beside a name that says so. Pure; linear in the text.
 * Sorted, without overlaps.
 */
export function findSecrets(text: string): readonly SecretMatch[] {
  const matches: SecretMatch[] = [];
  for (const { kind, regex } of secretPatterns) {
    for (const match of text.matchAll(regex)) {
      const secret = match.groups?.['secret'] ?? match[0];
      if (isMasked(secret)) continue;
      const start = match.index + match[0].lastIndexOf(secret);
      matches.push({ kind, start, end: start + secret.length });
    }
  }
  matches.push(...assignedSecrets(text));
  return mergeMatches(matches);
}

/** True for `ghp_xxxxxxxx…`. A key file never is one, whatever its text holds. */
export function isMasked(secret: string): boolean {
  return !secret.includes('\n') && mask.test(secret);
}

/** Sorts, and joins what overlaps under the kind of the longest part. */
export function mergeMatches(matches: readonly SecretMatch[]): readonly SecretMatch[] {
  const merged: SecretMatch[] = [];
  let longest = 0;
  for (const match of [...matches].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1);
    const length = match.end - match.start;
    if (last === undefined || match.start >= last.end) {
      merged.push(match);
      longest = length;
      continue;
    }
    const kind = length > longest ? match.kind : last.kind;
    longest = Math.max(longest, length);
    merged[merged.length - 1] = { kind, start: last.start, end: Math.max(last.end, match.end) };
  }
  return merged;
}

function* assignedSecrets(text: string): Generator<SecretMatch> {
  for (const match of text.matchAll(assignment)) {
    const { quoted, bare = '', suffix = '' } = match.groups ?? {};
    if (notSecretSuffix.test(suffix)) continue;
    const raw = quoted ?? bare;
    const value = quoted ?? bare.replace(/[;,)}\]]+$/, '');
    // The value ends the match, so its place is known.
    const start = match.index + match[0].length - raw.length;
    if (looksSecret(value, quoted !== undefined)) yield { kind: 'assigned-secret', start, end: start + value.length };
  }
}

function looksSecret(value: string, quoted: boolean): boolean {
  if (value.length < 8 || placeholder.test(value) || value.includes('://')) return false;
  // Code that fetches the value: a call, a property, a variable.
  if (!quoted && /[(){}<>]|^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+$/.test(value)) return false;
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  if (!/\d/.test(value) && !(quoted && classes >= 3 && /[^A-Za-z0-9_.\-/:]/.test(value))) return false;
  if (/^[\d.,:/-]+$/.test(value)) return false;
  return value.length < 16 ? classes >= 3 && entropy(value) >= 2.7 : entropy(value) >= 2.9;
}

/** Shannon entropy in bits a character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
