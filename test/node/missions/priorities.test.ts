import assert from 'node:assert/strict';
import type { MissionId } from '../../../src/base/ids.ts';
import { microUsd, usdToMicro } from '../../../src/base/money.ts';
import { launch, untilReview } from '../../support/flights.ts';
import { KernelRig, quickScript, quickWrites } from '../../support/kernelRig.ts';
import type { KernelHandle } from '../../support/kernelWatch.ts';

const thinking = { ...quickScript, agents: { coder: [{ delayMs: 60_000, say: 'thinking' }] } };
const budget = { mission: usdToMicro(0.5), day: usdToMicro(10), month: usdToMicro(100), alertAt: 0.8 };

/** The ids of those that wait, the next one first. */
function line({ watch }: KernelHandle): readonly MissionId[] {
  const waiting = (watch.latest?.missions ?? []).filter((mission) => mission.queue);
  return waiting.sort((a, b) => a.queue!.position - b.queue!.position).map(({ id }) => id);
}

async function untilLine(kernel: KernelHandle, ...ids: readonly MissionId[]): Promise<void> {
  await kernel.watch.until('the queue in this order', () => (line(kernel).join() === ids.join() ? true : undefined));
}

describe('the queue in the hands of a person', () => {
  it('goes by priority, place and pause; each change is an entry, and a new start finds it as it was', async () => {
    await using rig = new KernelRig({ script: thinking, settings: { maxMissions: 1 } });
    const kernel = await rig.startChild();
    const flying = await launch(kernel, rig);
    await kernel.watch.mission(flying, 'running');
    const [a, b, c] = [await launch(kernel, rig), await launch(kernel, rig), await launch(kernel, rig)];
    await untilLine(kernel, a, b, c);
    await kernel.api.changeQueue({ kind: 'move', id: c, before: a }, 'ann');
    await untilLine(kernel, c, a, b);
    await kernel.api.changeQueue({ kind: 'priority', id: b, priority: 'high' }, 'ann');
    await untilLine(kernel, b, c, a);
    await kernel.api.changeQueue({ kind: 'pause', id: b }, 'ann');
    const why = await kernel.watch.until('the pause', ({ missions }) => {
      const paused = missions.find(({ id }) => id === b);
      return paused?.queue?.paused ? paused.waiting.map(({ kind }) => kind) : undefined;
    });
    assert.deepEqual(why, ['paused', 'places-taken']);
    await assert.rejects(() => kernel.api.changeQueue({ kind: 'move', id: flying, before: a }, 'ann'), { code: 'wrong-state' });
    await assert.rejects(() => kernel.api.changeQueue({ kind: 'move', id: a, before: flying }, 'ann'), { code: 'wrong-state' });

    const entries = rig.rows(`SELECT action, payload FROM entries WHERE action LIKE 'queue.%' ORDER BY seq`);
    assert.deepEqual(
      entries.map(({ action, payload }) => [action, JSON.parse(String(payload)) as unknown]),
      [
        ['queue.moved', { by: 'ann', from: '3', to: '1' }],
        ['queue.priority', { by: 'ann', from: 'normal', to: 'high' }],
        ['queue.paused', { by: 'ann' }],
      ],
    );

    await kernel.kill();
    const again = await rig.start();
    await untilLine(again, b, c, a);
    await again.api.cancel(flying, 'enough');
    // The paused one lets the next one go first.
    await again.watch.mission(c, 'running');
    await again.api.cancel(c, 'enough');
    await again.watch.mission(a, 'running');
    await again.api.cancel(a, 'enough');
    await again.api.changeQueue({ kind: 'continue', id: b }, 'ann');
    await again.watch.mission(b, 'running');
    await again.api.cancel(b, 'enough');
    await again.api.shutdown();
    await rig.assertTidy();
  });

  it('starts nothing while all of it is paused, in any window, and goes on when it is continued', async () => {
    await using rig = new KernelRig({ script: thinking, settings: { maxMissions: 2 } });
    const [first, second] = [await rig.startChild(), await rig.start()];
    await first.api.changeQueue({ kind: 'pause' }, 'ann');
    const id = await launch(second, rig);
    const reasons = await second.watch.until(
      'the reason',
      ({ missions, queuePause }) => queuePause && missions.find((mission) => mission.id === id)?.waiting,
    );
    assert.deepEqual(
      reasons.map((reason) => [reason.kind, 'by' in reason && reason.by]),
      [['queue-paused', 'ann']],
    );
    await first.api.changeQueue({ kind: 'continue' }, 'bob');
    await second.watch.mission(id, 'running');
    assert.equal(second.watch.latest?.queuePause, undefined);
  });

  it('keeps what waits while a budget of all is gone, and says so', async () => {
    const nothing = { ...budget, day: microUsd(0) };
    await using rig = new KernelRig({ agent: quickWrites, settings: { budget: nothing } });
    const kernel = await rig.start();
    const id = await launch(kernel, rig);
    const reasons = await kernel.watch.until('the reason', ({ missions }) => missions.find((mission) => mission.id === id)?.waiting);
    assert.deepEqual(reasons, [{ kind: 'budget-gone', scope: 'day' }]);
    await kernel.api.configure({ ...rig.settings, budget });
    await untilReview(kernel, id);
  });

  it('may be changed only where it is trusted', async () => {
    await using rig = new KernelRig({ agent: quickWrites });
    const kernel = await rig.start({ settings: { trusted: false } });
    await assert.rejects(() => kernel.api.changeQueue({ kind: 'continue' }, 'ann'), { code: 'untrusted-workspace' });
  });
});

