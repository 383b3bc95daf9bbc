import { CodedError } from '../base/errors.ts';
import type { Permit } from '../contracts/permit.ts';
import type { Sandbox, SandboxHealth, SandboxResult } from '../contracts/sandbox.ts';

/** Stands where nothing can hold a command, and runs none. */
export class NoSandbox implements Sandbox {
  readonly #reason: string;

  /** @param reason one sentence for a person: why, and the next step. */
  constructor(reason: string) {
    this.#reason = reason;
  }

  health(): Promise<SandboxHealth> {
    return Promise.resolve({ available: false, reason: this.#reason });
  }

  async run(permit: Permit): Promise<SandboxResult> {
    await this.health();
    permit.redeem('shell.exec');
    throw new CodedError('sandbox-unavailable', this.#reason);
  }
}
