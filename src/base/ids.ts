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
  const make = env['DETERMINISTIC_TEST_IDS'] === 'true' ? counted : (): string => uuidv7();
  return { next: <T extends AnyId>() => make() as T };
}
