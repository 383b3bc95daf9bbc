import type Database from 'better-sqlite3';
import { z } from 'zod';
import type { Json } from '../base/canonicalJson.ts';
import type { CorrelationId, EntryId, MissionId } from '../base/ids.ts';
import { microUsd } from '../base/money.ts';
import { domains, surfaces } from '../contracts/action.ts';
import type { Envelope } from './envelope.ts';

const jsonText = z.string().transform((text): unknown => JSON.parse(text));
const optional = z
  .string()
  .nullable()
  .transform((text) => text ?? undefined);

/** A row of `entries` as schema 1 had it. */
const earlierSchema = z.object({
  id: z.string(),
  timestamp: z.number().int(),
  user_id: z.string(),
  workspace_id: z.string(),
  tenant_id: z.string(),
  mission_id: optional,
  principal: jsonText.pipe(z.strictObject({ kind: z.enum(['person', 'agent', 'mission', 'extension']), id: z.string() })),
  surface: z.enum(surfaces),
  action: z.string(),
  phase: z.enum(['decision', 'effect', 'event']),
  domain: z.enum(domains),
  resource: z.string(),
  payload: jsonText.pipe(z.json()),
  result: z.enum(['success', 'failure', 'blocked']),
  reason: optional,
  cost: z.number().int(),
  correlation_id: z.string(),
  rests_on: optional,
});

export interface EarlierEntry {
  readonly envelope: Omit<Envelope, 'seq' | 'payloadSha256' | 'ipAddress' | 'userAgent' | 'policyVersion'>;
  readonly payload: Json;
}

/** Hands over what was recorded before there was a Merkle tree, oldest first and once, and forgets it. To be called in a transaction. */
export function takeEarlierEntries(db: Database.Database, take: (entry: EarlierEntry) => void): void {
  if (db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'entries_before'`).get() === undefined) return;
  for (const row of z.array(earlierSchema).parse(db.prepare('SELECT * FROM entries_before ORDER BY seq').all())) {
    take({
      envelope: {
        id: row.id as EntryId,
        timestamp: row.timestamp,
        userId: row.user_id,
        workspaceId: row.workspace_id,
        tenantId: row.tenant_id,
        principal: row.principal,
        surface: row.surface,
        action: row.action,
        phase: row.phase,
        domain: row.domain,
        resource: row.resource,
        result: row.result,
        cost: microUsd(row.cost),
        correlationId: row.correlation_id as CorrelationId,
        ...(row.mission_id === undefined ? {} : { missionId: row.mission_id as MissionId }),
        ...(row.reason === undefined ? {} : { reason: row.reason }),
        ...(row.rests_on === undefined ? {} : { restsOn: row.rests_on }),
      },
      payload: row.payload,
    });
  }
  db.exec('DROP TABLE entries_before');
}
