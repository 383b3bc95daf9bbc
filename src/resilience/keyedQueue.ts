import { CodedError } from '../base/errors.ts';

export class QueueFullError extends CodedError<'queue-full'> {}

type Release = () => void;

interface Lane {
  readonly waiting: Set<(release: Release) => void>;
}

/**
 * One holder per key at a time, the others in order of arrival, and no more of them than `capacity` per key.
 * A holder keeps its key until it calls the release it was given, exactly once counts.
 */
export class KeyedQueue<K> {
  readonly #capacity: number;
  readonly #lanes = new Map<K, Lane>();
  readonly #idle = new Set<() => void>();
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Holders and waiters of all keys. */
  get size(): number {
    return this.#size;
  }

  /** Holders and waiters of the fullest key, as a share of what it may hold. */
  get load(): number {
    const longest = Math.max(0, ...[...this.#lanes.values()].map((lane) => lane.waiting.size + 1));
    return longest / this.#capacity;
  }

  /**
   * Resolves with the release once it is this caller's turn.
   *
   * @throws QueueFullError at once when the key is full; the signal's reason when it is aborted while waiting, and the place is free again.
   */
  async acquire(key: K, signal: AbortSignal): Promise<Release> {
    signal.throwIfAborted();
    const lane = this.#lanes.get(key);
    if (lane === undefined) {
      const fresh: Lane = { waiting: new Set() };
      this.#lanes.set(key, fresh);
      this.#size += 1;
      return this.#releaseOf(key, fresh);
    }
    if (lane.waiting.size + 1 >= this.#capacity) {
      throw new QueueFullError(
        'queue-full',
        `\`${String(key)}\` already has ${this.#capacity} callers waiting; try again when they are done`,
      );
    }
    this.#size += 1;
    return new Promise((resolve, reject) => {
      const turn = (release: Release): void => {
        signal.removeEventListener('abort', onAbort);
        resolve(release);
      };
      const onAbort = (): void => {
        lane.waiting.delete(turn);
        this.#left();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      lane.waiting.add(turn);
    });
  }

  /** Resolves once nobody holds or waits for any key. */
  idle(): Promise<void> {
    if (this.#size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.add(resolve));
  }

  #releaseOf(key: K, lane: Lane): Release {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const [next] = lane.waiting;
      if (next === undefined) this.#lanes.delete(key);
      else {
        lane.waiting.delete(next);
        next(this.#releaseOf(key, lane));
      }
      this.#left();
    };
  }

  #left(): void {
    this.#size -= 1;
    if (this.#size > 0) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }
}
