import assert from 'node:assert/strict';
import { usdToMicro } from '../../../src/base/money.ts';
import { approve, launch, untilReview } from '../../support/flights.ts';
import { KernelRig, quickScript } from '../../support/kernelRig.ts';

describe('several missions', () => {
  it('wait for a place in order, and a cancelled or resting one gives its place to the next', async () => {
    const paused = { ...quickScript, agents: { coder: [{ delayMs: 60_000, say: 'thinking' }, ...(quickScript.agents['coder'] ?? [])] } };
    await using rig = new KernelRig({ script: paused, settings: { maxMissions: 1 } });
    const kernel = await rig.start();
    const first = await launch(kernel, rig);
    await kernel.watch.mission(first, 'running');
    const second = await launch(kernel, rig);
    const third = await launch(kernel, rig);
    const card = await kernel.api.preFlight('quick', 'fourth', rig.workspace);
    assert.equal(card.position, 3);
    const waiting = await kernel.watch.until('two in the queue', ({ missions }) => {
      const queue = [second, third].flatMap((id) => missions.find((mission) => mission.id === id)?.queue ?? []);
      return queue.length === 2 ? queue : undefined;
    });
    assert.deepEqual(
      waiting.map((place) => place.position),
      [1, 2],
    );
    const [near, far] = waiting.map((place) => place.wait!.likely);
    assert.ok(near! > 0 && far! > near! && card.wait!.likely > far!, 'each waits for those before it');

    await kernel.api.cancel(first, 'no longer needed');
    assert.equal((await kernel.watch.mission(first, 'cancelled')).detail, 'no longer needed');
    await kernel.watch.mission(second, 'running');
    assert.equal(kernel.watch.latest?.missions.find(({ id }) => id === third)?.status, 'queued');
    await kernel.api.cancel(second, 'enough');
    await kernel.watch.mission(third, 'running');
    await kernel.api.cancel(third, 'enough');
    await kernel.api.shutdown();
    await rig.assertTidy();
  });

  it('start when the one before rests at its review, and land one after the other', async () => {
    await using rig = new KernelRig({ script: quickScript, settings: { maxMissions: 1 } });
    const kernel = await rig.start();
    const first = await launch(kernel, rig);
    const second = await launch(kernel, rig);
    const one = await untilReview(kernel, first);
    const two = await untilReview(kernel, second);
    assert.deepEqual([two.detail.queuePosition, two.detail.queueLength], [2, 2]);
    assert.equal((await approve(kernel, one)).status, 'done');
    // The same change once more: every byte is there already.
    assert.equal((await approve(kernel, two)).status, 'done');
  });
});

describe('the budget of a mission', () => {
  it('is never exceeded: the agent hears of it and the mission ends with the reason', async () => {
    await using rig = new KernelRig({
      settings: { budget: { mission: usdToMicro(0.02), day: usdToMicro(10), month: usdToMicro(100), alertAt: 0.8 } },
    });
    const kernel = await rig.start();
    const id = await launch(kernel, rig, 'build');
    const ended = await kernel.watch.mission(id, 'failed', 'awaiting-approval');
    assert.equal(ended.status, 'failed');
    assert.match(ended.detail, /budget/i);
    assert.ok(ended.spent > 0 && ended.spent <= usdToMicro(0.02), `${ended.spent}`);
    await kernel.api.shutdown();
    await rig.assertTidy();
  });

  it('of a day holds across missions', async () => {
    await using rig = new KernelRig({
      script: quickScript,
      settings: { budget: { mission: usdToMicro(0.5), day: 1 as never, month: usdToMicro(100), alertAt: 0.8 } },
    });
    const kernel = await rig.start();
    const id = await launch(kernel, rig);
    const ended = await kernel.watch.mission(id, 'failed', 'awaiting-approval');
    assert.deepEqual([ended.status, ended.spent], ['failed', 0]);
    assert.match(ended.detail, /day|today/i);
  });
});
