import { setTimeout as pause } from 'node:timers/promises';
import { Problem } from './problem.mjs';

/**
 * Asks `probe` until it answers something other than `undefined`, or `timeoutMs` have passed.
 * For pages and processes that announce nothing; what announces itself is awaited instead.
 */
export async function until<T>(what: string, timeoutMs: number, probe: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Problem(`waited ${Math.round(timeoutMs / 1000)} s for ${what}, in vain`);
    await pause(100);
  }
}
