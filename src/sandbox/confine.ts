import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock, Millis } from '../base/clock.ts';
import { DisposableStore } from '../base/disposables.ts';
import { CodedError } from '../base/errors.ts';
import type { Confinement } from './bubblewrapArgs.ts';
import { startBubblewrap } from './bubblewrapChild.ts';
import { parseStatus } from './bubblewrapStatus.ts';
import { limitsWatch } from './limitsWatch.ts';
import { OutputCollector } from './outputCollector.ts';
import { findProcess, isAlive } from './processTree.ts';
import type { ProcessRef } from './processTree.ts';

const messageBytes = 4_096;
const endPollMs: Millis = 5;
const endWaitMs: Millis = 10_000;

export type ConfinedEnd =
  | { readonly kind: 'exited'; readonly exitCode: number; readonly output: OutputCollector }
  | { readonly kind: 'killed'; readonly why: 'time' | 'cancelled' | 'limit'; readonly output: OutputCollector }
  /** The command never ran. */
  | { readonly kind: 'not-started'; readonly failure: string };

type Killed = Extract<ConfinedEnd, { kind: 'killed' }>['why'];

/** Runs one command under bubblewrap and comes back when every process of it has ended. */
export async function confine(bwrapPath: string, plan: Confinement, clock: Clock, signal: AbortSignal): Promise<ConfinedEnd> {
  const output = new OutputCollector(plan.limits.outputBytes);
  const isCancelled = (): boolean => signal.aborted;
  if (isCancelled()) return { kind: 'killed', why: 'cancelled', output };
  const child = await startBubblewrap(bwrapPath, plan);
  const ended = once(child.process, 'close');
  using releases = new DisposableStore();

  let killed: Killed | undefined;
  const kill = (why: Killed): void => {
    killed ??= why;
    // With `--die-with-parent` and a process namespace, the end of bubblewrap is the end of everything inside.
    child.process.kill('SIGKILL');
  };
  const onAbort = (): void => kill('cancelled');
  signal.addEventListener('abort', onAbort, { once: true });
  releases.defer(() => signal.removeEventListener('abort', onAbort));
  // It may have been cancelled while bubblewrap started.
  if (isCancelled()) onAbort();
  releases.add(clock.after(plan.limits.wallMs, () => kill('time')));

  const onExceeded = (reason: string): void => {
    output.note(`\nGoNoGo stopped this command: ${reason}.\n`);
    kill('limit');
  };
  const errors = new OutputCollector(messageBytes);
  const status = new OutputCollector(messageBytes);
  let first: Promise<ProcessRef | undefined> | undefined;
  child.output.on('data', (chunk: Buffer) => output.add(chunk));
  child.errors.on('data', (chunk: Buffer) => errors.add(chunk));
  child.status.on('data', (chunk: Buffer) => {
    status.add(chunk);
    const { childPid } = parseStatus(status.text());
    if (first !== undefined || childPid === undefined) return;
    first = findProcess(childPid, child.process.pid);
    void first.then((root) => {
      if (root !== undefined) releases.add(limitsWatch(root, plan.limits, clock, onExceeded));
    });
  });

  await ended;
  const root = await first;
  if (root !== undefined) await untilGone(root, clock);
  if (killed !== undefined) return { kind: 'killed', why: killed, output };
  const { exitCode } = parseStatus(status.text());
  if (exitCode !== undefined) return { kind: 'exited', exitCode, output };
  return { kind: 'not-started', failure: errors.text().trim() || 'bubblewrap ended without a word' };
}

/** The kernel kills what is left once bubblewrap has gone; this waits until it has. */
async function untilGone(root: ProcessRef, clock: Clock): Promise<void> {
  const deadline = clock.now() + endWaitMs;
  while (await isAlive(root)) {
    if (clock.now() > deadline)
      throw new CodedError('sandbox-unavailable', `process \`${root.pid}\` of the command does not end; end it yourself, then try again`);
    await pause(endPollMs);
  }
}
