/** Milliseconds since the Unix epoch. */
export type Millis = number;

/** The only source of time. Pure code receives a number; code that waits receives the clock. */
export interface Clock {
  now(): Millis;
  /** Runs `task` once after `delay` ms unless the returned disposable is disposed first. Never keeps the process alive. */
  after(delay: Millis, task: () => void): Disposable;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delay, task) {
    const timer = setTimeout(task, delay);
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
