import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

type Brand<T extends string> = string & { readonly __id: T };
export type ActionId = Brand<'action'>;
export type MissionId = Brand<'mission'>;
export type RequestId = Brand<'request'>;
export type GrantId = Brand<'grant'>;
export type EntryId = Brand<'entry'>;
export type ReservationId = Brand<'reservation'>;
export type CorrelationId = Brand<'correlation'>;
export type AnyId = ActionId | MissionId | RequestId | GrantId | EntryId | ReservationId | CorrelationId;

/** Makes ids that sort by time of creation. */
export interface IdSource {
  next<T extends AnyId>(): T;
}

/** UUIDv7; with `DETERMINISTIC_TEST_IDS=true` a counter in the same shape, so that goldens hold still. */
export function idSource(env: Readonly<Record<string, string | undefined>>): IdSource {
  let count = 0;
  const counted = (): string => `00000000-0000-7000-8000-${(++count).toString(16).padStart(12, '0')}`;
  const make = env['DETERMINISTIC_TEST_IDS'] === 'true' ? counted : timed();
  return { next: <T extends AnyId>() => make() as T };
}

/** UUIDv7s that grow, also within a millisecond and when the clock is set back. Random bytes are drawn many at a time, which costs less. */
function timed(): () => string {
  const pool = new Uint8Array(4_096);
  let used = pool.length;
  let millis = 0;
  let counter = 0;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    const random = pool.subarray(used, (used += 16));
    const now = Date.now();
    if (now > millis) {
      millis = now;
      // The upper half stays free to count in.
      counter = new DataView(random.buffer, random.byteOffset).getUint32(0) >>> 2;
    } else counter += 1;
    return uuidv7({ random, msecs: millis, seq: counter });
  };
}
