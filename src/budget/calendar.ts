import type { Millis } from '../base/clock.ts';

/** Start of the local day that holds `at`. */
export function startOfDay(at: Millis): Millis {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** Start of the local month that holds `at`. */
export function startOfMonth(at: Millis): Millis {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), 1).getTime();
}
