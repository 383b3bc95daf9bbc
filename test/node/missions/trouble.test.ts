import assert from 'node:assert/strict';
import type { KernelSettings } from '../../../src/contracts/kernelApi.ts';
import { NoSandbox } from '../../../src/sandbox/noSandbox.ts';
import { approve, launch, untilReview } from '../../support/flights.ts';
import { KernelRig, quickScript, quickWrites } from '../../support/kernelRig.ts';
import {
  answering,
  cuttingAfter,
  hangingUp,
  ScriptedUpstream,
  silent,
  stallingAfter,
  textEvent,
  type Script,
} from '../../support/scriptedUpstream.ts';

/** A preset whose agent has little more than a second. */
const hasty = { ...KernelRig.quick(), id: 'hasty', minutes: { from: 0, to: 0.02 } };

async function assertFails(rig: KernelRig, preset: string, words: RegExp, settings: Partial<KernelSettings> = {}): Promise<void> {
  const kernel = await rig.start({ settings });
  const before = rig.picture();
  const id = await launch(kernel, rig, preset);
  const ended = await kernel.watch.mission(id, 'failed', 'awaiting-approval');
  assert.equal(ended.status, 'failed');
  assert.match(ended.detail, words);
  assert.equal(ended.detail.split('\n').length, 1, 'one sentence');
  const [entry] = await kernel.api.ledger({ missionId: id, limit: 1 });
  assert.deepEqual([entry?.action, entry?.result, entry?.reason], ['mission.failed', 'failure', ended.detail]);
  assert.deepEqual(rig.picture(), before);
  await kernel.api.shutdown();
  await rig.assertTidy();
}

describe('an agent', () => {
  const rows: readonly [string, readonly [string, string?], string, RegExp][] = [
    ['crashes', ['crash'], 'quick', /Coder stopped: .*exit code 3/],
    ['crashes before it is ready', ['crash-at-start'], 'quick', /cannot load model/],
    ['prints something that is no JSON', ['garbage'], 'quick', /Coder stopped: .*ACP/],
    ['never ends', ['never'], 'hasty', /did not finish within 1\.2 s/],
    ['changes nothing', ['polite'], 'quick', /changed nothing/],
  ];
  for (const [what, agent, preset, words] of rows) {
    it(`that ${what} ends the mission with the reason`, async () => {
      await using rig = new KernelRig({ agent, presets: [hasty] });
      await assertFails(rig, preset, words);
    });
  }

  it('that never gets ready ends the mission with the reason', async () => {
    await using rig = new KernelRig({ agent: ['silent'] });
    await assertFails(rig, 'quick', /was not ready within 0\.5 s/, { agentStartMs: 500 });
  });

  it('whose tests fail hears of it, has one more attempt, and then the mission ends', async () => {
    const bad = { path: 'src/total.js', content: 'export const nothing = 1;\n' };
    await using rig = new KernelRig({ agent: ['ask-each', JSON.stringify([['fs/write_text_file', bad]])] });
    await assertFails(rig, 'quick', /The tests do not pass: .*failed/);
    assert.equal(rig.rows(`SELECT seq FROM entries WHERE action = 'shell.exec' AND phase = 'effect'`).length, 2);
  });

  it('that asks for something only a person may allow waits, and its question goes when it goes', async () => {
    const hook = { path: '.vscode/tasks.json', content: '{}\n' };
    await using rig = new KernelRig({ agent: ['ask-each', JSON.stringify([['fs/write_text_file', hook]])] });
    const kernel = await rig.start();
    const id = await launch(kernel, rig);
    const request = await kernel.watch.until('the question', ({ approvals }) => approvals[0]);
    const detail = await kernel.api.review(request.id);
    assert.deepEqual([detail.request.kind, detail.content, detail.files.length], ['file.write', '{}\n', 0]);
    assert.ok(detail.findings.some(({ code }) => code === 'protected-path'));
    await kernel.api.cancel(id, 'no');
    await kernel.watch.until('no question', ({ approvals }) => (approvals.length === 0 ? true : undefined));
    await kernel.api.shutdown();
    await rig.assertTidy();
  });
});

