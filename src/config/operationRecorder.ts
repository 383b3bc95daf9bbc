import type { Millis } from '../base/clock.ts';
import { isCodedError, messageOf } from '../base/errors.ts';

const SAMPLES = 1_000;

export interface OperationMetrics {
  readonly operations: number;
  readonly successes: number;
  readonly errors: number;
  /** Over the last 1,000 operations, in whole milliseconds of the clock; 0 before the first. */
  readonly averageMs: number;
  readonly p95Ms: number;
  readonly lastSuccessAt: Millis | undefined;
  readonly lastError: { readonly at: Millis; readonly code: string; readonly message: string } | undefined;
}

/** Counts one kind of operation in constant memory. */
export class OperationRecorder {
  readonly #samples: Millis[] = [];
  #successes = 0;
  #errors = 0;
  #lastSuccessAt: Millis | undefined;
  #lastError: OperationMetrics['lastError'];

  succeeded(startedAt: Millis, endedAt: Millis): void {
    this.#sample(endedAt - startedAt);
    this.#successes += 1;
    this.#lastSuccessAt = endedAt;
  }

  failed(startedAt: Millis, endedAt: Millis, error: unknown): void {
    this.#sample(endedAt - startedAt);
    this.#errors += 1;
    this.#lastError = { at: endedAt, code: isCodedError(error) ? error.code : 'unknown', message: messageOf(error) };
  }

  snapshot(): OperationMetrics {
    const sorted = this.#samples.toSorted((a, b) => a - b);
    const sum = sorted.reduce((total, sample) => total + sample, 0);
    return {
      operations: this.#successes + this.#errors,
      successes: this.#successes,
      errors: this.#errors,
      averageMs: sorted.length === 0 ? 0 : sum / sorted.length,
      // Nearest rank: the smallest sample that at least 95 % do not exceed.
      p95Ms: sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0,
      lastSuccessAt: this.#lastSuccessAt,
      lastError: this.#lastError,
    };
  }

  #sample(elapsed: Millis): void {
    // A clock that was set back must not make an operation end before it began.
    this.#samples[(this.#successes + this.#errors) % SAMPLES] = Math.max(0, elapsed);
  }
}
