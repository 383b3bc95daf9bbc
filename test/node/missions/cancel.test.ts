import assert from 'node:assert/strict';
import { isCodedError } from '../../../src/base/errors.ts';
import type { MissionId } from '../../../src/base/ids.ts';
import { approval, approve, launch, untilReview } from '../../support/flights.ts';
import { KernelRig, quickScript } from '../../support/kernelRig.ts';
import type { KernelHandle } from '../../support/kernelWatch.ts';

const slow = { ...quickScript, agents: { coder: [{ say: 'thinking', delayMs: 60_000 }] } };

/** Brings a mission into a state, from which the test cancels it. */
const states: readonly [string, typeof quickScript, (kernel: KernelHandle, rig: KernelRig) => Promise<MissionId>][] = [
  ['drafted', quickScript, async (kernel, rig) => (await kernel.api.preFlight('quick', 'x', rig.workspace)).missionId],
  [
    'queued',
    slow,
    async (kernel, rig) => {
      const first = await launch(kernel, rig);
      await kernel.watch.mission(first, 'running');
      return launch(kernel, rig);
    },
  ],
  ['just launched', slow, launch],
  [
    'running its agent',
    slow,
    async (kernel, rig) => {
      const id = await launch(kernel, rig);
      await kernel.watch.until('the agent', ({ missions }) => (missions[0]?.detail.startsWith('Coder') ? true : undefined));
      return id;
    },
  ],
  [
    'verifying',
    quickScript,
    async (kernel, rig) => {
      const id = await launch(kernel, rig);
      await kernel.watch.mission(id, 'verifying');
      return id;
    },
  ],
  ['awaiting approval', quickScript, async (kernel, rig) => (await untilReview(kernel, await launch(kernel, rig))).mission.id],
  [
    'parked',
    quickScript,
    async (kernel, rig) => {
      const review = await untilReview(kernel, await launch(kernel, rig));
      rig.write('src/total.js', 'mine');
      assert.equal((await approve(kernel, review)).status, 'parked');
      return review.mission.id;
    },
  ],
];

describe('cancelling a mission', () => {
  for (const [state, script, bring] of states) {
    it(`that is ${state} ends it with the reason, and nothing is left of it`, async () => {
      await using rig = new KernelRig({ script, settings: { maxMissions: 1 } });
      const kernel = await rig.start();
      const id = await bring(kernel, rig);
      const before = rig.picture();
      await kernel.api.cancel(id, 'changed my mind');
      const mission = await kernel.watch.mission(id, 'cancelled');
      assert.equal(mission.detail, 'changed my mind');
      assert.deepEqual(rig.picture(), before);
      await assert.rejects(() => kernel.api.cancel(id, 'again'), { code: 'wrong-state' });
      for (const other of kernel.watch.latest?.missions ?? []) if (other.id !== id) await kernel.api.cancel(other.id, 'end of the test');
      await kernel.api.shutdown();
      await rig.assertTidy();
    });
  }

  it('against an approval in the same moment: one of them wins, and the loser hears of it', async () => {
    await using rig = new KernelRig({ script: quickScript });
    const kernel = await rig.start();
    const before = rig.picture();
    const { mission, detail } = await untilReview(kernel, await launch(kernel, rig));
    const decided = kernel.api.decide(approval(detail), []);
    const cancelled = kernel.api.cancel(mission.id, 'stop').then(
      () => true,
      (error: unknown) => {
        assert.ok(isCodedError(error) && error.code === 'wrong-state', String(error));
        return false;
      },
    );
    await Promise.allSettled([decided]);
    const won = await cancelled;
    const end = await kernel.watch.mission(mission.id, 'done', 'cancelled');
    assert.equal(end.status, won ? 'cancelled' : 'done');
    if (won) assert.deepEqual(rig.picture(), before);
    else assert.notDeepEqual(rig.picture(), before);
  });
});
