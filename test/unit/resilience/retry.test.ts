import assert from 'node:assert/strict';
import { retry } from '../../../src/resilience/retry.ts';
import { ManualClock } from '../../support/manualClock.ts';

function setup(attempts: number) {
  const clock = new ManualClock(0);
  const abort = new AbortController();
  const startedAt: number[] = [];
  const run = (call: (attempt: number) => Promise<string>) =>
    retry(
      () => {
        startedAt.push(clock.now());
        return call(startedAt.length);
      },
      {
        clock,
        attempts,
        firstDelayMs: 1_000,
        maxDelayMs: 10_000,
        signal: abort.signal,
        isTransient: (error) => error.message === 'busy',
        onRetry: () => {},
      },
    );
  return { clock, abort, startedAt, run };
}

describe('retry', () => {
  it('waits 1 s, 2 s, 4 s, 8 s, then never longer than 10 s, on the injected clock', async () => {
    const { clock, startedAt, run } = setup(7);
    await assert.rejects(clock.runUntil(run(() => Promise.reject(new Error('busy')))), /busy/);
    assert.deepEqual(startedAt, [0, 1_000, 3_000, 7_000, 15_000, 25_000, 35_000]);
    assert.equal(clock.pending, 0);
  });

  it('stops at the first success', async () => {
    const { clock, startedAt, run } = setup(3);
    assert.equal(
      await clock.runUntil(run((attempt) => (attempt < 2 ? Promise.reject(new Error('busy')) : Promise.resolve('done')))),
      'done',
    );
    assert.equal(startedAt.length, 2);
  });

  it('does not repeat what will not pass by itself', async () => {
    const { clock, startedAt, run } = setup(3);
    await assert.rejects(clock.runUntil(run(() => Promise.reject(new Error('refused')))), /refused/);
    assert.equal(startedAt.length, 1);
  });

  it('ends its pause when it is aborted', async () => {
    const { clock, abort, startedAt, run } = setup(3);
    const work = run(() => Promise.reject(new Error('busy')));
    const rejected = assert.rejects(work, /enough/);
    await clock.advance(500);
    abort.abort(new Error('enough'));
    await rejected;
    assert.equal(startedAt.length, 1);
    assert.equal(clock.pending, 0);
  });
});
