import { visibleText } from '../base/visibleText.ts';
import { formatUsd } from '../base/money.ts';
import type { Millis } from '../base/clock.ts';
import type { AgentCard } from '../contracts/agent.ts';
import type { MissionView, PreFlight } from '../contracts/kernelApi.ts';
import type { MissionStatus } from '../contracts/mission.ts';
import type { Meter } from '../contracts/review.ts';
import { flightWords, placeWords, startWords, waitReasonWords } from './queueWords.ts';

const statusWords: Readonly<Record<MissionStatus, string>> = {
  drafted: 'not launched',
  queued: 'queued',
  running: 'running',
  verifying: 'checking',
  'awaiting-approval': 'waiting for review',
  parked: 'parked',
  applying: 'applying',
  done: 'done',
  'rolling-back': 'rolling back',
  'rolled-back': 'rolled back',
  reapplying: 'applying again',
  rejected: 'rejected',
  failed: 'failed',
  cancelled: 'cancelled',
};

export function statusWord(status: MissionStatus): string {
  return statusWords[status];
}

const scopeWords = { mission: 'Mission', day: 'Today', month: 'This month' } as const;

export function meterWords(meter: Meter): string {
  return `${scopeWords[meter.scope]} ${formatUsd(meter.spent)} of ${formatUsd(meter.limit)}`;
}

/** The pre-flight card: what will happen, what it may cost, what stands in the way. */
export function preFlightWords(card: PreFlight): string {
  const line = (name: string, value: string): string => `${name}: ${value}`;
  const model = card.demo ? `${card.model} (a script; nothing is billed or sent anywhere)` : card.model;
  return [
    visibleText(card.goal, { keep: '\n', limit: 400 }),
    '',
    line('Agents', visibleText(card.agents.join(', '))),
    line('Flown by', agentWords(card.agent)),
    line('Tools', card.tools.map(toolWord).join(', ')),
    line('Model', visibleText(model) || 'none'),
    line(
      'Cost',
      `${formatUsd(card.costFrom)} to ${formatUsd(card.costTo)}, stopped at ${formatUsd(card.costTo)}${card.demo ? ' (DEMO)' : ''}`,
    ),
    line('Time', flightWords(card.flight, card)),
    line('Risk', card.risk),
    line('Checks', [...card.guardrails.map(guardrailWords), ...card.critics.map((critic) => `${critic} critic`)].join(', ')),
    line('Tests', `${visibleText(card.testCommand)}${card.isolation ? `, in ${card.isolation}` : ''}`),
    line('Queue', `place ${card.position}, ${startWords(card.wait)}`),
    line(
      'Budget',
      card.meters
        .filter((meter) => meter.scope !== 'mission')
        .map((meter) => meterWords(meter).replace(/^./, (first) => first.toLowerCase()))
        .join(', '),
    ),
    ...(card.warnings.length > 0 ? ['', ...card.warnings.map((warning) => visibleText(warning))] : []),
    '',
    'The agents work in a copy. Nothing reaches your files before you have approved it.',
  ].join('\n');
}

/** `opencode 1.18.33`. */
export function agentWords({ title, version }: AgentCard): string {
  return visibleText(version === undefined ? title : `${title} ${version}`);
}

/** `LSP`, `Git`. */
function toolWord(tool: string): string {
  return tool === 'lsp' ? 'LSP' : tool.charAt(0).toUpperCase() + tool.slice(1);
}

function guardrailWords(guardrail: string): string {
  return guardrail.replaceAll('_', ' ');
}

/** What a mission's row opens into. `timeOf` writes a time as the person reads it. */
export function missionFacts(
  mission: MissionView,
  timeOf: (at: Millis) => string,
): readonly { readonly icon: string; readonly text: string }[] {
  return [
    ...(mission.queue ? [] : [{ icon: 'info', text: mission.detail }]),
    ...whyRow(mission, timeOf),
    { icon: 'credit-card', text: `${formatUsd(mission.spent)} of ${formatUsd(mission.budget)}${mission.demo ? ' (DEMO)' : ''}` },
    ...(mission.queue ? [{ icon: 'list-ordered', text: placeWords(mission.queue) }] : []),
    ...(mission.elsewhere ? [{ icon: 'multiple-windows', text: 'Another window runs it; here it can only be watched' }] : []),
    { icon: 'hubot', text: `${mission.presetTitle}, flown by ${mission.agent}, model ${mission.model}` },
    { icon: 'history', text: `Launched ${timeOf(mission.createdAt)}` },
  ];
}

/** Why it waits, in one row, where that says more than its status does. */
function whyRow({ waiting }: MissionView, timeOf: (at: Millis) => string): readonly { readonly icon: string; readonly text: string }[] {
  const told = waiting.filter((reason) => reason.kind !== 'parked' && !(reason.kind === 'your-decision' && reason.what === 'review'));
  return told.length === 0 ? [] : [{ icon: 'question', text: told.map((reason) => waitReasonWords(reason, timeOf).text).join(' ') }];
}
