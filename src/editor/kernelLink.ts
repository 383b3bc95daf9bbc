import { Worker } from 'node:worker_threads';
import { messageOf, type CodedError } from '../base/errors.ts';
import { Emitter } from '../base/emitter.ts';
import { RpcClient } from '../base/rpc.ts';
import type { BudgetAlert } from '../contracts/queue.ts';
import { kernelMethods, type KernelApi, type KernelBoot, type KernelEvent, type KernelSnapshot } from '../contracts/kernelApi.ts';
import type { Logger } from '../contracts/logger.ts';

const item = { name: 'Kernel', level: 'degraded', message: 'GoNoGo is starting. Until then nothing is allowed.' } as const;
const starting: KernelSnapshot = { missions: [], approvals: [], meters: [], switches: [], health: { level: item.level, items: [item] } };

/** The kernel worker of this window: its calls, its last snapshot, and its death if it dies. */
export class KernelLink implements Disposable {
  readonly api: KernelApi;
  readonly #worker: Worker;
  readonly #logger: Logger;
  readonly #changes: Emitter<KernelSnapshot>;
  readonly #alerts: Emitter<readonly BudgetAlert[]>;
  #snapshot: KernelSnapshot = starting;
  #closing = false;

  constructor(script: string, boot: KernelBoot, logger: Logger) {
    const onError = (error: unknown): void => logger.log('error', 'a view could not follow the kernel', { error: String(error) });
    this.#changes = new Emitter(onError);
    this.#alerts = new Emitter(onError);
    this.#logger = logger;
    this.#worker = new Worker(script, { workerData: boot, stderr: false });
    const client = new RpcClient<KernelApi>(
      this.#worker,
      kernelMethods,
      (event) => this.#receive(event as KernelEvent),
      (death) => this.#died(death),
    );
    this.api = client.api;
  }

  get snapshot(): KernelSnapshot {
    return this.#snapshot;
  }

  onDidChangeSnapshot(listener: (snapshot: KernelSnapshot) => void): Disposable {
    return this.#changes.on(listener);
  }

  onBudgetAlert(listener: (alerts: readonly BudgetAlert[]) => void): Disposable {
    return this.#alerts.on(listener);
  }

  /** Asks once, for the first picture. */
  async refresh(): Promise<void> {
    this.#take(await this.api.snapshot());
  }

  /** Lets running missions come to rest in the store, then ends the worker. */
  async close(): Promise<void> {
    this.#closing = true;
    // A kernel that has died has nothing left to bring to rest.
    await this.api
      .shutdown()
      .catch((error: unknown) => this.#logger.log('warn', 'the kernel did not come to rest', { error: messageOf(error) }));
    await this.#worker.terminate();
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#changes[Symbol.dispose]();
    this.#alerts[Symbol.dispose]();
  }

  #receive(event: KernelEvent): void {
    if (event.kind === 'log') this.#logger.log(event.level, event.message, event.fields);
    else if (event.kind === 'budget-alert') this.#alerts.fire(event.alerts);
    else this.#take(event.snapshot);
  }

  #take(snapshot: KernelSnapshot): void {
    this.#snapshot = snapshot;
    this.#changes.fire(snapshot);
  }

  #died(death: CodedError): void {
    if (this.#closing) return;
    this.#logger.log('error', 'the kernel has stopped', { error: death.message });
    const items = [{ name: 'Kernel', level: 'unhealthy', message: `${death.message}. Until then nothing is allowed.` }] as const;
    this.#take({ ...this.#snapshot, health: { level: 'unhealthy', items } });
  }
}
