/** The content is so tangled, or so much, that looking at it would take too long. */
export class WorkExhausted extends Error {
  override readonly name = 'WorkExhausted';
}

/**
 * Counts the work on content that a hostile agent may have written, so that none keeps the kernel busy for long. One unit is a hundred
 * steps of the parser, or one node looked at.
 */
export class WorkMeter {
  readonly #limit: number;
  #done = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get done(): number {
    return this.#done;
  }

  get left(): number {
    return Math.max(0, this.#limit - this.#done);
  }

  /** @throws WorkExhausted when the limit is reached */
  spend(units = 1): void {
    if (!this.trySpend(units)) throw new WorkExhausted('the work allowed for this content is used up');
  }

  /** False when the limit is reached. */
  trySpend(units = 1): boolean {
    this.#done += units;
    return this.#done <= this.#limit;
  }
}
