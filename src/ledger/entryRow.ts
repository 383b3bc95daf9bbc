import { z } from 'zod';
import { CodedError } from '../base/errors.ts';
import type { LedgerEntry } from '../contracts/ledger.ts';
import { parseEnvelope } from './envelope.ts';

const rowSchema = z.object({ seq: z.number().int().positive(), envelope: z.string(), payload: z.string().nullable() });

export class LedgerRowError extends CodedError<'malformed-entry'> {}

/**
 * An entry from a row of `entries` (`seq`, `envelope`, `payload`).
 * @throws LedgerRowError for a row that no ledger wrote: it is for `verify` to say what happened to it.
 */
export function entryFromRow(found: unknown): LedgerEntry {
  const row = rowSchema.parse(found);
  const envelope = parseEnvelope(row.envelope);
  const refuse = (why: string): LedgerRowError =>
    new LedgerRowError('malformed-entry', `the ledger's entry ${row.seq} cannot be read (${why}); run \`gonogo ledger verify\``);
  if (!envelope.ok) throw refuse(envelope.error);
  if (envelope.value.seq !== row.seq) throw refuse(`it says that it is entry ${envelope.value.seq}`);
  if (row.payload === null) return { ...envelope.value, payload: undefined };
  try {
    return { ...envelope.value, payload: z.json().parse(JSON.parse(row.payload)) };
  } catch {
    throw refuse('its payload is not JSON');
  }
}