describe('a model', () => {
  const rows: readonly [string, Script, RegExp][] = [
    ['hangs up', hangingUp, /Coder stopped/],
    ['answers garbage', answering(200, '<html>hello</html>'), /Coder stopped/],
    ['answers with an error', answering(500, { error: { message: 'out of order' } }), /Coder stopped/],
    ['cuts its answer', cuttingAfter(textEvent('I will')), /Coder stopped/],
    ['never answers', silent, /did not finish within/],
    ['stalls in its answer', stallingAfter(textEvent('I')), /did not finish within/],
  ];
  for (const [what, script, words] of rows) {
    it(`that ${what} ends the mission with the reason`, async () => {
      const upstream = await ScriptedUpstream.start(script);
      try {
        await using rig = new KernelRig({ presets: [hasty] });
        const settings = {
          demo: false,
          upstream: { baseUrl: `http://127.0.0.1:${upstream.port}/v1`, model: 'm', inputUsdPerMTok: 3, outputUsdPerMTok: 15 },
        };
        await assertFails(rig, words.source.includes('finish') ? 'hasty' : 'quick', words, settings);
      } finally {
        await upstream.close();
      }
    });
  }

  it('that is not there ends the mission with the reason', async () => {
    const upstream = await ScriptedUpstream.start();
    const { port } = upstream;
    await upstream.close();
    await using rig = new KernelRig();
    await assertFails(rig, 'quick', /Coder stopped: .*reach/, {
      demo: false,
      upstream: { baseUrl: `http://127.0.0.1:${port}/v1`, model: 'm', inputUsdPerMTok: 3, outputUsdPerMTok: 15 },
    });
  });

  it('that was changed since the launch is not used for the mission', async () => {
    await using rig = new KernelRig({ script: quickScript, settings: { maxMissions: 0 } });
    const kernel = await rig.start();
    const id = await launch(kernel, rig);
    const upstream = { baseUrl: 'http://127.0.0.1:1/v1', model: 'dear', inputUsdPerMTok: 3, outputUsdPerMTok: 15 };
    await kernel.api.configure({ ...rig.settings, maxMissions: 1, demo: false, upstream });
    assert.match((await kernel.watch.mission(id, 'failed')).detail, /`DEMO`.*not set any more/);
  });
});

describe('without a sandbox', () => {
  it('tests are not run, and a person has to weigh that', async () => {
    await using rig = new KernelRig({ agent: quickWrites });
    const kernel = await rig.start({ parts: { sandbox: new NoSandbox('Install bubblewrap.') } });
    const card = await kernel.api.preFlight('quick', 'x', rig.workspace);
    assert.match(card.warnings.join(), /Tests will not run: Install bubblewrap\./);
    await kernel.api.launch(card.missionId);
    const review = await untilReview(kernel, card.missionId);
    const { tests, findings, isolation } = review.detail;
    assert.equal(tests?.status, 'not-run');
    assert.match(findings.find(({ code }) => code === 'tests-not-run')?.reason ?? '', /Install bubblewrap/);
    assert.equal(findings.find(({ code }) => code === 'tests-not-run')?.effect, 'hold');
    assert.equal(isolation, undefined);
    assert.equal((await approve(kernel, review)).status, 'done');
    assert.equal((await kernel.api.snapshot()).health.level, 'degraded');
  });
});

describe('Stop Everything', () => {
  const thinking = {
    ...quickScript,
    agents: {
      coder: [
        { delayMs: 1_500, say: 'thinking', call: [{ tool: 'list_files', input: { path: '.' } }] },
        ...(quickScript.agents['coder'] ?? []),
      ],
    },
  };

  it('kills the agents at once and keeps the state; after it is lifted the mission goes on', async () => {
    await using rig = new KernelRig({ script: thinking });
    const kernel = await rig.start();
    const id = await launch(kernel, rig);
    await kernel.watch.until('the agent', () => (rig.rows('SELECT pid FROM mission_processes').length > 0 ? true : undefined));
    await kernel.api.stopEverything('tester', 'lunch');
    assert.deepEqual(await rig.strays(), []);
    const stopped = await kernel.watch.until('the switch', (snapshot) => (snapshot.switches.length > 0 ? snapshot : undefined));
    assert.deepEqual([stopped.missions[0]?.status, stopped.health.level], ['running', 'degraded']);
    await assert.rejects(() => launch(kernel, rig), { code: 'wrong-state', message: /stopped/ });
    const since = stopped.switches[0]?.since ?? 0;
    await assert.rejects(() => kernel.api.liftSwitch('GLOBAL_WRITE', since - 1, 'tester'), { code: 'stale-digest' });
    await kernel.api.liftSwitch('GLOBAL_WRITE', since, 'tester');
    const review = await untilReview(kernel, id);

    // Stopped again, nothing lands; a person's own way back stays open.
    await kernel.api.stopEverything('tester', 'dinner');
    const before = rig.picture();
    await kernel.api.decide(
      { requestId: review.detail.request.id, digest: review.detail.request.digest, decision: { kind: 'approve' }, by: 'tester' },
      [],
    );
    assert.deepEqual(rig.picture(), before);
    const again = (await kernel.api.snapshot()).switches[0];
    await kernel.api.liftSwitch('GLOBAL_WRITE', again?.since ?? 0, 'tester');
    await kernel.watch.mission(id, 'done');
    await kernel.api.stopEverything('tester', 'night');
    await kernel.api.rollBack(id);
    assert.deepEqual(rig.picture(), before);
  });

  it('in one window stops the other one too', async () => {
    await using rig = new KernelRig({ script: thinking });
    const there = await rig.startChild();
    const id = await launch(there, rig);
    await there.watch.mission(id, 'running');
    const here = await rig.start();
    await there.watch.until('the agent', () => (rig.rows('SELECT pid FROM mission_processes').length > 0 ? true : undefined));
    await here.api.stopEverything('tester', 'lunch');
    await here.watch.until('the other window to let go', ({ missions }) => (missions[0]?.elsewhere === false ? true : undefined));
    assert.deepEqual(rig.rows('SELECT status FROM missions'), [{ status: 'running' }]);
    const [pulled] = (await here.api.snapshot()).switches;
    await here.api.liftSwitch('GLOBAL_WRITE', pulled?.since ?? 0, 'tester');
    await untilReview(here, id);
  });
});
