import { visibleText } from '../base/visibleText.ts';
import { worst } from '../contracts/health.ts';
import type { KernelSnapshot } from '../contracts/kernelApi.ts';
import type { Surroundings } from './surroundings.ts';
import { meterWords } from './words.ts';

const marks = { healthy: '✓', degraded: '▲', unhealthy: '✕' } as const;

/** The health report. */
export function healthMarkdown(snapshot: KernelSnapshot, { more, demo }: Pick<Surroundings, 'more' | 'demo'>): string {
  const items = [...snapshot.health.items, ...more];
  const rows = items.map((item) => `| ${marks[item.level]}\u00A0${item.level} | ${plain(item.name)} | ${plain(item.message)} |`);
  const waiting = snapshot.approvals.length;
  return [
    `# GoNoGo is ${worst([snapshot.health.level, ...items.map((item) => item.level)])}`,
    '',
    '| State | What | How it is |',
    '|---|---|---|',
    ...rows,
    '',
    demo ? '## Budget (DEMO)' : '## Budget',
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
