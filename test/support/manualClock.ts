import type { Clock, Millis } from '../../src/base/clock.ts';

interface Timer {
  readonly at: Millis;
  readonly task: () => void;
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>();
  #now: Millis;

  constructor(now: Millis = 1_000_000) {
    this.#now = now;
  }

  /** Timers that have neither run nor been disposed of. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): Millis {
    return this.#now;
  }

  after(delay: Millis, task: () => void): Disposable {
    const timer: Timer = { at: this.#now + delay, task };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }

  /** Runs what is due in order, each with everything that follows from it, and ends `ms` later. */
  async advance(ms: Millis): Promise<void> {
    const target = this.#now + ms;
    await settle();
    for (let next = this.#next(target); next !== undefined; next = this.#next(target)) {
      this.#run(next);
      await settle();
    }
    this.#now = target;
    await settle();
  }

  /** Moves from timer to timer until `work` has settled, and answers like it. Fails when nothing is left that could settle it. */
  async runUntil<T>(work: Promise<T>): Promise<T> {
    const state: { value: 'waiting' | 'settled' } = { value: 'waiting' };
    const done = (): void => {
      state.value = 'settled';
    };
    work.then(done, done);
    await settle();
    while (state.value === 'waiting') {
      const next = this.#next(Infinity);
      if (next === undefined) throw new Error('the work waits for something that no timer will bring');
      this.#run(next);
      await settle();
    }
    return work;
  }

  #next(until: Millis): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (timer.at <= until && (next === undefined || timer.at < next.at)) next = timer;
    return next;
  }

  #run(timer: Timer): void {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.task();
  }
}

/** Lets everything run that waits for no timer. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
