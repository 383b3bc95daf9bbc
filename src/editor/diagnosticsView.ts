import { visibleText } from '../base/visibleText.ts';
import type { ReviewDetail } from '../contracts/kernelApi.ts';
import type { FileReview } from '../contracts/review.ts';
import type { FindingEffect } from '../contracts/verdict.ts';

/** One finding of a review as VS Code's Problems shows it. */
export interface ReviewProblem {
  readonly file: FileReview;
  /** The side of the change that still has the line. */
  readonly side: 'before' | 'after';
  /** 1-based. */
  readonly line: number;
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
}

const severities: Readonly<Record<FindingEffect, ReviewProblem['severity'] | undefined>> = {
  'no-go': 'error',
  hold: 'warning',
  wait: undefined,
  go: undefined,
};

/** What a person should look at, where it is. A finding that both the critics and the gate report is shown once. */
export function reviewProblems({
  files,
  findings,
  request,
}: Pick<ReviewDetail, 'files' | 'findings' | 'request'>): readonly ReviewProblem[] {
  const problems = new Map<string, ReviewProblem>();
  for (const { effect, code, reason, location } of [...findings, ...request.findings]) {
    const severity = severities[effect];
    const file = files.find(({ path }) => path === location?.path);
    if (!severity || !file || !location) continue;
    const message = visibleText(withoutPlace(reason, `${location.path}:${location.line} `), { limit: 1_000 });
    const side = file.kind === 'deleted' ? 'before' : 'after';
    problems.set(`${location.path} ${location.line} ${code} ${message}`, { file, side, line: location.line, severity, code, message });
  }
  return [...problems.values()];
}

/** Problems says the place itself. */
function withoutPlace(reason: string, place: string): string {
  if (!reason.startsWith(place)) return reason;
  const rest = reason.slice(place.length);
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}
