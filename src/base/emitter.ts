/** A typed event. Listeners run synchronously in order of registration; one that throws does not keep the others from running. */
export class Emitter<T> implements Disposable {
  readonly #listeners = new Set<(value: T) => void>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get size(): number {
    return this.#listeners.size;
  }

  on(listener: (value: T) => void): Disposable {
    // A wrapper of its own, so that the same function registered twice is released twice.
    const entry = (value: T): void => listener(value);
    this.#listeners.add(entry);
    return { [Symbol.dispose]: () => void this.#listeners.delete(entry) };
  }

  fire(value: T): void {
    for (const listener of [...this.#listeners]) {
      // One that an earlier listener has released hears nothing more.
      if (!this.#listeners.has(listener)) continue;
      try {
        listener(value);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  [Symbol.dispose](): void {
    this.#listeners.clear();
  }
}
