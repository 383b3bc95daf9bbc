import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhen, BrokenCircuitError, type CircuitBreakerPolicy } from 'cockatiel';
import type { Clock, Millis } from '../base/clock.ts';
import { CodedError } from '../base/errors.ts';
import { Emitter } from '../base/emitter.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** The call was not made, because the last ones failed in a row. */
export class BreakerOpenError extends CodedError<'breaker-open'> {
  /** When the next call is let through at the latest. */
  readonly retryAfterMs: Millis;

  constructor(retryAfterMs: Millis, cause: unknown) {
    super('breaker-open', `the last calls failed in a row; try again in ${Math.ceil(retryAfterMs / 1000)} s`, { cause });
    this.retryAfterMs = retryAfterMs;
  }
}

export interface CircuitBreakerOptions {
  readonly clock: Clock;
  /** Consecutive failures that open it. */
  readonly failures: number;
  /** How long it stays open unless `probe` ends that sooner. Read each time, so that a changed setting counts at once. */
  readonly halfOpenAfterMs: () => Millis;
  /** Whether an error says that the other side is sick. Anything else passes through and counts as an answer. */
  readonly counts: (error: unknown) => boolean;
  readonly onListenerError: (error: unknown) => void;
}

/**
 * Closed → open after `failures` failures in a row → half-open, where one call decides and the others wait for it → closed or open.
 * The state is cockatiel's; the time is ours. Cockatiel compares `Date.now()` with the back-off's `duration` at each call, so a
 * back-off whose duration is "for ever" or "none at all" hands that decision to the injected clock and to `probe`.
 */
export class CircuitBreaker implements Disposable {
  readonly #options: CircuitBreakerOptions;
  readonly #policy: CircuitBreakerPolicy;
  readonly #changes: Emitter<BreakerState>;
  readonly #subscription: { dispose(): void };
  #openedAt: Millis = 0;
  #probing = false;
  #lastFailure: unknown;
  #announced: BreakerState = 'closed';

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
    this.#changes = new Emitter(options.onListenerError);
    const isDue = (): boolean => this.#isDue();
    const backoff = {
      get duration() {
        return isDue() ? -Infinity : Infinity;
      },
      next: () => backoff,
    };
    this.#policy = circuitBreaker(handleWhen(options.counts), {
      halfOpenAfter: backoff,
      breaker: new ConsecutiveBreaker(options.failures),
    });
    this.#subscription = this.#policy.onStateChange((state) => {
      if (state === CircuitState.Open) {
        this.#openedAt = options.clock.now();
        this.#probing = false;
      }
      this.#announce();
    });
  }

  get state(): BreakerState {
    if (this.#policy.state === CircuitState.Closed) return 'closed';
    if (this.#policy.state === CircuitState.HalfOpen) return 'half-open';
    return this.#isDue() ? 'half-open' : 'open';
  }

  /** What opened it, or failed last. */
  get lastFailure(): unknown {
    return this.#lastFailure;
  }

  /** Fires on every change of `state`; the passing of time is noticed at the next call. */
  onStateChange(listener: (state: BreakerState) => void): Disposable {
    return this.#changes.on(listener);
  }

  /** There is evidence that the other side is well: the next call may pass, however young the failure. */
  probe(): void {
    if (this.#policy.state !== CircuitState.Open || this.#probing) return;
    this.#probing = true;
    this.#announce();
  }

  /** @throws BreakerOpenError without calling, else what `call` throws. */
  async execute<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await this.#policy.execute(call);
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw this.openError();
      if (this.#options.counts(error)) this.#lastFailure = error;
      throw error;
    }
  }

  openError(): BreakerOpenError {
    const waited = this.#options.clock.now() - this.#openedAt;
    return new BreakerOpenError(Math.max(0, this.#options.halfOpenAfterMs() - waited), this.#lastFailure);
  }

  [Symbol.dispose](): void {
    this.#subscription.dispose();
    this.#changes[Symbol.dispose]();
  }

  #isDue(): boolean {
    return this.#probing || this.#options.clock.now() - this.#openedAt >= this.#options.halfOpenAfterMs();
  }

  #announce(): void {
    const state = this.state;
    if (state === this.#announced) return;
    this.#announced = state;
    this.#changes.fire(state);
  }
}
