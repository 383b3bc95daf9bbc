import { z } from 'zod';
import { actionInputs } from '../contracts/action.ts';
import type { Sha256 } from '../base/digest.ts';
import type { ActionId, AnyId, GrantId, MissionId, RequestId } from '../base/ids.ts';
import { microUsd } from '../base/money.ts';
import type { ApprovalRequest } from '../contracts/approval.ts';
import { findingSchema } from '../contracts/verdict.ts';

/** Restores the brand of an id that was checked to be text. */
const id = <T extends AnyId>() =>
  z
    .string()
    .min(1)
    .transform((text) => text as T);

const kinds = Object.keys(actionInputs) as [keyof typeof actionInputs, ...(keyof typeof actionInputs)[]];

const commentSchema = z.object({ path: z.string(), side: z.enum(['before', 'after']), line: z.number(), text: z.string() });

const stateSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('pending') }),
  z.object({ status: z.literal('approved'), by: z.string(), at: z.number(), grantId: id<GrantId>() }),
  z.object({
    status: z.literal('rejected'),
    by: z.string(),
    at: z.number(),
    reason: z.string(),
    comments: z.array(commentSchema).optional(),
  }),
  z.object({ status: z.literal('expired'), at: z.number() }),
  z.object({ status: z.literal('superseded'), at: z.number(), by: id<RequestId>() }),
  z.object({ status: z.literal('withdrawn'), at: z.number(), reason: z.string() }),
]);

const requestSchema = z.object({
  id: id<RequestId>(),
  actionId: id<ActionId>(),
  kind: z.enum(kinds),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .transform((text) => text as Sha256),
  resource: z.string(),
  title: z.string(),
  missionId: id<MissionId>().optional(),
  workspaceId: z.string(),
  askedBy: z.object({ kind: z.enum(['person', 'agent', 'mission', 'extension']), id: z.string() }),
  askedAt: z.number(),
  expiresAt: z.number(),
  risk: z.enum(['low', 'medium', 'high']),
  findings: z.array(findingSchema),
  estimatedCost: z.number().int().transform(microUsd),
  state: stateSchema,
});

/** A stored request, parsed like any other input. */
export function parseRequest(text: string): ApprovalRequest {
  return requestSchema.parse(JSON.parse(text));
}
