import type Database from 'better-sqlite3';
import { messageOf, systemCode } from '../base/errors.ts';
import { StoreUnavailable, type UnitOfWork } from '../contracts/unitOfWork.ts';

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
  #failures = 0;

  readonly #savepoint: (work: Work) => void;
  readonly #commit: (batch: readonly Work[], done: Work[], broken: [Work, unknown][]) => void;

  constructor(db: Database.Database) {
    this.#db = db;
    // Made once: what better-sqlite3 wraps around a transaction costs more than a small one itself.
    this.#savepoint = db.transaction((work: Work) => work.run());
    const commit = db.transaction((batch: readonly Work[], done: Work[], broken: [Work, unknown][]) => this.#runAll(batch, done, broken));
    this.#commit = (...args) => commit.immediate(...args);
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

  /** Why the last commit that had something to write failed; `undefined` when it went well. */
  get failure(): unknown {
    return this.#failure;
  }

  /** How many commits have failed so far. */
  get failures(): number {
    return this.#failures;
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
      const before = this.#failure === undefined ? undefined : this.#written();
      this.#commit(batch, done, broken);
      // A commit without a write proves nothing about the disk.
      if (before === undefined || this.#written() !== before) this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
      this.#failures += 1;
      const refusal = new StoreUnavailable(
        `the change could not be written (${messageOf(error)}); free space or mend the disk and try again`,
        {
          cause: error,
        },
      );
      for (const work of batch) work.failed(refusal);
      return;
    } finally {
      this.#inside = false;
    }
    for (const work of done) work.committed();
    for (const [work, error] of broken) work.failed(error);
  }

  #runAll(batch: readonly Work[], done: Work[], broken: [Work, unknown][]): void {
    this.#inside = true;
    for (const work of batch) {
      try {
        this.#savepoint(work);
        done.push(work);
      } catch (error) {
        // Trouble with the file (full, I/O, locked) ends the batch, whether or not SQLite has ended the transaction.
        if (!this.#db.inTransaction || isStoreTrouble(error)) throw error;
        broken.push([work, error]);
      }
    }
  }

  #written(): unknown {
    return this.#db.prepare('SELECT total_changes()').pluck().get();
  }
}

function isStoreTrouble(error: unknown): boolean {
  return /^SQLITE_(FULL|IOERR|BUSY|READONLY|CANTOPEN|CORRUPT|NOTADB|NOMEM)/.test(systemCode(error) ?? '');
}
