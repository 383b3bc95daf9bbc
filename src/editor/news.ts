import { formatUsd, microUsd } from '../base/money.ts';
import type { RequestId } from '../base/ids.ts';
import type { KernelSnapshot, MissionView } from '../contracts/kernelApi.ts';
import type { MissionStatus } from '../contracts/mission.ts';
import type { BudgetAlert } from '../contracts/queue.ts';
import { notificationText, oneLine } from './plainText.ts';

/** What a person can silence, each by itself. */
export const noticeClasses = ['reviews', 'endings', 'budgets'] as const;
export type NoticeClass = (typeof noticeClasses)[number];

/** What a notification offers besides not being shown again. */
export type NoticeStep =
  | { readonly kind: 'review'; readonly title: 'Review'; readonly requestId: RequestId }
  | { readonly kind: 'missions'; readonly title: 'Show Missions' }
  | { readonly kind: 'setting'; readonly title: 'Open Setting'; readonly setting: string };

export interface Notice {
  readonly severity: 'information' | 'warning';
  readonly text: string;
  readonly step?: NoticeStep;
}

const told: ReadonlySet<MissionStatus> = new Set(['done', 'failed', 'parked']);

/** Missions that came to an end of their own between two snapshots. What had ended before the first one is no news. */
export function endedSince(before: KernelSnapshot, now: KernelSnapshot): readonly MissionView[] {
  const known = new Map(before.missions.map(({ id, status }) => [id, status]));
  return now.missions.filter(({ id, status }) => known.has(id) && known.get(id) !== status && told.has(status));
}

/** One notification for all reviews that still wait; `undefined` when they were answered meanwhile. */
export function reviewNotice(requests: readonly RequestId[], { approvals, missions }: KernelSnapshot): Notice | undefined {
  const waiting = approvals.filter(({ id }) => requests.includes(id));
  const [first] = waiting;
  if (!first) return undefined;
  const step = { kind: 'review', title: 'Review', requestId: first.id } as const;
  if (waiting.length > 1) return { severity: 'information', text: `${waiting.length} requests wait for your review.`, step };
  const goal = missions.find(({ id }) => id === first.missionId)?.goal;
  return { severity: 'information', text: `${quoted(goal ?? first.title)} waits for your review.`, step };
}

/** One notification for all missions that ended. */
export function endNotice(ended: readonly MissionView[]): Notice | undefined {
  const [only, ...more] = ended;
  if (!only) return undefined;
  if (more.length === 0) return endOf(only);
  const counts = (['done', 'failed', 'parked'] as const).flatMap((status) => {
    const count = ended.filter((mission) => mission.status === status).length;
    return count === 0 ? [] : [`${count} ${status === 'done' ? 'in your workspace' : status}`];
  });
  return {
    severity: ended.every(({ status }) => status === 'done') ? 'information' : 'warning',
    text: `${ended.length} missions came to rest: ${counts.join(', ')}.`,
    step: { kind: 'missions', title: 'Show Missions' },
  };
}

function endOf(mission: MissionView): Notice {
  const goal = quoted(mission.goal);
  const detail = notificationText(mission.detail, { limit: 400 });
  if (mission.status === 'done')
    return { severity: 'information', text: `${goal} is in your workspace. Its way back: GoNoGo: Roll Back Mission…` };
  return { severity: 'warning', text: `${goal} ${mission.status === 'failed' ? 'failed' : 'is parked'}. ${detail}` };
}

const budgetSettings = { mission: 'gonogo.budget.mission', day: 'gonogo.budget.daily', month: 'gonogo.budget.monthly' } as const;

/** One notification for all budgets that came near their limits: which, how much is left, what to do. */
export function budgetNotice(alerts: readonly BudgetAlert[], demo: boolean): Notice | undefined {
  const [first] = alerts;
  if (!first) return undefined;
  const left = ({ limit, spent }: BudgetAlert): string => formatUsd(microUsd(Math.max(0, limit - spent)));
  const parts = alerts.map((alert) => `${budgetName(alert)}: ${left(alert)} of ${formatUsd(alert.limit)} left${demo ? ' (DEMO)' : ''}.`);
  const setting = budgetSettings[first.scope];
  const next =
    first.scope === 'mission'
      ? `The mission is cut off when it is gone. ${setting} is what the next one may spend.`
      : `Missions are cut off when it is gone. Raise ${setting} to go on.`;
  return { severity: 'warning', text: `${parts.join(' ')} ${next}`, step: { kind: 'setting', title: 'Open Setting', setting } };
}

function budgetName({ scope, goal }: BudgetAlert): string {
  if (scope === 'day') return "Today's budget";
  if (scope === 'month') return "This month's budget";
  return `The budget of ${quoted(goal ?? 'a mission')}`;
}

function quoted(text: string): string {
  return `“${notificationText(oneLine(text, 60))}”`;
}