describe('the time of flights', () => {
  it('is measured up to the review and told of the next mission once there are three', async () => {
    await using rig = new KernelRig({ agent: quickWrites });
    const kernel = await rig.start();
    for (let count = 0; count < 3; count += 1) {
      const { flight } = await kernel.api.preFlight('quick', 'look', rig.workspace);
      assert.equal(flight.flights, 0);
      await untilReview(kernel, await launch(kernel, rig));
      await kernel.watch.until('the flight in the store', () =>
        rig.rows(`SELECT worked FROM flight_times WHERE outcome = 'reviewed'`).length === count + 1 ? true : undefined,
      );
    }
    const { flight } = await kernel.api.preFlight('quick', 'look', rig.workspace);
    assert.equal(flight.flights, 3);
    assert.ok(flight.from > 0 && flight.from <= flight.likely && flight.likely <= flight.to && flight.to < 60_000, JSON.stringify(flight));
    // The built-in preset has flown never.
    assert.equal((await kernel.api.preFlight('build', 'look', rig.workspace)).flight.flights, 0);
  });
});

describe('a budget near its limit', () => {
  it('is told once, in one of all windows and over reloads, and again for a higher limit', async () => {
    await using rig = new KernelRig({ script: quickScript, settings: { budget } });
    const [first, second] = [await rig.start(), await rig.start()];
    await untilReview(first, await launch(first, rig));
    const { meters } = await first.api.snapshot();
    const spent = meters.find(({ scope }) => scope === 'day')?.spent ?? 0;
    assert.ok(spent > 0, 'the flight has cost something');
    const near = { budget: { ...budget, day: microUsd(spent) } };
    const all = [first, second];
    const told = (): string[] => all.flatMap(({ watch }) => watch.alerts.map(({ scope, limit }) => `${scope} ${limit - spent}`));
    assert.deepEqual(told(), []);
    // Both see it at the same time.
    await Promise.all(all.map(({ api }) => api.configure({ ...rig.settings, ...near })));
    await first.watch.until('the alert', () => (told().length > 0 ? true : undefined));
    const third = await rig.start({ settings: near });
    all.push(third);
    await third.watch.until('a snapshot', () => true);
    // Every kernel looks before it tells of a change: after the next change nothing more can come.
    await third.api.changeQueue({ kind: 'pause' }, 'ann');
    for (const { watch } of all) await watch.until('the pause', ({ queuePause }) => queuePause);
    assert.deepEqual(told(), ['day 0']);
    await third.api.configure({ ...rig.settings, budget: { ...near.budget, day: microUsd(spent + 1) } });
    await third.watch.until('the alert for the higher limit', () => (told().length > 1 ? true : undefined));
    assert.deepEqual(told(), ['day 0', 'day 1']);
  });
});
