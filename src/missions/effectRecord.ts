import { z } from 'zod';
import type { ActionKind } from '../contracts/action.ts';
import type { LedgerEntry } from '../contracts/ledger.ts';
import type { MissionStatus } from '../contracts/mission.ts';

export interface RecordedEffect {
  /** The gate said GO: from then on the workspace may have changed. */
  readonly begun: boolean;
  /** The entry that says how it ended; `undefined` also where a crash cut it off. */
  readonly outcome: LedgerEntry | undefined;
}

/** What a mission's record (newest first) says of its effect of one kind since the mission last came into a status. */
export function effectSince(entries: readonly LedgerEntry[], status: MissionStatus, kind: ActionKind): RecordedEffect {
  const start = entries.findIndex((entry) => entry.phase === 'event' && entry.action === `mission.${status}`);
  const since = entries.slice(0, start < 0 ? entries.length : start).filter((entry) => entry.action === kind);
  const decision = since.find((entry) => entry.phase === 'decision' && entry.result === 'success');
  return {
    begun: decision !== undefined,
    outcome: decision && since.find((entry) => entry.phase === 'effect' && entry.restsOn === decision.id && !isUnfinished(entry)),
  };
}

/** The record of an effect that was cut off says that its outcome is not known. */
function isUnfinished({ payload }: LedgerEntry): boolean {
  return typeof payload === 'object' && payload !== null && 'unfinished' in payload;
}

const refusalSchema = z.object({ code: z.string(), message: z.string() });

/** Why an effect failed, as its outcome recorded it. */
export function failureOf(outcome: LedgerEntry): { readonly code: string; readonly message: string } {
  const refusal = refusalSchema.safeParse(outcome.payload);
  return refusal.success ? refusal.data : { code: 'effect-failed', message: outcome.reason ?? 'It did not work, and nothing says why.' };
}
