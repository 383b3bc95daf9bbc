import { z } from 'zod';
import type { Pause } from '../contracts/queue.ts';
import type { Store } from '../store/store.ts';

const row = z.object({ by: z.string(), since: z.number() });

/** Whether a person keeps every waiting mission from starting. Shared by all windows; writes MUST be inside a unit of work. */
export class SqliteQueuePause {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get(): Pause | undefined {
    const found = this.#store.db.prepare('SELECT paused_by AS by, since FROM queue_pause').get();
    return found === undefined ? undefined : row.parse(found);
  }

  /** Pausing twice keeps the first. */
  pause({ by, since }: Pause): void {
    this.#store.unitOfWork.assertInside();
    this.#store.db.prepare('INSERT OR IGNORE INTO queue_pause (one, paused_by, since) VALUES (1, ?, ?)').run(by, since);
  }

  continue(): void {
    this.#store.unitOfWork.assertInside();
    this.#store.db.prepare('DELETE FROM queue_pause').run();
  }
}
