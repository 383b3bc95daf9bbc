import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { approve, launch, untilReview } from '../../support/flights.ts';
import { KernelRig, quickScript } from '../../support/kernelRig.ts';

const agentScript = path.join(import.meta.dirname, '../../../src/agent.ts');

/** A person's own ACP command: here the built-in agent under another name. */
const programs = { mine: { command: process.execPath, args: [agentScript], env: { OWN: '1' } } };
const agents = { preferred: 'mine', programs, ask: false };

describe('an agent of the person', function () {
  this.timeout(60_000);

  it('flies like the built-in one, under its own name and with a home of its own', async () => {
    await using rig = new KernelRig({ script: quickScript, settings: { agents } });
    const kernel = await rig.start();
    const { agent } = await kernel.api.preFlight('quick', 'Round half-even', rig.workspace);
    assert.deepEqual([agent.id, agent.program, agent.problem], ['mine', process.execPath, undefined]);
    const id = await launch(kernel, rig);
    const review = await untilReview(kernel, id);
    assert.deepEqual([review.mission.agent, review.mission.status], ['mine', 'awaiting-approval']);
    const principals = new Set((await kernel.api.ledger({ missionId: id, limit: 1_000 })).map(({ principal }) => principal.id));
    assert.deepEqual([...principals].sort(), [id, 'mine/coder'].sort());
    assert.equal((await approve(kernel, review)).status, 'done');
    await rig.assertTidy();
    assert.deepEqual(readdirSync(path.join(rig.home, 'agents')), []);
  });

  it('keeps flying a mission when another one is preferred meanwhile', async () => {
    await using rig = new KernelRig({ script: quickScript, settings: { agents } });
    const kernel = await rig.start();
    const { missionId } = await kernel.api.preFlight('quick', 'Round half-even', rig.workspace);
    await kernel.api.configure({ ...rig.settings, agents: { ...agents, preferred: 'builtin' } });
    await kernel.api.launch(missionId);
    assert.equal((await untilReview(kernel, missionId)).mission.agent, 'mine');
  });

  it('is a blocker, and refused at launch, when it is not there', async () => {
    await using rig = new KernelRig({ script: quickScript });
    const kernel = await rig.start();
    for (const [agent, problem] of [
      ['nobody', /^There is no agent nobody\. Set gonogo\.agents\.default to builtin or opencode/],
      ['gone', /^There is no program to run at \/nowhere\/agent\. Correct gonogo\.agents\.path in your user settings\.$/],
    ] as const) {
      await kernel.api.configure({
        ...rig.settings,
        agents: { preferred: 'builtin', programs: { gone: { command: '/nowhere/agent' } }, ask: false },
      });
      const card = await kernel.api.preFlight('quick', 'Round half-even', rig.workspace, agent);
      assert.equal(card.blockers.length, 1);
      assert.match(card.blockers[0] ?? '', problem);
      await assert.rejects(kernel.api.launch(card.missionId), { code: 'no-agent', message: problem });
    }
    const ok = await kernel.api.preFlight('quick', 'Round half-even', rig.workspace);
    assert.deepEqual([ok.blockers, ok.agent.title], [[], 'Built-in agent']);
  });

  it('is offered for each mission when the person wants to be asked', async () => {
    await using rig = new KernelRig({ script: quickScript, settings: { agents: { ...agents, ask: true } } });
    const kernel = await rig.start();
    const { agents: offered, preferred } = await kernel.api.agents();
    assert.deepEqual([preferred, offered?.map(({ id }) => id)], ['mine', ['builtin', 'opencode', 'mine']]);
    await kernel.api.configure({ ...rig.settings, agents });
    assert.deepEqual(await kernel.api.agents(), { preferred: 'mine', agents: undefined });
  });

  it('is told in the health report, and asked nothing in a workspace that is not trusted', async () => {
    await using rig = new KernelRig({ script: quickScript });
    const kernel = await rig.start({ configure: false });
    const ran = path.join(rig.folder, 'ran');
    const touch = { command: '/bin/touch', args: [ran] };
    const told = { preferred: 'mine', programs: { mine: touch }, ask: true };
    await kernel.api.configure({ ...rig.settings, trusted: false, agents: told });
    await kernel.api.agents();
    await kernel.api.preFlight('quick', 'Round half-even', rig.workspace);
    assert.equal(existsSync(ran), false);
    await kernel.api.configure({ ...rig.settings, agents: { ...told, programs: { mine: { command: '/nowhere/agent' } } } });
    const item = await kernel.watch.until('the agent to be looked at', ({ health }) => health.items.find(({ name }) => name === 'Agent'));
    assert.deepEqual([item.level, /^There is no program to run at \/nowhere\/agent/.test(item.message)], ['degraded', true]);
  });

  it('is not opencode where the repository brings plugins', async () => {
    await using rig = new KernelRig({ script: quickScript });
    mkdirSync(path.join(rig.workspace, '.opencode/plugin'), { recursive: true });
    const kernel = await rig.start({
      settings: { agents: { preferred: 'opencode', programs: { opencode: { command: '/bin/echo', args: ['1.18.33'] } }, ask: false } },
    });
    const { blockers } = await kernel.api.preFlight('quick', 'Round half-even', rig.workspace);
    assert.match(blockers.join(), /^opencode would run the plugins that this repository brings \(\.opencode\/plugin\)/);
  });
});
