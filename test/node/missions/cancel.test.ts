import assert from 'node:assert/strict';
import { isCodedError } from '../../../src/base/errors.ts';
import type { MissionId } from '../../../src/base/ids.ts';
import { approval, approve, launch, untilReview } from '../../support/flights.ts';
import { ScriptedUpstream, silent } from '../../support/scriptedUpstream.ts';
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

  const interruptions: readonly [string, (kernel: KernelHandle, id: MissionId) => Promise<unknown>][] = [
    ['a cancel', ({ api }, id) => api.cancel(id, 'enough')],
    ['a stop of everything', ({ api }) => api.stopEverything('tester', 'lunch')],
    ['a closed window', ({ api }) => api.shutdown()],
  ];
  for (const [what, interrupt] of interruptions) {
    it(`books what a model call may have cost that ${what} broke off, in the budget and in the ledger`, async () => {
      await using upstreams = new AsyncDisposableStack();
      const upstream = upstreams.adopt(await ScriptedUpstream.start(silent), (server) => server.close());
      const model = {
        protocol: 'openai',
        baseUrl: `http://127.0.0.1:${upstream.port}/v1`,
        model: 'silent',
        inputUsdPerMTok: 3,
        outputUsdPerMTok: 15,
      } as const;
      await using rig = new KernelRig({ settings: { demo: false, upstream: model } });
      const kernel = await rig.start();
      const asked = upstream.nextRequest();
      const id = await launch(kernel, rig);
      await asked;
      const [set] = rig.rows(`SELECT amount FROM reservations WHERE state = 'held'`);
      await interrupt(kernel, id);
      await rig.strays();
      assert.deepEqual(rig.rows('SELECT state, amount, estimated FROM reservations'), [
        { state: 'committed', amount: set?.['amount'], estimated: 0 },
      ]);
      assert.deepEqual(rig.rows('SELECT SUM(cost) AS usd FROM entries WHERE mission_id = ?', id), [{ usd: set?.['amount'] }]);
      assert.ok(Number(set?.['amount']) > 0);
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
