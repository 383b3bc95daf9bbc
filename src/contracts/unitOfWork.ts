/**
 * One durable, all-or-nothing change. Works that arrive together share one commit.
 */
export interface UnitOfWork {
  /**
   * Runs `work` with every store write inside it. Resolves once it is durable; when `work` throws, only its own writes are
   * undone and the promise rejects with that error; when the commit fails, every work in it rejects.
   * `work` MUST be synchronous and MUST NOT have effects outside the store.
   */
  run<T>(work: () => T extends PromiseLike<unknown> ? never : T): Promise<T>;
}
