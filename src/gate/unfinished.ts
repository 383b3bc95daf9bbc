import { zeroUsd } from '../base/money.ts';
import type { Ledger } from '../contracts/ledger.ts';
import type { Intent, SqliteIntents } from './sqliteIntents.ts';

/**
 * Effects that were allowed and never reported back: the record says so of each, once. `keep` names those that are taken over when
 * their mission goes on. MUST be called inside a unit of work.
 */
export function recordUnfinished(intents: SqliteIntents, ledger: Ledger, keep: (intent: Intent) => boolean): void {
  for (const intent of intents.orphans()) if (!keep(intent)) record(intent, intents, ledger);
}

/**
 * Whether the effect of a decision may be carried out once more because nobody works on it any more; the record then says that the
 * first time was cut off. MUST be called inside a unit of work.
 */
export function recordTakeOver(decision: string, intents: SqliteIntents, ledger: Ledger): boolean {
  const orphan = intents.orphans().find((intent) => intent.decision === decision);
  if (orphan) record(orphan, intents, ledger);
  return orphan !== undefined;
}

function record(intent: Intent, intents: SqliteIntents, ledger: Ledger): void {
  ledger.append({
    workspaceId: intent.workspaceId,
    tenantId: 'local',
    ...(intent.missionId ? { missionId: intent.missionId } : {}),
    principal: { kind: 'mission', id: intent.missionId ?? 'none' },
    surface: 'mission',
    action: intent.kind,
    phase: 'effect',
    domain: 'ops',
    resource: intent.resource,
    payload: { unfinished: true },
    result: 'failure',
    reason: 'unfinished: it was cut off before its outcome was known',
    cost: zeroUsd,
    correlationId: intent.correlationId,
    restsOn: intent.entry,
  });
  intents.close(intent.decision);
}
