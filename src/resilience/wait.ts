import type { Clock, Millis } from '../base/clock.ts';

/** Settles like `work`, or rejects with the signal's reason once that is aborted; `work` goes on by itself then. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    const stop = (): void => signal.removeEventListener('abort', onAbort);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    void work.then(resolve, reject).finally(stop);
  });
}

/**
 * Settles like `work`, rejects with what `late` makes once `limit` ms have passed, or with the signal's reason; `work` goes on by itself
 * in the last two cases.
 */
export function withTimeLimit<T>(clock: Clock, limit: Millis, work: Promise<T>, signal: AbortSignal, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(limit, () => reject(late()));
    void untilAborted(work, signal)
      .then(resolve, reject)
      .finally(() => timer[Symbol.dispose]());
  });
}

/** Resolves after `delay` ms, or rejects with the signal's reason. */
export function pause(clock: Clock, delay: Millis, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = (): void => {
      timer[Symbol.dispose]();
      reject(signal.reason as Error);
    };
    const timer = clock.after(delay, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
