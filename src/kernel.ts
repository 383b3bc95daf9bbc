import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { serveRpc } from './base/rpc.ts';
import { kernelMethods, type KernelApi, type KernelBoot, type KernelEvent } from './contracts/kernelApi.ts';
import { composeKernel } from './kernel/compose.ts';

// The worker's entry. The composition is in a module of its own, so that tests can start a kernel in their own process.
if (!isMainThread && parentPort) {
  const port = parentPort;
  const queue: KernelEvent[] = [];
  let emit = (event: KernelEvent): void => void queue.push(event);
  const api = await composeKernel(workerData as KernelBoot, (event) => emit(event));
  const server = serveRpc<KernelApi>(port, api, kernelMethods);
  emit = (event) => server.emit(event);
  for (const event of queue) emit(event);
}
