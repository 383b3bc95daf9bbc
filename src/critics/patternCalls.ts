import type { Finding } from '../contracts/verdict.ts';
import { LineIndex } from './changedLines.ts';
import { languageOf } from './codePatterns.ts';
import { maskCode } from './maskCode.ts';

/** Calls that turn data into code, found by patterns in those lines: for what no parser here reads. Takes time in proportion to the text. */
export function patternCalls(path: string, text: string, among: ReadonlySet<number>): readonly Finding[] {
  const language = languageOf(path);
  if (language === undefined || language.calls.length === 0 || among.size === 0) return [];
  const lines = new LineIndex(text);
  const masked = maskCode(text, language.syntax);
  const found = new Map<string, Finding>();
  for (const { call, regex, onlyWith } of language.calls) {
    if (onlyWith?.test(text) === false) continue;
    for (const { index } of masked.matchAll(regex)) {
      const line = lines.lineAt(index);
      if (!among.has(line)) continue;
      const reason = `${path}:${line} runs text as code or as a command (${call}); check where the text comes from.`;
      found.set(`${line} ${call}`, {
        check: 'calls',
        effect: 'hold',
        code: 'eval-like-call',
        reason,
        location: { path, line },
        evidence: { call },
      });
    }
  }
  return [...found.values()].sort((a, b) => (a.location?.line ?? 0) - (b.location?.line ?? 0));
}
