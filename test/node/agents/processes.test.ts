import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { killOrphan, parseStat, processIdentity, treeOf, type ProcessRow } from '../../../src/agents/processes.ts';

describe('processes', () => {
  const running: ChildProcess[] = [];

  async function start(): Promise<{ child: ChildProcess; pid: number; exit: Promise<unknown[]> }> {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { detached: true, stdio: 'ignore' });
    running.push(child);
    const exit = once(child, 'exit');
    await once(child, 'spawn');
    assert.ok(child.pid !== undefined);
    return { child, pid: child.pid, exit };
  }
  afterEach(() => running.splice(0).forEach((child) => child.kill('SIGKILL')));

  it('knows a process again, and tells it from another', async () => {
    const [a, b] = [await start(), await start()];
    const identity = await processIdentity(a.pid);
    assert.ok(identity);
    assert.deepEqual(await processIdentity(a.pid), identity);
    assert.notEqual((await processIdentity(b.pid))?.startedAt, undefined);
    assert.equal(identity.pid, a.pid);
    assert.match(identity.startedAt, /\d/);
  });

  it('kills an orphan only while it is the process that was meant', async () => {
    const { pid, exit, child } = await start();
    const identity = await processIdentity(pid);
    assert.ok(identity);
    assert.equal(await killOrphan({ pid, startedAt: `${identity.startedAt}0` }), false);
    assert.equal(child.exitCode ?? child.signalCode, null);
    assert.equal(await killOrphan(identity), true);
    assert.deepEqual(await exit, [null, 'SIGKILL']);
    assert.equal(await killOrphan(identity), false);
    assert.equal(await processIdentity(pid), undefined);
  });

  it('reads a row of /proc whatever the process calls itself', () => {
    const rest = 'S 10 20 30 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 98765 0 0';
    for (const name of ['node', 'a b', ') R 1 1 1', '((', ''])
      assert.deepEqual(parseStat(`42 (${name}) ${rest}\n`), { pid: 42, parent: 10, group: 20, session: 30, dead: false, start: '98765' });
    assert.equal(parseStat(`42 (node) Z${rest.slice(1)}`)?.dead, true);
    for (const broken of ['', '42', '42 (node', '42 (node) S 1', 'x (y) S 1']) assert.equal(parseStat(broken), undefined);
  });

  it('finds descendants at any depth and nobody else', () => {
    const row = (pid: number, parent: number, group: number, dead = false): ProcessRow => ({
      pid,
      parent,
      group,
      session: group,
      dead,
      start: '1',
    });
    const rows = [
      row(1, 0, 1),
      row(10, 1, 10),
      row(11, 10, 10),
      row(12, 11, 12),
      row(13, 12, 12),
      row(14, 1, 10),
      row(15, 10, 10, true),
      row(20, 1, 20),
      row(21, 20, 20),
    ];
    const found = treeOf(rows, ({ pid, group }) => pid === 10 || group === 10);
    assert.deepEqual(found.map(({ pid }) => pid).sort(), [10, 11, 12, 13, 14]);
  });
});
