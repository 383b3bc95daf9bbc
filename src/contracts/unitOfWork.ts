import { CodedError } from '../base/errors.ts';

/** The store did not take a change: nothing of it is written, and trying again later is right. */
export class StoreUnavailable extends CodedError<'store-unavailable'> {
  constructor(message: string, options?: { cause?: unknown }) {
    super('store-unavailable', message, options);
  }
}

/**
 * One durable, all-or-nothing change. Works that arrive together share one commit.
 */
export interface UnitOfWork {
  /**
   * Runs `work` with every store write inside it. Resolves once it is durable; when `work` throws, only its own writes are
   * undone and the promise rejects with that error; when the commit fails, every work in it rejects with `StoreUnavailable`.
   * `work` MUST be synchronous and MUST NOT have effects outside the store.
   */
  run<T>(work: () => T extends PromiseLike<unknown> ? never : T): Promise<T>;
}
