import type { MicroUsd } from '../base/money.ts';
import type { ModelPrice, TokenUsage } from '../contracts/models.ts';
import type { CompletionPart } from './completionParts.ts';
import { costOf } from './cost.ts';
import { tokensOfBytes } from './tokens.ts';

/**
 * What one call has used so far. Nothing, until there is evidence that the model worked: a piece of an answer, or an agent that left
 * after its request had gone out. From then on the estimated input and the counted output, and the reported usage once there is one.
 * Of a call that was broken off before a piece came nobody knows what it used: it cost what was reserved for it.
 */
export class Spending {
  readonly #inputTokens: number;
  readonly #price: ModelPrice;
  readonly #reserved: MicroUsd;
  #began = false;
  #brokenOff = false;
  #complete = false;
  #bytes = 0;
  #reported: { readonly inputTokens: number; readonly outputTokens: number } | undefined;

  constructor(inputTokens: number, price: ModelPrice, reserved: MicroUsd) {
    this.#inputTokens = inputTokens;
    this.#price = price;
    this.#reserved = reserved;
  }

  /** The call was broken off after its request had gone out. */
  breakOff(): void {
    this.#brokenOff = true;
  }

  count(part: Extract<CompletionPart, { kind: 'completion' }>): void {
    this.#began = true;
    this.#bytes += part.outputBytes;
    this.#reported = part.usage ?? this.#reported;
  }

  /** The answer ended as it should: the usage reported last is the whole of it. */
  complete(): void {
    this.#complete = true;
  }

  /** Whether what was counted costs more than what was reserved. */
  get overrun(): boolean {
    return this.#began && costOf(this.#counted, this.#price) > this.#reserved;
  }

  get usage(): TokenUsage | undefined {
    if (!this.#began) return undefined;
    const counted = this.#counted;
    if (this.#reported === undefined) return { ...counted, estimated: true };
    // Some providers report as they go: what was reported before a cut is less than what came after it.
    if (!this.#complete && counted.outputTokens > this.#reported.outputTokens) {
      return { inputTokens: this.#reported.inputTokens, outputTokens: counted.outputTokens, estimated: true };
    }
    return { ...this.#reported, estimated: false };
  }

  get cost(): MicroUsd | undefined {
    if (this.usage !== undefined) return costOf(this.usage, this.#price);
    return this.#brokenOff ? this.#reserved : undefined;
  }

  get #counted(): { inputTokens: number; outputTokens: number } {
    return { inputTokens: this.#inputTokens, outputTokens: tokensOfBytes(this.#bytes) };
  }
}
