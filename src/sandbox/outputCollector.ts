/** Keeps the first bytes of a stream and counts the rest. */
export class OutputCollector {
  readonly #limit: number;
  readonly #kept: Buffer[] = [];
  #keptBytes = 0;
  #bytes = 0;
  #note = '';

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** All that came, kept or not. */
  get bytes(): number {
    return this.#bytes;
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    // Copied, so that a few bytes do not hold the whole chunk they came in.
    const part = Buffer.from(chunk.subarray(0, this.#limit - this.#keptBytes));
    if (part.length === 0) return;
    this.#kept.push(part);
    this.#keptBytes += part.length;
  }

  /** Adds words of our own after the output, beyond the limit if need be. */
  note(text: string): void {
    this.#note += text;
  }

  text(): string {
    return Buffer.concat(this.#kept).toString('utf8') + this.#note;
  }
}
