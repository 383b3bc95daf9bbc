import { z } from 'zod';
import { canonicalJson } from '../base/canonicalJson.ts';
import type { CorrelationId, EntryId, MissionId } from '../base/ids.ts';
import { microUsd } from '../base/money.ts';
import { err, ok, type Result } from '../base/result.ts';
import { domains, surfaces } from '../contracts/action.ts';
import type { LedgerEntry } from '../contracts/ledger.ts';

/**
 * The leaf of an entry in the Merkle tree: canonical JSON (RFC 8785) of all there is to know of it but the payload, which it names by
 * `payloadSha256 = SHA-256(salt ‖ payload)`. Entry bundles of tlog-tiles carry a length of 16 bits, and the envelope stays far below:
 * its texts are cut to what `envelopeLimits` allows.
 */
export const MAX_ENVELOPE_BYTES = 16_384;

/** Bytes of each text as JSON writes it. */
export const envelopeLimits = { resource: 6_000, reason: 5_000, action: 300, principal: 600, id: 300 } as const;

/** An entry without its payload. */
export type Envelope = Omit<LedgerEntry, 'payload'>;

const text = z.string();

/** Members in the order of canonical JSON: what this parses, `JSON.stringify` writes in that form. */
const envelopeSchema = z.strictObject({
  action: text,
  correlationId: text,
  cost: z.number().int(),
  domain: z.enum(domains),
  id: text,
  ipAddress: text,
  missionId: text.optional(),
  payloadSha256: z.string().regex(/^[0-9a-f]{64}$/),
  phase: z.enum(['decision', 'effect', 'event']),
  policyVersion: text,
  principal: z.strictObject({ id: text, kind: z.enum(['person', 'agent', 'mission', 'extension']) }),
  reason: text.optional(),
  resource: text,
  restsOn: text.optional(),
  result: z.enum(['success', 'failure', 'blocked']),
  seq: z.number().int().positive(),
  surface: z.enum(surfaces),
  tenantId: text,
  timestamp: z.number().int(),
  userAgent: text,
  userId: text,
  v: z.literal(1),
  workspaceId: text,
});

/** @throws ZodError, CanonicalJsonError for what `parseEnvelope` would not read back. */
export function formatEnvelope(envelope: Envelope): string {
  const parsed = envelopeSchema.parse({ v: 1, ...envelope });
  const json = JSON.stringify(parsed);
  // An escape may be half of a surrogate pair, which canonical JSON refuses.
  return json.includes('\\ud') ? canonicalJson(parsed) : json;
}

/** Parsed like any other input: another process, or somebody, may have written the file. The error says what is wrong. */
export function parseEnvelope(json: string): Result<Envelope, string> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return err('it is not JSON');
  }
  const parsed = envelopeSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return err(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it cannot be read'}`);
  }
  const { v: _, id, cost, correlationId, missionId, reason, restsOn, ...rest } = parsed.data;
  return ok({
    ...rest,
    id: id as EntryId,
    cost: microUsd(cost),
    correlationId: correlationId as CorrelationId,
    ...(missionId === undefined ? {} : { missionId: missionId as MissionId }),
    ...(reason === undefined ? {} : { reason }),
    ...(restsOn === undefined ? {} : { restsOn }),
  });
}

/** The text, cut so that JSON writes it in at most `bytes`, and saying how much is missing. */
export function fitText(value: string, bytes: number): string {
  const fits = (text: string): boolean => text.length * 6 + 2 <= bytes || Buffer.byteLength(JSON.stringify(text)) <= bytes;
  if (fits(value)) return value;
  const cut = (length: number): string => `${value.slice(0, length).toWellFormed()} … (${value.length - length} more characters)`;
  let [low, high] = [0, value.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(cut(middle))) low = middle;
    else high = middle - 1;
  }
  return cut(low);
}
