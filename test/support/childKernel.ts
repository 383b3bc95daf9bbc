import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { RpcClient } from '../../src/base/rpc.ts';
import { kernelMethods, type KernelApi, type KernelBoot, type KernelEvent } from '../../src/contracts/kernelApi.ts';
import { KernelWatch, type KernelHandle } from './kernelWatch.ts';

/**
 * A moment at which a kernel kills its own process: `move:<status>` before the commit of that step, `moved:<status>` right after it,
 * `intent:<kind>` after an effect was allowed, `outcome:<kind>` before its outcome is recorded, `recorded:<kind>` after,
 * `verifying-part`, `verifying-whole` and `awaiting-approval-part` are the statuses of a selection.
 * `rename:<n>` before the n-th file is put in its place; each `delay` ms later if given.
 */
export interface Fuse {
  readonly at: string;
  readonly delay?: number;
  /** Instead of dying: another connection holds the store's write lock for so many ms, and the kernel waits no longer than a moment for it. */
  readonly lockMs?: number;
}

/** A kernel in a process of its own. */
export class ChildKernel implements KernelHandle {
  readonly api: KernelApi;
  readonly watch: KernelWatch;
  readonly exited: Promise<NodeJS.Signals | number | null>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, api: KernelApi, watch: KernelWatch) {
    this.#child = child;
    this.api = api;
    this.watch = watch;
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  }

  static async start(boot: KernelBoot, fuse?: Fuse): Promise<ChildKernel> {
    const script = fileURLToPath(new URL('kernelChild.ts', import.meta.url));
    const child = fork(script, [JSON.stringify({ boot, fuse })], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const watch = new KernelWatch();
    // The same protocol as a worker's, over another pipe.
    const port = {
      on: (event: string, listener: (...values: unknown[]) => void) => child.on(event, listener),
      postMessage: (value: unknown) => child.connected && child.send(value as object),
    } as unknown as Worker;
    const client = new RpcClient<KernelApi>(
      port,
      kernelMethods,
      (event) => watch.take(event as KernelEvent),
      () => undefined,
    );
    const kernel = new ChildKernel(child, client.api, watch);
    await once(child, 'message');
    return kernel;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Shuts down and lets go of the process; resolves with how it ended by itself. */
  async end(): Promise<NodeJS.Signals | number | null> {
    await this.api.shutdown();
    this.#child.disconnect();
    return this.exited;
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }
}
