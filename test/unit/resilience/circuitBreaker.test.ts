import assert from 'node:assert/strict';
import { BreakerOpenError, CircuitBreaker, type BreakerState } from '../../../src/resilience/circuitBreaker.ts';
import { ManualClock, settle } from '../../support/manualClock.ts';

class Refused extends Error {}

function setup() {
  const clock = new ManualClock();
  const seen: BreakerState[] = [];
  let halfOpenAfterMs = 60_000;
  const breaker = new CircuitBreaker({
    clock,
    failures: 5,
    halfOpenAfterMs: () => halfOpenAfterMs,
    counts: (error) => !(error instanceof Refused),
    onListenerError: (error) => {
      throw error;
    },
  });
  breaker.onStateChange((state) => seen.push(state));
  const fail = (error: Error = new Error('down')) =>
    assert.rejects(
      breaker.execute(() => Promise.reject(error)),
      error,
    );
  const open = async (): Promise<void> => {
    for (let count = 0; count < 5; count += 1) await fail();
  };
  return { clock, breaker, seen, fail, open, setHalfOpenAfter: (ms: number) => (halfOpenAfterMs = ms) };
}

const works = () => Promise.resolve('done');
const mustNotRun = () => assert.fail('the call was made');

describe('CircuitBreaker', () => {
  it('opens after exactly five failures in a row', async () => {
    const { breaker, fail, seen } = setup();
    for (let count = 0; count < 4; count += 1) await fail();
    assert.equal(await breaker.execute(works), 'done');
    for (let count = 0; count < 4; count += 1) await fail();
    assert.equal(breaker.state, 'closed');
    await fail();
    assert.equal(breaker.state, 'open');
    assert.deepEqual(seen, ['open']);
  });

  it('makes no call while open, and says for how long and why', async () => {
    const { breaker, clock, open } = setup();
    await open();
    await clock.advance(20_000);
    await assert.rejects(
      breaker.execute(mustNotRun),
      (error) => error instanceof BreakerOpenError && error.retryAfterMs === 40_000 && (error.cause as Error).message === 'down',
    );
  });

  it('is half-open after its time to the millisecond, and closed by one success', async () => {
    const { breaker, clock, open, seen } = setup();
    await open();
    await clock.advance(59_999);
    await assert.rejects(breaker.execute(mustNotRun), BreakerOpenError);
    await clock.advance(1);
    assert.equal(breaker.state, 'half-open');
    assert.equal(await breaker.execute(works), 'done');
    assert.equal(breaker.state, 'closed');
    assert.deepEqual(seen, ['open', 'half-open', 'closed']);
  });

  it('opens again for the whole time when the probe fails', async () => {
    const { breaker, clock, open, fail, seen } = setup();
    await open();
    await clock.advance(60_000);
    await fail();
    assert.deepEqual(seen, ['open', 'half-open', 'open']);
    await clock.advance(59_999);
    await assert.rejects(breaker.execute(mustNotRun), BreakerOpenError);
  });

  it('is half-open at once on evidence, for one probe only', async () => {
    const { breaker, open, fail, seen } = setup();
    await open();
    breaker.probe();
    breaker.probe();
    assert.equal(breaker.state, 'half-open');
    await fail();
    assert.equal(breaker.state, 'open');
    await assert.rejects(breaker.execute(mustNotRun), BreakerOpenError);
    assert.deepEqual(seen, ['open', 'half-open', 'open']);
  });

  it('ignores evidence while closed', async () => {
    const { breaker, open } = setup();
    breaker.probe();
    await open();
    assert.equal(breaker.state, 'open');
  });

  it('lets one call probe while the others wait for what it finds', async () => {
    const { breaker, open } = setup();
    await open();
    breaker.probe();
    const probe = Promise.withResolvers<string>();
    const first = breaker.execute(() => probe.promise);
    let second = 'waiting';
    const waiting = breaker.execute(() => Promise.resolve()).then(() => (second = 'ran'));
    await settle();
    assert.equal(second, 'waiting');
    probe.resolve('well');
    assert.equal(await first, 'well');
    await waiting;
    assert.equal(second, 'ran');
  });

  it('does not count what says nothing about the other side', async () => {
    const { breaker, fail } = setup();
    for (let count = 0; count < 20; count += 1) await fail(new Refused('no'));
    assert.equal(breaker.state, 'closed');
    assert.equal(breaker.lastFailure, undefined);
  });

  it('follows a changed time while it is open', async () => {
    const { breaker, clock, open, setHalfOpenAfter } = setup();
    await open();
    await clock.advance(5_000);
    assert.equal(breaker.state, 'open');
    setHalfOpenAfter(5_000);
    assert.equal(breaker.state, 'half-open');
  });
});
