import { z } from 'zod';
import type { CorrelationId, EntryId, MissionId } from '../base/ids.ts';
import { microUsd } from '../base/money.ts';
import { domains, surfaces } from '../contracts/action.ts';
import type { LedgerEntry } from '../contracts/ledger.ts';

const principalSchema = z.strictObject({ kind: z.enum(['person', 'agent', 'mission', 'extension']), id: z.string() });

const payloadSchema = z.json();

/** A row of `entries`. Parsed like any other input: another process, or somebody, may have written the file. */
export const rowSchema = z.object({
  seq: z.number().int().positive(),
  id: z.string(),
  timestamp: z.number().int(),
  user_id: z.string(),
  workspace_id: z.string(),
  tenant_id: z.string(),
  mission_id: z.string().nullable(),
  principal: z.string(),
  surface: z.enum(surfaces),
  action: z.string(),
  phase: z.enum(['decision', 'effect', 'event']),
  domain: z.enum(domains),
  resource: z.string(),
  payload: z.string(),
  result: z.enum(['success', 'failure', 'blocked']),
  reason: z.string().nullable(),
  cost: z.number().int(),
  correlation_id: z.string(),
  rests_on: z.string().nullable(),
});

export type EntryRow = z.infer<typeof rowSchema>;

export function entryFromRow(row: EntryRow): LedgerEntry {
  return {
    id: row.id as EntryId,
    seq: row.seq,
    timestamp: row.timestamp,
    userId: row.user_id,
    workspaceId: row.workspace_id,
    tenantId: row.tenant_id,
    ...(row.mission_id === null ? {} : { missionId: row.mission_id as MissionId }),
    principal: principalSchema.parse(JSON.parse(row.principal)),
    surface: row.surface,
    action: row.action,
    phase: row.phase,
    domain: row.domain,
    resource: row.resource,
    payload: payloadSchema.parse(JSON.parse(row.payload)),
    result: row.result,
    ...(row.reason === null ? {} : { reason: row.reason }),
    cost: microUsd(row.cost),
    correlationId: row.correlation_id as CorrelationId,
    ...(row.rests_on === null ? {} : { restsOn: row.rests_on }),
  };
}
