import assert from 'node:assert/strict';
import fc from 'fast-check';
import { KeyedQueue, QueueFullError } from '../../../src/resilience/keyedQueue.ts';
import { settle } from '../../support/manualClock.ts';

const forever = new AbortController().signal;

describe('KeyedQueue', () => {
  it('serves a key in order of arrival, one at a time, and other keys beside it', async () => {
    const queue = new KeyedQueue<string>(10);
    const order: string[] = [];
    const turn = async (key: string, name: string) => {
      const release = await queue.acquire(key, forever);
      order.push(name);
      return release;
    };
    const first = await turn('a', 'a1');
    const second = turn('a', 'a2');
    const third = turn('a', 'a3');
    const other = await turn('b', 'b1');
    assert.deepEqual(order, ['a1', 'b1']);
    first();
    first();
    await settle();
    assert.deepEqual(order, ['a1', 'b1', 'a2'], 'releasing twice lets one in');
    (await second)();
    (await third)();
    other();
    assert.deepEqual(order, ['a1', 'b1', 'a2', 'a3']);
    assert.equal(queue.size, 0);
  });

  it('refuses at once when a key is full, and only that key', async () => {
    const queue = new KeyedQueue<string>(2);
    const release = await queue.acquire('a', forever);
    const waiting = queue.acquire('a', forever);
    await assert.rejects(queue.acquire('a', forever), QueueFullError);
    assert.equal(queue.load, 1);
    (await queue.acquire('b', forever))();
    release();
    (await waiting)();
    (await queue.acquire('a', forever))();
    assert.equal(queue.load, 0);
  });

  it('gives the place of an aborted waiter to the next', async () => {
    const queue = new KeyedQueue<string>(3);
    const release = await queue.acquire('a', forever);
    const leaving = new AbortController();
    const left = queue.acquire('a', leaving.signal);
    const next = queue.acquire('a', forever);
    leaving.abort(new Error('gave up'));
    await assert.rejects(left, /gave up/);
    assert.equal(queue.size, 2);
    release();
    (await next)();
    await assert.rejects(queue.acquire('a', leaving.signal), /gave up/);
    assert.equal(queue.size, 0);
  });

  it('says when nobody is left', async () => {
    const queue = new KeyedQueue<string>(3);
    await queue.idle();
    const release = await queue.acquire('a', forever);
    let idle = false;
    const waiting = queue.idle().then(() => (idle = true));
    await settle();
    assert.equal(idle, false);
    release();
    await waiting;
  });

  it('never lets two in, and lets everybody in that stays, in any order of events', async () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('enter', 'leave', 'abort')), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, async (events) => {
        const queue = new KeyedQueue<string>(100);
        const inside: Record<string, (() => void)[]> = { a: [], b: [] };
        const outside: Record<string, AbortController[]> = { a: [], b: [] };
        let entered = 0;
        let stayed = 0;
        for (const [key, event] of events) {
          const holders = inside[key] ?? [];
          const waiters = outside[key] ?? [];
          if (event === 'enter') {
            const controller = new AbortController();
            waiters.push(controller);
            stayed += 1;
            queue.acquire(key, controller.signal).then(
              (release) => {
                waiters.splice(waiters.indexOf(controller), 1);
                holders.push(release);
                entered += 1;
                assert.equal(holders.length, 1, 'two inside');
              },
              () => (stayed -= 1),
            );
          } else if (event === 'leave') holders.shift()?.();
          else waiters.pop()?.abort();
          await Promise.resolve().then(() => Promise.resolve());
          assert.ok(holders.length <= 1);
        }
        for (let round = 0; round < events.length + 1; round += 1) {
          await settle();
          for (const holders of Object.values(inside)) holders.shift()?.();
        }
        assert.equal(entered, stayed);
        assert.equal(queue.size, 0);
      }),
      { numRuns: 50 },
    );
  });
});
