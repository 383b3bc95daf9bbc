/** The content is so tangled, or so much, that looking at it would take too long. */
export class WorkExhausted extends Error {
  override readonly name = 'WorkExhausted';
}

/** What an ordinary machine does with ordinary content in a millisecond, and a busy one still does. */
const unitsPerMs = 10;

/**
 * Counts the work on content that a hostile agent may have written, so that none keeps the kernel busy for long. One unit is a hundred
 * steps of the parser, or one node looked at. The parser's steps are not all alike: slow ones are charged by the time they took.
 */
export class WorkMeter {
  readonly #limit: number;
  readonly #now: () => number;
  #done = 0;
  #last: number;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(limit: number, now: () => number = () => performance.now()) {
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
