import type { Clock, Millis } from '../base/clock.ts';
import type { SandboxLimits } from '../contracts/sandbox.ts';
import { treeUsage } from './processTree.ts';
import type { ProcessRef, TreeUsage } from './processTree.ts';

const sampleMs: Millis = 200;
const MiB = 1024 * 1024;

/** Looks at a process tree now and then, and says once in words which limit it broke. */
export function limitsWatch(root: ProcessRef, limits: SandboxLimits, clock: Clock, onExceeded: (reason: string) => void): Disposable {
  let disposed = false;
  let timer: Disposable | undefined;
  const sample = async (): Promise<void> => {
    const reason = await treeUsage(root).then(
      (usage) => exceeded(usage, limits),
      () => 'its processes could not be watched',
    );
    if (disposed) return;
    if (reason === undefined) schedule();
    else onExceeded(reason);
  };
  const schedule = (): void => {
    timer = clock.after(sampleMs, () => void sample());
  };
  schedule();
  return {
    [Symbol.dispose]: () => {
      disposed = true;
      timer?.[Symbol.dispose]();
    },
  };
}

export function exceeded(usage: TreeUsage, limits: SandboxLimits): string | undefined {
  // The sandbox's first process is bubblewrap's own.
  if (usage.processes - 1 > limits.processes) return `it ran more than ${limits.processes} processes`;
  if (usage.memoryBytes > limits.memoryBytes) return `it used more than ${Math.floor(limits.memoryBytes / MiB)} MB of memory`;
  return undefined;
}
