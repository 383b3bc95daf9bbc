import type { Clock, Millis } from '../base/clock.ts';
import type { BreakerState, CircuitBreaker } from '../resilience/circuitBreaker.ts';

/** While the breaker is open the source is asked this often, and after a failed probe a read counts as evidence no sooner. */
const ASK_EVERY_MS: Millis = 10_000;

export interface RecoveryWatchDeps {
  readonly breaker: CircuitBreaker;
  readonly clock: Clock;
  /** Reads something; an answer ends in `sawRead`. */
  readonly ask: () => void;
}

/**
 * Lets the breaker try again as soon as the source shows that it is well, so that recovery does not wait for the breaker's own time.
 *
 * A change event and a late write that landed are proof, and always count. A read is weaker: settings can often be read while they cannot
 * be written. So the first read after the breaker opened counts at once, but when the probe it allowed fails, reads count again only
 * after a pause; otherwise every read would send one more write into a sick source, and the breaker would protect nothing.
 */
export class RecoveryWatch implements Disposable {
  readonly #deps: RecoveryWatchDeps;
  readonly #subscription: Disposable;
  #timer: Disposable | undefined;
  #previous: BreakerState = 'closed';
  #readsCountFrom: Millis = -Infinity;

  constructor(deps: RecoveryWatchDeps) {
    this.#deps = deps;
    this.#subscription = deps.breaker.onStateChange((state) => this.#changed(state));
  }

  sawRead(): void {
    if (this.#deps.clock.now() >= this.#readsCountFrom) this.#deps.breaker.probe();
  }

  sawProof(): void {
    this.#deps.breaker.probe();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#subscription[Symbol.dispose]();
  }

  #changed(state: BreakerState): void {
    const { clock } = this.#deps;
    if (state === 'open' && this.#previous === 'half-open') this.#readsCountFrom = clock.now() + ASK_EVERY_MS;
    if (state === 'closed') this.#readsCountFrom = -Infinity;
    this.#previous = state;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (state === 'open') this.#askLater();
  }

  #askLater(): void {
    const { clock, ask, breaker } = this.#deps;
    this.#timer = clock.after(ASK_EVERY_MS, () => {
      ask();
      if (breaker.state === 'open') this.#askLater();
    });
  }
}
