import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as vscode from 'vscode';

export interface HostFigures {
  readonly activateMs: number;
  /** False when VS Code had activated the extension before it could be measured. */
  readonly cold: boolean;
  readonly maxDelayMs: number;
  readonly heapMb: number;
}

/** Runs inside the extension host: measures activation, then the event loop until the file `GONOGO_PROBE_STOP` appears. */
export async function run(): Promise<void> {
  const stop = process.env['GONOGO_PROBE_STOP'] ?? '';
  const report = process.env['GONOGO_PROBE_REPORT'] ?? '';
  const extension = vscode.extensions.getExtension('gonogo.gonogo');
  if (!extension) throw new Error('the extension is not there');
  const cold = !extension.isActive;
  const started = performance.now();
  await extension.activate();
  const activateMs = performance.now() - started;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  // What the start itself costs is in the figure before; from here on it is the mission's.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  delay.enable();
  while (!existsSync(stop)) await new Promise((resolve) => setTimeout(resolve, 50));
  delay.disable();
  const figures: HostFigures = { activateMs, cold, maxDelayMs: delay.max / 1e6, heapMb: process.memoryUsage().heapUsed / 1024 / 1024 };
  writeFileSync(`${report}.part`, JSON.stringify(figures));
  renameSync(`${report}.part`, report);
}
