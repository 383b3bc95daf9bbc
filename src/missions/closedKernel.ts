import { CodedError } from '../base/errors.ts';
import type { KernelApi, KernelErrorCode, KernelSnapshot } from '../contracts/kernelApi.ts';

/**
 * The kernel without a store. Nothing can be recorded, so nothing is allowed; it says why and keeps answering.
 */
export class ClosedKernel implements KernelApi {
  readonly #reason: string;

  constructor(reason: string) {
    this.#reason = reason;
  }

  snapshot(): Promise<KernelSnapshot> {
    const items = [{ name: 'Store', level: 'unhealthy', message: this.#reason }] as const;
    return Promise.resolve({ missions: [], approvals: [], meters: [], switches: [], health: { level: 'unhealthy', items } });
  }

  configure = (): Promise<void> => Promise.resolve();
  setModelKey = (): Promise<void> => Promise.resolve();
  shutdown = (): Promise<void> => Promise.resolve();
  agents = (): Promise<never> => this.#closed();
  presets = (): Promise<never> => this.#closed();
  preFlight = (): Promise<never> => this.#closed();
  launch = (): Promise<never> => this.#closed();
  cancel = (): Promise<never> => this.#closed();
  reopen = (): Promise<never> => this.#closed();
  rollBack = (): Promise<never> => this.#closed();
  changeQueue = (): Promise<never> => this.#closed();
  applyAgain = (): Promise<never> => this.#closed();
  standing = (): Promise<never> => this.#closed();
  merged = (): Promise<never> => this.#closed();
  review = (): Promise<never> => this.#closed();
  decide = (): Promise<never> => this.#closed();
  narrow = (): Promise<never> => this.#closed();
  refused = (): Promise<never> => this.#closed();
  blob = (): Promise<never> => this.#closed();
  ledger = (): Promise<never> => this.#closed();
  stopEverything = (): Promise<never> => this.#closed();
  liftSwitch = (): Promise<never> => this.#closed();
  testModel = (): Promise<never> => this.#closed();

  #closed(): Promise<never> {
    return Promise.reject(new CodedError<KernelErrorCode>('store-unavailable', this.#reason));
  }
}
