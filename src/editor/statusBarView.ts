import { formatUsd } from '../base/money.ts';
import { visibleText } from '../base/visibleText.ts';
import { worst, type HealthLevel } from '../contracts/health.ts';
import type { KernelSnapshot } from '../contracts/kernelApi.ts';
import type { Surroundings } from './surroundings.ts';
import { meterWords } from './words.ts';

/** What the status bar shows: `text` with icons, `lines` for the tooltip and for screen readers. */
export interface StatusBarView {
  readonly text: string;
  readonly lines: readonly string[];
  /** Id of the theme colour behind it. */
  readonly background: string | undefined;
}

const icons: Readonly<Record<HealthLevel, string>> = { healthy: '$(pass)', degraded: '$(warning)', unhealthy: '$(error)' };
const warning = 'statusBarItem.warningBackground';
const backgrounds: Readonly<Record<HealthLevel, string | undefined>> = {
  healthy: undefined,
  degraded: warning,
  unhealthy: 'statusBarItem.errorBackground',
};

/** Health, what waits for the person, and what was spent today. */
export function statusBarView(snapshot: KernelSnapshot, { more, alertAt, demo }: Surroundings): StatusBarView {
  const items = [...snapshot.health.items, ...more];
  const level = worst([snapshot.health.level, ...more.map((item) => item.level)]);
  const day = snapshot.meters.find((meter) => meter.scope === 'day');
  const waiting = snapshot.approvals.length;
  const label = demo ? ' DEMO' : '';
  const budget = day ? ` $(credit-card) ${formatUsd(day.spent)} of ${formatUsd(day.limit)}${label}` : '';
  const near = snapshot.meters.some((meter) => meter.scope !== 'mission' && meter.spent + meter.reserved >= meter.limit * alertAt);
  return {
    text: `${icons[level]} GoNoGo${waiting > 0 ? ` $(bell-dot) ${waiting}` : ''}${budget}`,
    lines: [
      `GoNoGo is ${level}`,
      ...items.filter((item) => item.level !== 'healthy').map((item) => visibleText(`${item.name}: ${item.message}`)),
      waiting === 0 ? 'Nothing waits for you' : `${waiting} ${waiting === 1 ? 'review waits' : 'reviews wait'} for you`,
      ...snapshot.meters.map((meter) => `${meterWords(meter)}${label}`),
    ],
    background: backgrounds[level] ?? (near ? warning : undefined),
  };
}
