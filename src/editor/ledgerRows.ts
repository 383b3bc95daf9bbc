import type { Millis } from '../base/clock.ts';
import { formatUsd } from '../base/money.ts';
import { visibleText } from '../base/visibleText.ts';
import type { LedgerEntry } from '../contracts/ledger.ts';
import type { Calendar } from './approvals/words.ts';
import { oneLine, pickText } from './plainText.ts';

/** One entry as a row of the picker. */
export interface LedgerRow {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
}

export interface LedgerContext {
  /** Goals of the missions in view, by id. */
  readonly goals: ReadonlyMap<string, string>;
  readonly calendar: Calendar;
  readonly now: Millis;
}

export function ledgerRow(entry: LedgerEntry, { goals, calendar, now }: LedgerContext): LedgerRow {
  const [icon, word] = outcomeOf(entry);
  const what = goals.get(entry.resource) ?? entry.resource;
  const facts = [word, `#${entry.seq}`, calendar.when(entry.timestamp, now), whoOf(entry), entry.cost > 0 ? formatUsd(entry.cost) : ''];
  return {
    label: `$(${icon}) ${pickText(entry.action)}`,
    description: pickText(facts.filter((fact) => fact !== '').join(' · ')),
    detail: pickText(oneLine([what, entry.reason].filter((part) => part).join(': '), 160)),
  };
}

/** All of an entry, for reading: times and money as people write them, nothing in it hidden. */
export function ledgerJson(entry: LedgerEntry): string {
  const readable = { ...entry, timestamp: new Date(entry.timestamp).toISOString(), cost: formatUsd(entry.cost) };
  return visibleText(JSON.stringify(readable, null, 2), { keep: '\n' });
}

/** A blocked decision that rests on a request waits for a person; any other was refused. */
function outcomeOf({ phase, result, restsOn }: LedgerEntry): readonly [icon: string, word: string] {
  if (phase === 'decision' && result === 'blocked') return restsOn === undefined ? ['circle-slash', 'NO-GO'] : ['debug-pause', 'HOLD'];
  if (phase === 'decision') return result === 'success' ? ['pass', 'GO'] : ['error', 'not decided'];
  if (phase === 'effect') return result === 'success' ? ['pass', 'carried out'] : ['error', 'did not succeed'];
  return result === 'success' ? ['info', 'recorded'] : result === 'blocked' ? ['circle-slash', 'refused'] : ['error', 'failed'];
}

/** The mission acts under its own id; a person reads the word. */
function whoOf({ principal }: LedgerEntry): string {
  return principal.kind === 'mission' ? 'mission' : principal.id;
}
