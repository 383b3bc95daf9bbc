import type { Clock, Millis } from '../base/clock.ts';
import type { Store } from './store.ts';

/** Calls `onForeignWrite` soon after another connection, of this or another process, has written to the store. */
export class StoreWatch implements Disposable {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #every: Millis;
  readonly #onForeignWrite: () => void;
  readonly #onError: (error: unknown) => void;
  #timer: Disposable | undefined;
  #version: number;
  #disposed = false;

  constructor(store: Store, clock: Clock, every: Millis, onForeignWrite: () => void, onError: (error: unknown) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#every = every;
    this.#onForeignWrite = onForeignWrite;
    this.#onError = onError;
    this.#version = store.dataVersion();
    this.#wait();
  }

  #wait(): void {
    if (this.#disposed) return;
    this.#timer = this.#clock.after(this.#every, () => {
      try {
        const version = this.#store.dataVersion();
        if (version !== this.#version) {
          this.#version = version;
          this.#onForeignWrite();
        }
      } catch (error) {
        this.#onError(error);
      }
      this.#wait();
    });
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#timer?.[Symbol.dispose]();
  }
}
