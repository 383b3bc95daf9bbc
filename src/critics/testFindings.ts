import type { CriticFile } from '../contracts/critic.ts';
import type { Finding } from '../contracts/verdict.ts';
import { LineIndex, addedLines } from './changedLines.ts';
import { isSourceFile, isTestFile, languageOf } from './codePatterns.ts';
import { maskCode } from './maskCode.ts';

/** Whether tests came along with a change to the source, and whether any got weaker. */
export function testFindings(files: readonly CriticFile[]): readonly Finding[] {
  const changed = files.filter(({ before, after }) => before !== after);
  const tests = changed.filter(({ path }) => isTestFile(path));
  const weakened = tests.flatMap(weaknesses);
  const source = changed.find(({ path, after }) => isSourceFile(path) && after !== undefined);
  const touched = tests.filter(({ after }) => after !== undefined);
  if (touched.length > 0) return [...weakened, came(touched)];
  if (source === undefined) return weakened;
  const line = firstAdded(source);
  const reason = `${source.path} changed, but no test did; ask for a test of the new behaviour, or see for yourself that none is needed.`;
  return [...weakened, { check: 'tests', effect: 'hold', code: 'tests-not-touched', reason, location: { path: source.path, line } }];
}

function came(tests: readonly CriticFile[]): Finding {
  const names = tests.length === 1 ? `${tests[0]?.path ?? ''} changed` : `${tests.length} test files changed`;
  return {
    check: 'tests',
    effect: 'go',
    code: 'tests-touched',
    reason: `${names} along with the code.`,
    evidence: { files: tests.length },
  };
}

function weaknesses({ path, before, after }: CriticFile): readonly Finding[] {
  const weakened = (reason: string, line: number): Finding => ({
    ...{ check: 'tests', effect: 'hold', code: 'tests-weakened', reason, location: { path, line } },
  });
  if (before !== undefined && after === undefined)
    return [weakened(`${path} is deleted, and its tests with it; make sure nobody needs them.`, 1)];
  const language = languageOf(path);
  if (after === undefined || language === undefined) return [];
  const findings: Finding[] = [];
  const old = maskCode(before ?? '', language.syntax);
  const now = maskCode(after, language.syntax);
  const lost = count(old, language.testCase) - count(now, language.testCase);
  if (lost > 0) {
    const reason = `${path} has ${lost} ${lost === 1 ? 'test' : 'tests'} fewer than before; make sure nobody needs them.`;
    findings.push(weakened(reason, firstAdded({ path, before, after })));
  }
  if (count(now, language.muted) > count(old, language.muted)) {
    const added = addedLines(before, after);
    const lines = new LineIndex(after);
    const line = [...now.matchAll(language.muted)].map(({ index }) => lines.lineAt(index)).find((at) => added.has(at)) ?? 1;
    findings.push(weakened(`${path}:${line} leaves tests out (skip or only); run them all before you approve.`, line));
  }
  return findings;
}

function count(text: string, regex: RegExp): number {
  return [...text.matchAll(regex)].length;
}

function firstAdded({ before, after }: CriticFile): number {
  for (const line of addedLines(before, after ?? '')) return line;
  return 1;
}
