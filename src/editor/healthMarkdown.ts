import { visibleText } from '../base/visibleText.ts';
import { worst, type HealthItem } from '../contracts/health.ts';
import type { KernelSnapshot } from '../contracts/kernelApi.ts';
import { meterWords } from './words.ts';

const marks = { healthy: '✓', degraded: '▲', unhealthy: '✕' } as const;

/** The health report: the kernel's items and `more` from this window. */
export function healthMarkdown(snapshot: KernelSnapshot, more: readonly HealthItem[]): string {
  const items = [...snapshot.health.items, ...more];
  const rows = items.map((item) => `| ${marks[item.level]} ${item.level} | ${plain(item.name)} | ${plain(item.message)} |`);
  const waiting = snapshot.approvals.length;
  return [
    `# GoNoGo is ${worst([snapshot.health.level, ...items.map((item) => item.level)])}`,
    '',
    '| State | What | How it is |',
    '|---|---|---|',
    ...rows,
    '',
    '## Budget',
    '',
    ...(snapshot.meters.length > 0
      ? snapshot.meters.map((meter) => `- ${plain(meterWords(meter))}`)
      : ['Not known while the store is closed.']),
    '',
    '## Waiting for you',
    '',
    waiting === 0 ? 'Nothing.' : `${waiting} ${waiting === 1 ? 'review' : 'reviews'}. GoNoGo: Show Approvals opens the first.`,
    '',
  ].join('\n');
}

/** Text from elsewhere must not become Markdown, HTML, an entity or a link: every ASCII punctuation mark may be escaped (CommonMark 2.4). */
function plain(text: string): string {
  return visibleText(text.replace(/\s+/g, ' ')).replace(/[!-/:-@[-`{-~]/g, '\\$&');
}
