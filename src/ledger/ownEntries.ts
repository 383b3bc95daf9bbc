import { z } from 'zod';

/** The ledger takes a key into use: its first one, or another because the one before is not here any more. */
export const KEY_ACTION = 'ledger.key';
export const keyPayload = z.object({
  vkey: z.string(),
  /** The key before, when there was one. */
  previous: z.string().optional(),
  why: z.string(),
});

/** Payloads were pruned. `ranges` are the first and last entry of each run. */
export const PRUNED_ACTION = 'ledger.pruned';
export const prunedPayload = z.object({
  ranges: z.array(z.tuple([z.number().int().positive(), z.number().int().positive()])),
});
