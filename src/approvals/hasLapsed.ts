import type { Millis } from '../base/clock.ts';

/**
 * Whether something that lives for `life` ms until `expiresAt` is over. A clock may be set back after it began; what then still had more
 * than twice its life to go has lapsed too, so that a clock that once was wrong by a year makes nothing live for that year.
 */
export function hasLapsed(expiresAt: Millis, life: Millis, at: Millis): boolean {
  return at >= expiresAt || expiresAt - at > 2 * life;
}
