import { idSource, type ActionId, type IdSource, type MissionId } from '../base/ids.ts';
import type { Clock, Millis } from '../base/clock.ts';
import type { Owner } from '../base/owner.ts';
import { SqliteApprovals } from '../approvals/sqliteApprovals.ts';
import { SqliteBudget } from '../budget/sqliteBudget.ts';
import type { KernelSettings } from '../contracts/kernelApi.ts';
import { Leases } from '../durable/leases.ts';
import { processAlive, processStart } from '../durable/processAlive.ts';
import { JoseTokens } from '../gate/joseTokens.ts';
import { SqliteIntents } from '../gate/sqliteIntents.ts';
import { SqliteKillSwitches } from '../gate/sqliteKillSwitches.ts';
import { SqliteLedger, type LedgerOrigin } from '../ledger/sqliteLedger.ts';
import { SqliteMissions } from '../missions/sqliteMissions.ts';
import { PatternRedactor } from '../secrets/patternRedactor.ts';
import { loadOrCreateKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { SqliteBudgetAlerts } from '../budget/budgetAlerts.ts';
import { SqliteFlightTimes } from '../missions/sqliteFlightTimes.ts';
import { SqliteQueuePause } from '../missions/sqliteQueuePause.ts';

export const LEASE_TTL: Millis = 15_000;
const GRANT_TTL: Millis = 5 * 60_000;

export interface Records {
  readonly ids: IdSource;
  readonly ledger: SqliteLedger;
  readonly leases: Leases;
  readonly missions: SqliteMissions;
  readonly approvals: SqliteApprovals;
  readonly switches: SqliteKillSwitches;
  readonly intents: SqliteIntents;
  readonly tokens: JoseTokens;
  readonly budget: SqliteBudget;
  readonly budgetAlerts: SqliteBudgetAlerts;
  readonly flightTimes: SqliteFlightTimes;
  readonly queuePause: SqliteQueuePause;
}

/** Everything that is kept in the store, for one kernel. */
export function openRecords(store: Store, clock: Clock, origin: LedgerOrigin, settings: () => KernelSettings): Records {
  const ids = idSource(process.env);
  const owner: Owner = { pid: process.pid, startedAt: processStart(process.pid), kernel: ids.next<ActionId>() };
  const key = loadOrCreateKey(store.home, 'token.key');
  const ledger = new SqliteLedger({ store, clock, ids, redactor: new PatternRedactor(), origin });
  const leases = new Leases({ store, clock, owner, ttl: LEASE_TTL, alive: processAlive });
  const missions = new SqliteMissions({ store, ledger, leases });
  // A mission's own limit was fixed when it was drafted; a setting that was lowered since does not end it.
  const limits = (id: MissionId | undefined) => ({
    ...settings().budget,
    mission: (id && missions.get(id)?.budget) ?? settings().budget.mission,
  });
  return {
    ids,
    ledger,
    leases,
    missions,
    approvals: new SqliteApprovals({ store, ids, key, grantTtl: GRANT_TTL }),
    switches: new SqliteKillSwitches(store, clock),
    intents: new SqliteIntents(store, owner, processAlive),
    tokens: new JoseTokens(key, () => ids.next<ActionId>()),
    budget: new SqliteBudget({ store, ids, limits }),
    budgetAlerts: new SqliteBudgetAlerts(store),
    flightTimes: new SqliteFlightTimes(store),
    queuePause: new SqliteQueuePause(store),
  };
}
