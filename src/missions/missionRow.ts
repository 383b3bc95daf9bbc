import { z } from 'zod';
import type { AnyId, GrantId, MissionId, RequestId } from '../base/ids.ts';
import { microUsd } from '../base/money.ts';
import type { Mission } from '../contracts/mission.ts';
import { presetSchema } from '../contracts/preset.ts';
import { priorities } from '../contracts/queue.ts';
import { findingSchema } from '../contracts/verdict.ts';

const id = <T extends AnyId>() =>
  z
    .string()
    .min(1)
    .transform((text) => text as T);

const snapshot = z.object({ tree: z.string(), commit: z.string() });
export const testRunSchema = z.union([
  z.object({
    status: z.enum(['passed', 'failed']),
    summary: z.string(),
    output: z.string(),
    durationMs: z.number(),
    isolation: z.string(),
  }),
  z.object({ status: z.literal('not-run'), summary: z.string() }),
]);

const proposed = z.object({
  base: snapshot,
  result: snapshot,
  tests: testRunSchema,
  findings: z.array(findingSchema),
  filesSha256: z.string(),
});
const narrowing = z.object({
  requestId: id<RequestId>(),
  whole: proposed,
  leftOut: z.array(z.object({ path: z.string(), hunks: z.number().int().nonnegative(), whole: z.boolean() })),
});
const candidate = proposed.extend({ narrowedFrom: narrowing.optional(), notNarrowed: findingSchema.optional() });
const task = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('part'), result: snapshot, narrowing }),
  z.object({ kind: z.literal('whole'), whole: proposed, problem: findingSchema }),
]);
const progress = z.object({
  worktree: z.object({ root: z.string(), cwd: z.string(), base: snapshot }).optional(),
  setUpDone: z.boolean(),
  agentsDone: z.array(z.string()),
  attempt: z.number().int().positive(),
  feedback: z.string().optional(),
});

const only = z.array(z.string()).optional();
const end = z.object({ code: z.string(), message: z.string() });

const stateSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('drafted') }),
  z.object({
    status: z.literal('queued'),
    since: z.number(),
    priority: z.enum(priorities).optional(),
    order: z.number().optional(),
    rises: z.number().optional(),
    paused: z.object({ by: z.string(), since: z.number() }).optional(),
  }),
  z.object({ status: z.literal('running'), step: z.string(), progress }),
  z.object({ status: z.literal('verifying'), progress, task: task.optional() }),
  z.object({ status: z.literal('awaiting-approval'), requestId: id<RequestId>(), progress, candidate }),
  z.object({ status: z.literal('parked'), progress, candidate, reason: z.string() }),
  z.object({ status: z.literal('applying'), grantId: id<GrantId>(), progress, candidate }),
  z.object({ status: z.literal('done'), at: z.number(), candidate, refusal: end.optional() }),
  z.object({ status: z.literal('rolling-back'), at: z.number(), candidate, only }),
  z.object({ status: z.literal('rolled-back'), at: z.number(), candidate: candidate.optional(), only, refusal: end.optional() }),
  z.object({ status: z.literal('reapplying'), at: z.number(), candidate, only }),
  z.object({ status: z.literal('rejected'), at: z.number(), reason: z.string() }),
  z.object({ status: z.literal('failed'), at: z.number(), end }),
  z.object({ status: z.literal('cancelled'), at: z.number(), reason: z.string() }),
]);

const rowSchema = z.object({
  id: id<MissionId>(),
  workspace_id: z.string(),
  tenant_id: z.string(),
  folder: z.string(),
  preset: z.string(),
  goal: z.string(),
  budget: z.number().int().transform(microUsd),
  model: z.string(),
  agent: z.string(),
  created_at: z.number(),
  state: z.string(),
});

/** A row of `missions`, parsed like any other input. */
export function missionFromRow(found: unknown): Mission {
  const row = rowSchema.parse(found);
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    tenantId: row.tenant_id,
    folder: row.folder,
    preset: presetSchema.parse(JSON.parse(row.preset)),
    goal: row.goal,
    budget: row.budget,
    model: row.model,
    agent: row.agent,
    createdAt: row.created_at,
    state: stateSchema.parse(JSON.parse(row.state)),
  };
}
