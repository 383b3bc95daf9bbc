import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { serveRpc } from '../../src/base/rpc.ts';
import { kernelMethods, type KernelApi, type KernelBoot, type KernelEvent } from '../../src/contracts/kernelApi.ts';
import type { MissionState } from '../../src/contracts/mission.ts';
import type { Fuse } from './childKernel.ts';

// The process of a `ChildKernel`: a real kernel, and a fuse that ends it without a word.
const { boot, fuse } = JSON.parse(process.argv[2] ?? '') as { boot: KernelBoot; fuse?: Fuse };

let burnt = false;

function burn(name: string): void {
  if (name !== fuse?.at || burnt) return;
  burnt = true;
  const act = (): void => {
    if (fuse.lockMs === undefined) process.kill(process.pid, 'SIGKILL');
    else lock(fuse.lockMs);
  };
  if (fuse.delay === undefined) act();
  else setTimeout(act, fuse.delay);
}

function lock(ms: number): void {
  const db = new Database(join(boot.home, 'gonogo.db'));
  db.exec('BEGIN IMMEDIATE');
  setTimeout(() => db.close(), ms);
}

/** Calls `before` and then, when the commit it is part of is through, `after`. */
function tap<T extends object>(
  prototype: T,
  method: keyof T & string,
  before: (...args: unknown[]) => string,
  after: (...args: unknown[]) => string,
): void {
  const original = prototype[method] as (...args: unknown[]) => unknown;
  Object.defineProperty(prototype, method, {
    value(this: T, ...args: unknown[]): unknown {
      burn(before(...args));
      const result = original.apply(this, args);
      const name = after(...args);
      // A commit is synchronous: what is queued within it runs when it is through, before anybody who waits for it.
      queueMicrotask(() => burn(name));
      return result;
    },
  });
}

if (fuse?.lockMs !== undefined) {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is given its own `this` below
  const { pragma } = Database.prototype;
  // The first thing every connection says; ten seconds of patience for each write would make the test a long one.
  Database.prototype.pragma = function (this: Database.Database, ...args: Parameters<typeof pragma>): unknown {
    if (args[0] === 'foreign_keys = ON') pragma.call(this, 'busy_timeout = 200');
    return pragma.apply(this, args);
  };
}

if (fuse) {
  const { SqliteMissions } = await import('../../src/missions/sqliteMissions.ts');
  const { SqliteIntents } = await import('../../src/gate/sqliteIntents.ts');
  const kinds = new Map<unknown, string>();
  const status = (moved: unknown): string => {
    const state = moved as MissionState;
    if (state.status === 'verifying' && state.task) return `verifying-${state.task.kind}`;
    return state.status === 'awaiting-approval' && state.candidate.narrowedFrom ? 'awaiting-approval-part' : state.status;
  };
  tap(
    SqliteMissions.prototype,
    'move',
    (_id, _from, to) => `move:${status(to)}`,
    (_id, _from, to) => `moved:${status(to)}`,
  );
  tap(
    SqliteIntents.prototype,
    'open',
    (decision, _entry, action) => {
      kinds.set(decision, (action as { kind: string }).kind);
      return '';
    },
    (decision) => `intent:${kinds.get(decision) ?? ''}`,
  );
  tap(
    SqliteIntents.prototype,
    'close',
    (decision) => `outcome:${kinds.get(decision) ?? ''}`,
    (decision) => `recorded:${kinds.get(decision) ?? ''}`,
  );
  const fs = createRequire(import.meta.url)('node:fs/promises') as { rename: (from: string, to: string) => Promise<void> };
  const { rename } = fs;
  let renames = 0;
  fs.rename = (from, to) => {
    if (to.startsWith(boot.folders[0] ?? '')) burn(`rename:${(renames += 1)}`);
    return rename(from, to);
  };
  syncBuiltinESMExports();
}

const { composeKernel } = await import('../../src/kernel/compose.ts');
const send = (value: unknown): void => {
  if (process.connected) process.send?.(value);
};
const queue: KernelEvent[] = [];
let emit = (event: KernelEvent): void => void queue.push(event);
const api = await composeKernel(boot, (event) => emit(event));
const server = serveRpc<KernelApi>(
  { postMessage: send, on: (event: string, listener: (value: unknown) => void) => process.on(event, listener) },
  api,
  kernelMethods,
);
emit = (event) => server.emit(event);
for (const event of queue) emit(event);
// Says that it is ready.
emit({ kind: 'log', level: 'debug', message: 'ready', fields: {} });
// A test that died must not leave a kernel behind; one that let go waits for the process to end by itself.
process.on('disconnect', () => void setTimeout(() => process.exit(9), 20_000).unref());
