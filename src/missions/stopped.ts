import { z } from 'zod';
import type { LedgerEntry } from '../contracts/ledger.ts';
import type { Stopped } from '../contracts/review.ts';
import { decisive, findingSchema } from '../contracts/verdict.ts';

const payloadSchema = z.object({ findings: z.array(findingSchema) });

/** What was NO-GO on the way, from the record itself, oldest first. Requests that only waited for a person are left out. */
export function stoppedOn(entries: readonly LedgerEntry[]): readonly Stopped[] {
  return entries
    .filter((entry) => entry.phase === 'decision' && entry.result === 'blocked')
    .flatMap((entry): Stopped[] => {
      const payload = payloadSchema.safeParse(entry.payload);
      const finding = payload.success ? decisive(payload.data.findings) : undefined;
      if (finding?.effect !== 'no-go') return [];
      return [{ at: entry.timestamp, kind: entry.action, resource: entry.resource, finding }];
    })
    .reverse();
}
