import { zeroUsd } from '../base/money.ts';
import type { KernelSettings } from '../contracts/kernelApi.ts';

/** Until the host has sent the settings nothing may run and nothing may be spent. */
const untilConfigured: KernelSettings = {
  maxMissions: 1,
  agents: { preferred: 'builtin', programs: {}, ask: false },
  spawnDelayMs: 0,
  agentStartMs: 10_000,
  budget: { mission: zeroUsd, day: zeroUsd, month: zeroUsd, alertAt: 1 },
  approvalExpiresMs: 15 * 60_000,
  demo: false,
  upstream: undefined,
  persist: true,
  useWorktrees: true,
  templatesPath: '.gonogo/templates',
  logLevel: 'info',
  trusted: false,
};

/** The settings the host sent last. */
export class CurrentSettings {
  #configured: KernelSettings | undefined;
  #taking: Promise<void> = Promise.resolve();

  get value(): KernelSettings {
    return this.#configured ?? untilConfigured;
  }

  /** `undefined` where nobody has sent any: a terminal only reads. */
  get configured(): KernelSettings | undefined {
    return this.#configured;
  }

  /** Takes settings over once `prepare` is done with them; sets that come quickly one after the other never overtake each other. */
  take(next: KernelSettings, prepare: (next: KernelSettings) => Promise<void>): Promise<void> {
    const taking = this.#taking.then(async () => {
      await prepare(next);
      this.#configured = next;
    });
    this.#taking = taking.catch(() => undefined);
    return taking;
  }
}
