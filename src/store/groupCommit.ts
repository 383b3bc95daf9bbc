import type Database from 'better-sqlite3';
import type { UnitOfWork } from '../contracts/unitOfWork.ts';

interface Work {
  run(): void;
  committed(): void;
  failed(error: unknown): void;
}

/**
 * Group commit: works that are waiting when a commit starts share it, each in a savepoint of its own.
 * One fsync then pays for all of them, and one that throws undoes only itself.
 */
export class GroupCommit implements UnitOfWork {
  readonly #db: Database.Database;
  #waiting: Work[] = [];
  #scheduled = false;
  #inside = false;
  #failure: unknown;

  constructor(db: Database.Database) {
    this.#db = db;
  }

  run<T>(work: () => T extends PromiseLike<unknown> ? never : T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let result: T;
      this.#waiting.push({ run: () => void (result = work()), committed: () => resolve(result), failed: reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => this.#flush());
    });
  }

  /** Why the last commit failed; `undefined` when it went well. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Throws unless a unit of work is running: a write that would not be part of one is a bug. */
  assertInside(): void {
    if (!this.#inside) throw new Error('this write must be made inside a unit of work');
  }

  #flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#scheduled = false;
    const done: Work[] = [];
    const broken: [Work, unknown][] = [];
    try {
      this.#db
        .transaction(() => {
          this.#inside = true;
          for (const work of batch) {
            try {
              this.#db.transaction(() => work.run())();
              done.push(work);
            } catch (error) {
              // An error that ended the whole transaction (disk full, I/O) ends the batch too.
              if (!this.#db.inTransaction) throw error;
              broken.push([work, error]);
            }
          }
        })
        .immediate();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
      for (const work of batch) work.failed(error);
      return;
    } finally {
      this.#inside = false;
    }
    for (const work of done) work.committed();
    for (const [work, error] of broken) work.failed(error);
  }
}
