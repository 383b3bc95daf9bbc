import type { HealthItem, HealthLevel } from '../contracts/health.ts';
import { worst } from '../contracts/health.ts';
import type { MissionView } from '../contracts/kernelApi.ts';
import type { LedgerEntry, LedgerQuery } from '../contracts/ledger.ts';
import type { KernelLink } from './kernelLink.ts';

/** What `activate()` gives other extensions. It reads; it has no way to decide an approval. */
export interface GonogoApi {
  missions(): readonly MissionView[];
  health(): { readonly level: HealthLevel; readonly items: readonly HealthItem[] };
  readonly audit: { query(query: LedgerQuery): Promise<readonly LedgerEntry[]> };
}

export function publicApi(kernel: KernelLink, more: () => readonly HealthItem[]): GonogoApi {
  return {
    missions: () => kernel.snapshot.missions,
    health: () => {
      const items = [...kernel.snapshot.health.items, ...more()];
      return { level: worst(items.map((item) => item.level)), items };
    },
    audit: { query: (query) => kernel.api.ledger(query) },
  };
}
