import { digestOf } from '../../base/digest.ts';
import type { Millis } from '../../base/clock.ts';
import { addUsd, formatUsd } from '../../base/money.ts';
import type { ActionKind } from '../../contracts/action.ts';
import type { ReviewDetail } from '../../contracts/kernelApi.ts';
import type { FileReview, Meter, Stopped, TestRun } from '../../contracts/review.ts';
import type { Finding, FindingEffect } from '../../contracts/verdict.ts';
import type { CheckView, FileView, MeterView, Notes, ReviewView, TestsView } from '../../protocol/reviewView.ts';
import { outcomeOf } from './outcome.ts';
import { startWords } from '../queueWords.ts';
import { imageTypeOf } from './pictures.ts';
import { bytesText, counted, durationText } from './words.ts';
import type { Calendar } from './words.ts';

export interface ReviewContext {
  readonly now: Millis;
  readonly calendar: Calendar;
  readonly trusted: boolean;
  /** Someone stopped everything. */
  readonly stopped: boolean;
  /** The person's own marks. */
  readonly notes?: Notes;
}

const meterLabels: Record<Meter['scope'], string> = { mission: 'Mission', day: 'Today', month: 'Month' };
const kindTitles: Record<ActionKind, string> = {
  'file.read': 'Read',
  'file.write': 'Write',
  'file.delete': 'Delete',
  'file.list': 'List',
  'shell.exec': 'Run',
  'web.fetch': 'Fetch',
  'tool.call': 'Use tool',
  'model.call': 'Call model',
  'model.probe': 'Test model',
  'code.apply': 'Apply change',
  'code.rollback': 'Roll back',
  'code.reapply': 'Apply again',
};
const nearLimit = 0.8;
const order: readonly FindingEffect[] = ['no-go', 'hold', 'wait', 'go'];

/** What the kernel knows of a request as what the panel shows of it. Decides nothing: the kernel checks every click again. */
export function toReviewView(detail: ReviewDetail, context: ReviewContext): ReviewView {
  const { request, mission, files } = detail;
  const { now, calendar } = context;
  const outcome = outcomeOf(detail, now, calendar);
  const blocked = blockedBecause(detail, context);
  return {
    requestId: request.id,
    digest: request.digest,
    outcome,
    preset: mission?.presetTitle ?? kindTitle(request.kind),
    goal: mission?.goal ?? request.title,
    risk: request.risk,
    askedBy: request.askedBy.kind === 'mission' ? 'the mission' : request.askedBy.id,
    askedAt: calendar.when(request.askedAt, now),
    expiresAt: request.expiresAt,
    expiresAtText: calendar.when(request.expiresAt, now),
    model: mission?.model ?? '',
    demo: mission?.demo ?? false,
    cost: costText(detail),
    queue: queueText(detail),
    meters: detail.meters.map(meterView),
    files: files.map(fileView),
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    content: detail.content,
    tests: detail.tests && testsView(detail.tests),
    checks: checkViews([...detail.findings, ...request.findings]),
    stopped: detail.stopped.map((stopped) => stoppedView(stopped, now, calendar)),
    isolation: detail.isolation ?? '',
    narrowed: detail.narrowedFrom && narrowedText(detail.narrowedFrom),
    notes: context.notes ?? { viewed: [], comments: [] },
    approveBlocked: blocked ?? (context.stopped ? 'Everything is stopped. Resume first, then approve.' : undefined),
    rejectBlocked: blocked,
  };
}

function kindTitle(kind: string): string {
  return new Map<string, string>(Object.entries(kindTitles)).get(kind) ?? kind;
}

function blockedBecause({ request, mission }: ReviewDetail, { now, trusted }: ReviewContext): string | undefined {
  if (request.state.status !== 'pending') return 'This was decided already.';
  if (now >= request.expiresAt) return 'This request has expired.';
  if (mission?.status === 'verifying') return 'Your selection is being checked.';
  if (!trusted) return 'This workspace is not trusted. Trust it with Workspaces: Manage Workspace Trust, then decide.';
  if (mission?.elsewhere) return 'Another window runs this mission. Decide there.';
  return undefined;
}

function costText({ request, mission }: ReviewDetail): string {
  const parts = [];
  if (request.estimatedCost > 0) parts.push(`estimated ${formatUsd(request.estimatedCost)}`);
  else if (mission) parts.push(`estimated up to ${formatUsd(mission.budget)}`);
  if (mission) parts.push(`spent ${formatUsd(mission.spent)}`);
  return parts.join(', ');
}

/** `1 of 2, 3 missions wait, the next starts in about 2–5 min`. */
function queueText({ queuePosition, queueLength, queued, nextStart }: ReviewDetail): string {
  const parts = [];
  if (queueLength > 0) parts.push(queuePosition > 0 ? `${queuePosition} of ${queueLength}` : `${queueLength} waiting`);
  if (queued > 0) parts.push(`${counted(queued, 'mission')} queued${nextStart ? `, next ${startWords(nextStart)}` : ''}`);
  return parts.length === 0 ? 'nothing else queued' : parts.join(' · ');
}

