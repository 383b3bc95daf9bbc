/** The content is so tangled, or so much, that looking at it would take too long. */
export class WorkExhausted extends Error {
  override readonly name = 'WorkExhausted';
}

/** A little less than ordinary content takes. */
const unitsPerMs = 100;

/** Of this thread, so that a busy machine makes no difference. Node before 23.9 cannot tell, and wall time has to do. */
function cpuMs(): number {
  if (typeof process.threadCpuUsage !== 'function') return performance.now();
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/**
 * Counts the work on content that a hostile agent may have written, so that none keeps the kernel busy for long. One unit is a hundred
 * steps of the parser, or one node looked at. The parser's steps are not all alike: slow ones are charged by the time they took.
 */
export class WorkMeter {
  readonly #limit: number;
  readonly #now: () => number;
  #done = 0;
  #last: number;

  /** @param now milliseconds this thread has worked */
  constructor(limit: number, now: () => number = cpuMs) {
    this.#limit = limit;
    this.#now = now;
    this.#last = now();
  }

  get done(): number {
    return this.#done;
  }

  /** @throws WorkExhausted when the limit is reached */
  spend(units = 1): void {
    this.#done += units;
    if (this.#done > this.#limit) throw new WorkExhausted('the work allowed for this content is used up');
  }

  /** A hundred steps of the parser were taken. False when it has to stop. */
  tick(): boolean {
    const now = this.#now();
    this.#done += Math.max(1, (now - this.#last) * unitsPerMs);
    this.#last = now;
    return this.#done <= this.#limit;
  }
}
