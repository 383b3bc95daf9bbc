import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { isCodedError, type CodedError } from '../../../src/base/errors.ts';
import { RpcClient } from '../../../src/base/rpc.ts';
import type { WorkerApi } from './rpcWorker.ts';

const methods = ['add', 'refuse', 'breakAtOnce', 'breakPlainly', 'answerFunction', 'never', 'announce', 'exit', 'crash', 'secret'] as const;

describe('rpc over a worker', () => {
  let worker: Worker;
  let api: WorkerApi;
  let events: unknown[];
  let deaths: CodedError[];

  beforeEach(() => {
    events = [];
    deaths = [];
    worker = new Worker(new URL('./rpcWorker.ts', import.meta.url));
    api = new RpcClient<WorkerApi>(
      worker,
      methods,
      (event) => events.push(event),
      (error) => deaths.push(error),
    ).api;
  });
  afterEach(() => worker.terminate());

  async function failure(work: Promise<unknown>): Promise<string> {
    const error: unknown = await work.then(
      (value) => assert.fail(`answered ${JSON.stringify(value)}`),
      (reason: unknown) => reason,
    );
    assert.ok(isCodedError(error), String(error));
    return `${error.code}: ${error.message}`;
  }

  it('answers many calls at once, each with its own', async () => {
    const sums = await Promise.all(Array.from({ length: 100 }, (_, index) => api.add(index, 1)));
    assert.deepEqual(
      sums,
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
  });

  it('carries events in order with answers', async () => {
    await api.announce('first');
    await api.announce('second');
    assert.deepEqual(events, [{ what: 'first' }, { what: 'second' }]);
  });

  it('answers what goes wrong with its code, and goes on', async () => {
    assert.equal(await failure(api.refuse()), 'too-much: the amount `7` is too much; take less');
    assert.equal(await failure(api.breakAtOnce()), 'at-once: broken before there was a promise');
    assert.equal(await failure(api.breakPlainly()), 'internal: plain');
    assert.match(await failure(api.answerFunction()), /^internal: .*could not be cloned/);
    assert.equal(await failure(api.secret()), 'internal: there is no method `secret`');
    await assert.rejects(api.add((() => 1) as unknown as number, 1), /could not be cloned/);
    assert.equal(await api.add(1, 2), 3);
    assert.deepEqual(deaths, []);
  });

  const ends: readonly [string, (api: WorkerApi) => Promise<unknown>, string][] = [
    ['exits', (remote) => remote.exit(3), 'exit code 3'],
    ['crashes', (remote) => remote.crash(), 'crashed'],
  ];
  for (const [what, end, why] of ends) {
    it(`rejects what waits and what comes later when the worker ${what}`, async () => {
      const expected = `kernel-stopped: the kernel has stopped (${why}); reload the window to start it again`;
      const gone = once(worker, 'exit').catch(() => undefined);
      const waiting = [failure(api.never()), failure(end(api))];
      assert.deepEqual(await Promise.all(waiting), [expected, expected]);
      await gone;
      assert.equal(await failure(api.add(1, 2)), expected);
      assert.deepEqual(
        deaths.map(({ code }) => code),
        ['kernel-stopped'],
      );
    });
  }
});
