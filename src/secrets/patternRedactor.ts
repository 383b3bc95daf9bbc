import type { Redactor, SecretMatch } from '../contracts/secrets.ts';
import { findSecrets, mergeMatches } from './findSecrets.ts';

/** Taking out one secret can bring another next to a boundary; more rounds than this only a text made for it needs. */
const rounds = 4;
/** Shorter ones are words too often. */
const repeatedLength = 8;
/** A bound on the work, far above what an honest text holds. */
const repeatedSecrets = 100;

/** Takes out what `findSecrets` finds, and the same strings wherever else they stand, until it finds nothing. */
export class PatternRedactor implements Redactor {
  redact(text: string): string {
    let current = text;
    for (let round = 0; round < rounds; round++) {
      const matches = findSecrets(current);
      if (matches.length === 0) return current;
      let clean = '';
      let at = 0;
      for (const { kind, start, end } of mergeMatches([...matches, ...repeated(current, matches)])) {
        clean += `${current.slice(at, start)}[redacted: ${kind}]`;
        at = end;
      }
      current = clean + current.slice(at);
    }
    return findSecrets(current).length === 0 ? current : '[redacted: text]';
  }
}

function repeated(text: string, matches: readonly SecretMatch[]): readonly SecretMatch[] {
  const kinds = new Map(matches.map(({ kind, start, end }) => [text.slice(start, end), kind]));
  const found: SecretMatch[] = [];
  for (const [secret, kind] of [...kinds].slice(0, repeatedSecrets)) {
    if (secret.length < repeatedLength) continue;
    for (let start = text.indexOf(secret); start >= 0; start = text.indexOf(secret, start + secret.length))
      found.push({ kind, start, end: start + secret.length });
  }
  return found;
}
