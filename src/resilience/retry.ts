import pRetry from 'p-retry';
import type { Clock, Millis } from '../base/clock.ts';
import { pause } from './wait.ts';

export interface RetryOptions {
  readonly clock: Clock;
  /** Attempts in all, the first one included. */
  readonly attempts: number;
  /** Wait before the second attempt; doubles with each further one. */
  readonly firstDelayMs: Millis;
  readonly maxDelayMs: Millis;
  readonly signal: AbortSignal;
  /** Only errors that may pass by themselves are worth another attempt. */
  readonly isTransient: (error: Error) => boolean;
  readonly onRetry: (error: Error, attempt: number, delay: Millis) => void;
}

/**
 * Runs `call` until it succeeds, the attempts are used up, or an error is not transient; rejects with the last error or the signal's reason.
 * p-retry decides, our clock waits: p-retry's own delay is a real timer, so it is set to none and `shouldRetry`, which p-retry
 * awaits only when another attempt is left, pauses instead.
 */
export function retry<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, attempts, firstDelayMs, maxDelayMs, signal, isTransient, onRetry } = options;
  return pRetry(call, {
    retries: attempts - 1,
    minTimeout: 0,
    maxTimeout: 0,
    signal,
    shouldRetry: async ({ error, attemptNumber }) => {
      if (!isTransient(error)) return false;
      const delay = Math.min(firstDelayMs * 2 ** (attemptNumber - 1), maxDelayMs);
      onRetry(error, attemptNumber, delay);
      await pause(clock, delay, signal);
      return true;
    },
  });
}
