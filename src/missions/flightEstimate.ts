import type { Millis } from '../base/clock.ts';
import type { Preset } from '../contracts/preset.ts';
import type { FlightEstimate, TimeRange } from '../contracts/queue.ts';

/** Fewer flights than these say less than the preset does. */
const ENOUGH = 3;

/**
 * From a person's own flights, the middle half and its median; while there are only a few, what the preset says.
 * `closest` are flights of the same preset and agent, `wider` of the same preset with any.
 */
export function estimate(closest: readonly Millis[], wider: readonly Millis[], { minutes }: Pick<Preset, 'minutes'>): FlightEstimate {
  const flights = [closest, wider].find((each) => each.length >= ENOUGH);
  if (flights) return { ...middleHalf(flights), flights: flights.length };
  const [from, to] = [minutes.from * 60_000, minutes.to * 60_000];
  return { from, likely: (from + to) / 2, to, flights: 0 };
}

function middleHalf(flights: readonly Millis[]): TimeRange {
  const sorted = flights.toSorted((a, b) => a - b);
  return { from: quantile(sorted, 0.25), likely: quantile(sorted, 0.5), to: quantile(sorted, 0.75) };
}

/** Linear between the two nearest ranks (Hyndman and Fan, type 7). */
function quantile(sorted: readonly Millis[], share: number): Millis {
  const rank = (sorted.length - 1) * share;
  const below = sorted[Math.floor(rank)] ?? 0;
  const above = sorted[Math.ceil(rank)] ?? below;
  return Math.round(below + (above - below) * (rank - Math.floor(rank)));
}
