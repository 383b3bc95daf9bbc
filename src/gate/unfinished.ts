import { zeroUsd } from '../base/money.ts';
import type { Ledger } from '../contracts/ledger.ts';
import type { SqliteIntents } from './sqliteIntents.ts';

/** Missions complete these by themselves, and the record with them. */
const resumed: ReadonlySet<string> = new Set(['code.apply', 'code.rollback']);

/** Effects that a crash left without an outcome: the record says so. MUST be called inside a unit of work. */
export function recordUnfinished(intents: SqliteIntents, ledger: Ledger): void {
  for (const intent of intents.orphans()) {
    if (resumed.has(intent.kind)) continue;
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
      payload: {},
      result: 'failure',
      reason: 'unfinished: the process ended before the outcome was known',
      cost: zeroUsd,
      correlationId: intent.correlationId,
      restsOn: intent.decision,
    });
    intents.close(intent.decision);
  }
}
