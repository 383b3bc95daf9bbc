import { z } from 'zod';

export interface NumberRange {
  readonly min: number;
  readonly max: number;
}

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;

/**
 * The number that was meant: text that is a plain decimal becomes one, then it is rounded down to the unit (1 for counts, 100 for
 * hundredths, 1,000,000 for micro-dollars). Anything else comes back as it is, for the schema to refuse.
 */
export function coerceNumber(raw: unknown, unitsPerOne: number): unknown {
  const value = typeof raw === 'string' && DECIMAL.test(raw.trim()) ? Number(raw.trim()) : raw;
  if (typeof value !== 'number' || !Number.isFinite(value)) return raw;
  // 0.29 × 100 is 28.999999999999996 in binary: shave that off before rounding down. Adding 0 turns -0 into 0.
  return Math.floor(Number((value * unitsPerOne).toFixed(3))) / unitsPerOne + 0;
}

/** A whole number; fractions are rounded down. */
export function wholeNumber({ min, max }: NumberRange) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.preprocess((raw) => coerceNumber(raw, 1), z.int({ error }).min(min, error).max(max, error));
}

/** US dollars, kept to the micro-dollar. */
export function usdAmount({ min, max }: NumberRange) {
  const error = `must be an amount in US dollars from ${min} to ${max}`;
  return z.preprocess((raw) => coerceNumber(raw, 1_000_000), z.number({ error }).min(min, error).max(max, error));
}

/** A share of one, kept to the hundredth. */
export function share({ min, max }: NumberRange) {
  const error = `must be a share from ${min} to ${max}`;
  return z.preprocess((raw) => coerceNumber(raw, 100), z.number({ error }).min(min, error).max(max, error));
}
