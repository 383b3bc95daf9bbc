import { messageOf } from '../base/errors.ts';
import type { KernelEvent, KernelSnapshot } from '../contracts/kernelApi.ts';
import type { Logger } from '../contracts/logger.ts';

/** Sends the whole state after changes: once for all that come together, never two at a time, and nothing after it was disposed of. */
export class SnapshotFeed implements Disposable {
  readonly #snapshot: () => Promise<KernelSnapshot>;
  readonly #onEvent: (event: KernelEvent) => void;
  readonly #logger: Logger;
  #changed = false;
  #sending = false;
  #disposed = false;

  constructor(snapshot: () => Promise<KernelSnapshot>, onEvent: (event: KernelEvent) => void, logger: Logger) {
    this.#snapshot = snapshot;
    this.#onEvent = onEvent;
    this.#logger = logger;
  }

  changed(): void {
    this.#changed = true;
    if (this.#sending) return;
    this.#sending = true;
    setImmediate(() => void this.#send());
  }

  async #send(): Promise<void> {
    while (this.#changed && !this.#disposed) {
      this.#changed = false;
      await this.#sendOne();
    }
    this.#sending = false;
  }

  async #sendOne(): Promise<void> {
    let tell: () => void;
    try {
      const snapshot = await this.#snapshot();
      tell = () => this.#onEvent({ kind: 'snapshot', snapshot });
    } catch (error) {
      tell = () => this.#logger.log('error', 'the state could not be read', { error: messageOf(error) });
    }
    if (!this.#disposed) tell();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
  }
}
