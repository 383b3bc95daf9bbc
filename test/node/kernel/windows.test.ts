import assert from 'node:assert/strict';
import { approval, launch, untilReview } from '../../support/flights.ts';
import { KernelRig, quickScript, quickWrites } from '../../support/kernelRig.ts';

describe('two windows on one folder', () => {
  it('one works, the other shows it, may not touch it, and takes over when the first dies', async () => {
    const thinking = {
      ...quickScript,
      agents: {
        coder: [
          { delayMs: 3_000, say: 'hm', call: [{ tool: 'list_files', input: { path: '.' } }] },
          ...(quickScript.agents['coder'] ?? []),
        ],
      },
    };
    await using rig = new KernelRig({ script: thinking });
    // Dies a while after its last write, so that the second window has seen all of them.
    const first = await rig.startChild({ fuse: { at: 'intent:model.call', delay: 2_000 } });
    const id = await launch(first, rig);
    await first.watch.mission(id, 'running');
    const second = await rig.start();
    await second.watch.until('the mission, elsewhere', ({ missions }) =>
      missions.find((mission) => mission.id === id && mission.elsewhere),
    );
    await assert.rejects(() => second.api.cancel(id, 'mine'), { code: 'read-only' });
    assert.equal(await first.exited, 'SIGKILL');
    // Nobody writes to the store any more: the second window has to find out by itself.
    const { mission } = await untilReview(second, id);
    assert.equal(mission.elsewhere, false);
    assert.deepEqual(await rig.strays(), []);
  });

  it('either may decide, once', async () => {
    await using rig = new KernelRig({ agent: quickWrites });
    const first = await rig.startChild();
    const second = await rig.start();
    const id = await launch(first, rig);
    const { detail } = await untilReview(second, id);
    const both = await Promise.allSettled([first.api.decide(approval(detail), []), second.api.decide(approval(detail), [])]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    await Promise.all([first.watch.mission(id, 'done'), second.watch.mission(id, 'done')]);
    const effects = rig.rows(`SELECT seq FROM entries WHERE action = 'code.apply' AND phase = 'effect'`);
    assert.equal(effects.length, 1);
  });

  it('share their places', async () => {
    const thinking = { ...quickScript, agents: { coder: [{ delayMs: 60_000, say: 'hm' }] } };
    await using rig = new KernelRig({ script: thinking, settings: { maxMissions: 1 } });
    const first = await rig.startChild();
    const one = await launch(first, rig);
    await first.watch.mission(one, 'running');
    const second = await rig.start();
    const two = await launch(second, rig);
    assert.deepEqual((await second.watch.mission(two, 'queued')).queue?.position, 1);
    await first.api.cancel(one, 'done with it');
    await second.watch.mission(two, 'running');
  });
});

describe('two windows on two folders', () => {
  it('share the line: a place goes to whom its turn is, and not to a mission whose window is closed', async () => {
    const thinking = { ...quickScript, agents: { coder: [{ delayMs: 60_000, say: 'hm' }] } };
    await using rig = new KernelRig({ script: thinking, settings: { maxMissions: 1 } });
    const other = rig.anotherWorkspace();
    const first = await rig.startChild();
    const second = await rig.start({ boot: { folders: [other] } });
    const one = await launch(first, rig);
    await first.watch.mission(one, 'running');
    const theirs = await launch(second, { workspace: other });
    await second.watch.mission(theirs, 'queued');
    // The first window has its next mission behind that of the second one.
    const two = await launch(first, rig);
    const place = await first.watch.until('its place behind the other window', ({ missions }) => {
      const queue = missions.find(({ id }) => id === two)?.queue;
      return queue?.position === 2 ? queue : undefined;
    });
    assert.ok(place.wait && place.wait.likely > 0);
    await first.api.cancel(one, 'enough');
    await second.watch.mission(theirs, 'running');
    assert.equal(first.watch.latest?.missions.find(({ id }) => id === two)?.status, 'queued');
    const three = (await second.api.preFlight('quick', 'three', other)).missionId;
    await second.api.launch(three);
    // What waits for a closed window holds nobody up, also while its agents are cut off.
    await second.api.shutdown();
    await first.watch.mission(two, 'running');
    assert.equal(rig.rows('SELECT status FROM missions WHERE id = ?', three)[0]?.['status'], 'queued');
  });
});