function meterView(meter: Meter): MeterView {
  const fraction = (amount: number): number => (meter.limit > 0 ? Math.min(1, Math.max(0, amount / meter.limit)) : Number(amount > 0));
  const used = addUsd(meter.spent, meter.reserved);
  const spentFraction = fraction(meter.spent);
  return {
    scope: meter.scope,
    label: meterLabels[meter.scope],
    spent: formatUsd(meter.spent),
    limit: formatUsd(meter.limit),
    reserved: meter.reserved > 0 ? formatUsd(meter.reserved) : '',
    spentFraction,
    reservedFraction: Math.min(1 - spentFraction, fraction(meter.reserved)),
    level: used >= meter.limit ? 'over' : fraction(used) >= nearLimit ? 'near' : 'ok',
  };
}

function fileView(file: FileReview): FileView {
  return {
    path: file.path,
    oldPath: file.oldPath,
    kind: file.kind,
    mode: modeText(file.oldMode, file.newMode),
    binary: file.binary,
    size: sizeText(file),
    additions: file.additions,
    deletions: file.deletions,
    hunks: file.hunks.map((hunk) => ({ header: hunk.header, lines: hunk.lines.map((line) => ({ ...line })) })),
    truncated: file.truncated,
    beforeSha256: file.beforeSha256 ?? '',
    afterSha256: file.afterSha256 ?? '',
    contentKey: contentKeyOf(file),
    image: imageTypeOf(file.path) !== undefined,
    wholeOnly: wholeOnly(file),
  };
}

function contentKeyOf({ oldPath = '', oldMode, newMode, beforeSha256 = '', afterSha256 = '' }: FileReview): string {
  return digestOf({ oldPath: oldPath.toWellFormed(), oldMode, newMode, beforeSha256, afterSha256 });
}

/** What the kernel would refuse to take apart is not offered in parts. */
function wholeOnly(file: FileReview): string | undefined {
  if (file.kind === 'renamed') return 'A renamed file is kept whole or left out.';
  if (file.binary) return 'A binary file is kept whole or left out.';
  if (file.kind === 'modified' && file.oldMode === file.newMode) {
    if (file.truncated !== undefined) return 'This file is not shown in full, so it is kept whole or left out.';
    return file.hunks.length > 1 ? undefined : 'This file has one hunk, so it is kept whole or left out.';
  }
  return file.kind === 'modified' || file.kind === 'mode-changed'
    ? 'A file whose mode changes is kept whole or left out.'
    : `A file that is ${file.kind} is kept whole or left out.`;
}

function narrowedText({ filesLeftOut, hunksLeftOut }: NonNullable<ReviewDetail['narrowedFrom']>): string {
  const parts = [filesLeftOut > 0 ? counted(filesLeftOut, 'file') : '', hunksLeftOut > 0 ? counted(hunksLeftOut, 'hunk') : ''];
  const out = parts.filter((part) => part !== '').join(' and ');
  return `This is your checked selection of the earlier review${out === '' ? '' : `: ${out} left out`}. It was tested and criticised by itself.`;
}

const absentMode = '000000';
const modeNames: Readonly<Record<string, string>> = {
  '100644': 'plain file',
  '100755': 'executable',
  '120000': 'symbolic link',
  '160000': 'submodule',
};

function modeText(before: string, after: string): string | undefined {
  const name = (mode: string): string => modeNames[mode] ?? `mode ${mode}`;
  if (before === after || after === absentMode) return undefined;
  if (before === absentMode) return after === '100644' ? undefined : name(after);
  return `${name(before)} → ${name(after)}`;
}

function sizeText({ kind, beforeBytes, afterBytes }: FileReview): string {
  if (kind === 'added') return bytesText(afterBytes);
  if (kind === 'deleted') return bytesText(beforeBytes);
  return beforeBytes === afterBytes ? bytesText(afterBytes) : `${bytesText(beforeBytes)} → ${bytesText(afterBytes)}`;
}

function testsView(tests: TestRun): TestsView {
  if (tests.status === 'not-run') return { status: 'not-run', summary: tests.summary, output: '', detail: '' };
  return {
    status: tests.status,
    summary: tests.summary,
    output: tests.output,
    detail: `${durationText(tests.durationMs)}, ${tests.isolation}`,
  };
}

/** What is true of every review says nothing about this one. */
const selfEvident: ReadonlySet<string> = new Set(['capable', 'needs-approval']);

/** Worst first. A finding that both the critics and the gate report is shown once. */
function checkViews(findings: readonly Finding[]): CheckView[] {
  const views = new Map<string, CheckView>();
  for (const { check, effect, code, reason, location } of findings) {
    if (selfEvident.has(code)) continue;
    const view: CheckView = { check, effect, reason, path: location?.path, line: location?.line };
    views.set(JSON.stringify(view), view);
  }
  return [...views.values()].sort((a, b) => order.indexOf(a.effect) - order.indexOf(b.effect));
}

function stoppedView({ at, kind, resource, finding }: Stopped, now: Millis, calendar: Calendar): ReviewView['stopped'][number] {
  return { at: calendar.when(at, now), kind: kindTitle(kind), resource, check: finding.check, reason: finding.reason };
}
