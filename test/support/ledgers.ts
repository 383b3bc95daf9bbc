import { systemClock } from '../../src/base/clock.ts';
import { idSource } from '../../src/base/ids.ts';
import { SqliteLedger, type LedgerOptions } from '../../src/ledger/sqliteLedger.ts';
import type { Store } from '../../src/store/store.ts';

export const origin = { userId: 'me', userAgent: 'gonogo/test', policyVersion: () => 'test' };

/** A ledger in a store; it takes nothing for a secret unless a test says so. */
export function ledgerOf(store: Store, over: Partial<LedgerOptions> = {}): SqliteLedger {
  return new SqliteLedger({ store, clock: systemClock, ids: idSource({}), redactor: { redact: (text) => text }, origin, ...over });
}
