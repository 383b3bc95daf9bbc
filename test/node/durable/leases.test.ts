import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Owner } from '../../../src/base/owner.ts';
import { Leases } from '../../../src/durable/leases.ts';
import { processAlive, processStart } from '../../../src/durable/processAlive.ts';
import type { Store } from '../../../src/store/store.ts';
import { ManualClock } from '../../support/manualClock.ts';
import { TempStore } from '../../support/tempStore.ts';

const ttl = 1_000;

describe('Leases', () => {
  let temp: TempStore;
  let store: Store;
  let clock: ManualClock;
  let dead: Set<string>;

  beforeEach(() => {
    temp = new TempStore();
    store = temp.open();
    clock = new ManualClock();
    dead = new Set();
  });
  afterEach(() => temp[Symbol.dispose]());

  const holder = (kernel: string): Leases =>
    new Leases({ store, clock, owner: { pid: 1, startedAt: '1', kernel }, ttl, alive: (owner) => !dead.has(owner.kernel) });
  const acquire = (leases: Leases, name = 'mission') => store.unitOfWork.run(() => leases.acquire(name));

  it('have one holder, who may ask again', async () => {
    const [a, b] = [holder('a'), holder('b')];
    assert.deepEqual(await acquire(a), { name: 'mission', token: 1 });
    assert.equal(await acquire(b), undefined);
    assert.deepEqual(await acquire(a), { name: 'mission', token: 1 });
    assert.deepEqual(await acquire(b, 'other'), { name: 'other', token: 1 });
    assert.deepEqual([a.heldElsewhere('mission'), b.heldElsewhere('mission'), a.heldElsewhere('nobody has it')], [false, true, false]);
  });

  it('fence off who held it before: the token only grows', async () => {
    const [a, b] = [holder('a'), holder('b')];
    const first = await acquire(a);
    assert.ok(first);
    await clock.advance(ttl);
    const second = await acquire(b);
    assert.deepEqual(second, { name: 'mission', token: 2 });
    assert.throws(() => a.assertHeld(first), /another window/);
    assert.equal(await store.unitOfWork.run(() => a.renew(first)), false);
    await store.unitOfWork.run(() => a.release(first));
    b.assertHeld(second);
    await store.unitOfWork.run(() => b.release(second));
    assert.throws(() => b.assertHeld(second), /another window/);
    assert.deepEqual(await acquire(a), { name: 'mission', token: 3 });
    assert.throws(() => a.assertHeld(first), /another window/, 'an old token of our own counts no more');
  });

  it('last until exactly their time, and longer when renewed', async () => {
    const [a, b] = [holder('a'), holder('b')];
    const lease = await acquire(a);
    assert.ok(lease);
    await clock.advance(ttl - 1);
    assert.equal(await acquire(b), undefined);
    assert.equal(await store.unitOfWork.run(() => a.renew(lease)), true);
    await clock.advance(ttl - 1);
    assert.equal(await acquire(b), undefined);
    assert.equal(b.heldElsewhere('mission'), true);
    await clock.advance(1);
    assert.equal(b.heldElsewhere('mission'), false);
    assert.deepEqual(await acquire(b), { name: 'mission', token: 2 });
  });

  it('end at once with their holder', async () => {
    const [a, b] = [holder('a'), holder('b')];
    await acquire(a);
    dead.add('a');
    assert.equal(b.heldElsewhere('mission'), false);
    assert.deepEqual(await acquire(b), { name: 'mission', token: 2 });
  });

  it('change only inside a unit of work', () => {
    const a = holder('a');
    for (const change of [() => a.acquire('m'), () => a.renew({ name: 'm', token: 1 }), () => a.release({ name: 'm', token: 1 })])
      assert.throws(change, /inside a unit of work/);
  });

  it('go to one of several processes, and to the next when that one is killed', async () => {
    const children = ['a', 'b', 'c'].map(() => {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'leaseChild.ts'), temp.home], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](), gone: once(child, 'exit') };
    });
    try {
      for (const { lines } of children) assert.equal((await lines.next()).value, 'ready');
      const tokens: string[] = [];
      let left = children;
      while (left.length > 0) {
        for (const { child } of left) child.stdin.write('try\n');
        const answers = await Promise.all(left.map(async ({ lines }) => String((await lines.next()).value)));
        const winners = left.filter((_, index) => answers[index] !== 'none');
        assert.equal(winners.length, 1, answers.join());
        tokens.push(...answers.filter((answer) => answer !== 'none'));
        winners[0]?.child.kill('SIGKILL');
        await winners[0]?.gone;
        left = left.filter((each) => each !== winners[0]);
      }
      assert.deepEqual(tokens, ['1', '2', '3']);
    } finally {
      for (const { child } of children) child.kill('SIGKILL');
      await Promise.all(children.map(({ gone }) => gone));
    }
  });
});

describe('whether a process lives', () => {
  const me: Owner = { pid: process.pid, startedAt: processStart(process.pid), kernel: 'k' };

  it('is told by its number and its start together', async () => {
    assert.match(me.startedAt, /^\d+$/);
    assert.equal(processAlive(me), true);
    assert.equal(processAlive({ ...me, startedAt: `${me.startedAt}0` }), false, 'the number belongs to somebody else now');
    assert.equal(processAlive({ ...me, startedAt: '' }), true, 'where no start is known the number has to do');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const owner: Owner = { pid: child.pid ?? 0, startedAt: processStart(child.pid ?? 0), kernel: 'k' };
    assert.equal(processAlive(owner), true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(processAlive(owner), false);
    assert.equal(processStart(owner.pid), '');
  });

  it('is no for what is left of one whose parent does not collect it', async function () {
    if (process.platform !== 'linux') this.skip();
    // The shell becomes `sleep`, which never asks how its child ended.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      const lines = createInterface({ input: parent.stdout })[Symbol.asyncIterator]();
      const pid = Number((await lines.next()).value);
      const owner: Owner = { pid, startedAt: processStart(pid), kernel: 'k' };
      process.kill(pid, 'SIGKILL');
      while (processAlive(owner)) await new Promise((resolve) => setImmediate(resolve));
      assert.equal(processStart(pid), owner.startedAt, 'it is still listed');
    } finally {
      parent.kill('SIGKILL');
      await once(parent, 'exit');
    }
  });
});
