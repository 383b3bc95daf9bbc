/** Money is an integer number of micro-dollars (1 USD = 1,000,000). */
export type MicroUsd = number & { readonly __unit: 'micro-usd' };

export const zeroUsd = 0 as MicroUsd;

/** @throws RangeError when `value` is not a safe integer. */
export function microUsd(value: number): MicroUsd {
  if (!Number.isSafeInteger(value)) throw new RangeError(`\`${value}\` is not a whole number of micro-dollars`);
  return value as MicroUsd;
}

/** Rounds up, so that a price is never booked below what it costs. */
export function usdToMicro(usd: number): MicroUsd {
  const amount = usd * 1_000_000;
  const nearest = Math.round(amount);
  // The product of a decimal like 0.07 is off by a few units in the last place; only that much is rounded down.
  const exact = Math.abs(amount - nearest) <= Math.abs(nearest) * 4 * Number.EPSILON;
  return microUsd(exact ? nearest : Math.ceil(amount));
}

export function addUsd(...amounts: MicroUsd[]): MicroUsd {
  return microUsd(amounts.reduce((sum: number, amount) => sum + amount, 0));
}

/** `$0.12`, `$31.00`; below a cent `$0.0012`, so that a small cost never reads as nothing. */
export function formatUsd(amount: MicroUsd): string {
  const sign = amount < 0 ? '-' : '';
  const usd = Math.abs(amount) / 1_000_000;
  if (usd === 0) return '$0.00';
  if (usd < 0.0001) return `${sign}<$0.0001`;
  return `${sign}$${usd.toFixed(usd < 0.01 ? 4 : 2)}`;
}
