import assert from 'node:assert/strict';
import { sha256 } from '../../../src/base/digest.ts';
import { isCodedError } from '../../../src/base/errors.ts';
import type { MissionId, RequestId } from '../../../src/base/ids.ts';
import type { MissionView } from '../../../src/contracts/kernelApi.ts';
import type { MissionStatus } from '../../../src/contracts/mission.ts';
import type { ChildKernel, Fuse } from '../../support/childKernel.ts';
import { approval, approve, launch, untilReview } from '../../support/flights.ts';
import { goodTotal, KernelRig, quickWrites, type DemoScript } from '../../support/kernelRig.ts';
import type { KernelHandle } from '../../support/kernelWatch.ts';

const note = "export const note = 'new';\n";

/** Two agents that ask a model, each of which thinks for a moment in which it can be killed. */
const script: DemoScript = {
  name: 'two-agents',
  agents: {
    coder: [
      { call: [{ tool: 'write_file', input: { path: 'src/total.js', content: goodTotal } }], delayMs: 100 },
      { call: [{ tool: 'write_file', input: { path: 'src/note.js', content: note } }], delayMs: 100 },
      { say: 'Done.' },
    ],
    'app-tester': [{ call: [{ tool: 'write_file', input: { path: 'test/x.test.js', content: note } }], delayMs: 300 }, { say: 'Done.' }],
  },
};

/** What the killed kernel was told to do before it died. */
type Deed = 'launch' | 'approve' | 'roll back' | 'apply again';

interface Case {
  readonly fuse: Fuse;
  readonly deed: Deed;
  /** The status the store says it had when it died. */
  readonly left: MissionStatus;
  /** The effect whose outcome died with the kernel. */
  readonly unfinished?: string;
}

const cases: readonly Case[] = [
  { fuse: { at: 'moved:queued' }, deed: 'launch', left: 'queued' },
  // In the middle of making the worktree.
  { fuse: { at: 'moved:running' }, deed: 'launch', left: 'running' },
  { fuse: { at: 'moved:running', delay: 40 }, deed: 'launch', left: 'running' },
  { fuse: { at: 'moved:running', delay: 90 }, deed: 'launch', left: 'running' },
  { fuse: { at: 'intent:file.write' }, deed: 'launch', left: 'running', unfinished: 'file.write' },
  { fuse: { at: 'moved:verifying' }, deed: 'launch', left: 'verifying' },
  { fuse: { at: 'intent:shell.exec', delay: 60 }, deed: 'launch', left: 'verifying', unfinished: 'shell.exec' },
  { fuse: { at: 'move:awaiting-approval' }, deed: 'launch', left: 'verifying' },
  { fuse: { at: 'moved:awaiting-approval' }, deed: 'launch', left: 'awaiting-approval' },
  // In the apply, from the click to the last tidying.
  { fuse: { at: 'move:applying' }, deed: 'approve', left: 'awaiting-approval' },
  { fuse: { at: 'moved:applying' }, deed: 'approve', left: 'applying' },
  { fuse: { at: 'intent:code.apply' }, deed: 'approve', left: 'applying', unfinished: 'code.apply' },
  { fuse: { at: 'rename:2' }, deed: 'approve', left: 'applying', unfinished: 'code.apply' },
  { fuse: { at: 'outcome:code.apply' }, deed: 'approve', left: 'applying', unfinished: 'code.apply' },
  { fuse: { at: 'recorded:code.apply' }, deed: 'approve', left: 'applying' },
  { fuse: { at: 'moved:done' }, deed: 'approve', left: 'done' },
  // In the way back: two files were renamed into place before.
  { fuse: { at: 'moved:rolling-back' }, deed: 'roll back', left: 'rolling-back' },
  { fuse: { at: 'rename:3' }, deed: 'roll back', left: 'rolling-back', unfinished: 'code.rollback' },
  { fuse: { at: 'recorded:code.rollback' }, deed: 'roll back', left: 'rolling-back' },
  { fuse: { at: 'moved:rolled-back' }, deed: 'roll back', left: 'rolled-back' },
  // In the way there again: three files were renamed into place before, and this is between the last two.
  { fuse: { at: 'moved:reapplying' }, deed: 'apply again', left: 'reapplying' },
  { fuse: { at: 'intent:code.reapply' }, deed: 'apply again', left: 'reapplying', unfinished: 'code.reapply' },
  { fuse: { at: 'rename:5' }, deed: 'apply again', left: 'reapplying', unfinished: 'code.reapply' },
  { fuse: { at: 'recorded:code.reapply' }, deed: 'apply again', left: 'reapplying' },
];

/** Tells the kernel what to do until its fuse burns; what it does not live to answer is lost. */
async function command(kernel: ChildKernel, rig: KernelRig): Promise<MissionId> {
  const { missionId } = await kernel.api.preFlight('quick', 'Say it', rig.workspace);
  const carryOn = async (): Promise<never> => {
    await kernel.api.launch(missionId);
    const review = await untilReview(kernel, missionId);
    await kernel.api.decide(approval(review.detail), []);
    const applied = await kernel.watch.mission(missionId, 'done', 'parked', 'failed');
    await kernel.api.rollBack(missionId);
    await kernel.api.applyAgain(missionId);
    throw new Error(`the fuse did not burn: it was ${applied.status} (${applied.detail})`);
  };
  // What the kernel does not live to answer is refused; what it lives to do is the end of the test.
  const survived = carryOn().catch(async (error: unknown) => {
    if (isCodedError(error) && error.code === 'kernel-stopped') return kernel.exited;
    throw error;
  });
  assert.equal(await Promise.race([kernel.exited, survived]), 'SIGKILL');
  return missionId;
}

/** Carries a mission on to where it was meant to go. */
async function finish(kernel: KernelHandle, id: MissionId, deed: Deed): Promise<MissionView> {
  const resting: MissionStatus[] = ['awaiting-approval', 'done', 'rolled-back', 'parked', 'failed', 'cancelled'];
  const state = await kernel.watch.mission(id, ...resting);
  if (state.status === 'awaiting-approval' && deed === 'launch') return approve(kernel, await untilReview(kernel, id));
  return kernel.watch.mission(id, 'done', 'rolled-back', 'parked', 'failed', 'cancelled');
}

const changed = { 'src/total.js': sha256(goodTotal), 'src/note.js': sha256(note) };

describe('kill -9', () => {
  for (const { fuse, deed, left, unfinished } of cases) {
    it(`at ${fuse.at}${fuse.delay === undefined ? '' : ` + ${fuse.delay} ms`}: the next kernel goes on where it was`, async () => {
      await using rig = rigOf();
      const before = rig.picture();
      const git = rig.gitState();
      const id = await command(await rig.startChild({ fuse }), rig);
      assert.equal(rig.rows('SELECT status FROM missions WHERE id = ?', id)[0]?.['status'], left);
      if (deed === 'launch') assert.deepEqual(rig.picture(), before);

      const next = await rig.start();
      const end = left === 'rolled-back' ? await next.watch.mission(id, 'rolled-back') : await finish(next, id, deed);
      assert.equal(end.status, deed === 'roll back' ? 'rolled-back' : 'done', end.detail);
      assert.deepEqual(rig.picture(), deed === 'roll back' ? before : { ...before, ...changed });
      assert.deepEqual(rig.gitState(), git);
      const cutOff = rig.rows(`SELECT action FROM entries WHERE mission_id = ? AND reason LIKE 'unfinished%'`, id);
      assert.deepEqual(
        cutOff.map((row) => row['action']),
        unfinished === undefined ? [] : [unfinished],
      );
      const applies = rig.rows(`SELECT seq FROM entries WHERE action = 'code.apply' AND phase = 'effect' AND result = 'success'`);
      assert.equal(applies.length, 1, 'applied once, and recorded once');
      await next.api.shutdown();
      await rig.assertTidy();
    });
  }

  it('in a model call of the second agent books what it may have cost, and asks only the second agent again', async () => {
    await using rig = talkingRig();
    const child = await rig.startChild();
    const id = await launch(child, rig, 'two');
    await child.watch.until('the second agent to call the model', ({ missions }) =>
      missions[0]?.detail.startsWith('AppTester') && held(rig).length > 0 ? true : undefined,
    );
    await child.kill();
    const [lost] = rig.rows(`SELECT id, amount FROM reservations WHERE state = 'held'`);
    const next = await rig.start();
    assert.equal((await approve(next, await untilReview(next, id))).status, 'done');
    assert.deepEqual(rig.rows('SELECT state, amount, estimated FROM reservations WHERE id = ?', lost?.['id']), [
      { state: 'committed', amount: lost?.['amount'], estimated: 1 },
    ]);
    const [said] = rig.rows(`SELECT cost, reason FROM entries WHERE mission_id = ? AND action = 'budget.estimated'`, id);
    assert.equal(said?.['cost'], lost?.['amount']);
    assert.match(String(said?.['reason']), /cut off before its cost was known.*counts as spent/);
    assertBooked(rig, id);
    assert.deepEqual(writes(rig, 'src/total.js'), 1, 'the first agent was not asked again');
    assert.deepEqual(
      rig.rows(`SELECT action FROM entries WHERE reason LIKE 'unfinished%'`).map((row) => row['action']),
      ['model.call'],
    );
    await next.api.shutdown();
    await rig.assertTidy();
  });

  it('of a parked mission loses nothing', async () => {
    await using rig = rigOf();
    const child = await rig.startChild({ settings: { approvalExpiresMs: 100 } });
    const id = await launch(child, rig);
    await child.watch.mission(id, 'parked');
    await child.kill();
    const next = await rig.start();
    await next.watch.mission(id, 'parked');
    await next.api.reopen(id);
    assert.equal((await approve(next, await untilReview(next, id))).status, 'done');
    await next.api.shutdown();
    await rig.assertTidy();
  });

  it('kills the agent too, also where its mission never runs again', async () => {
    await using rig = talkingRig({ ...script, agents: { coder: [{ say: 'thinking', delayMs: 60_000 }] } });
    const child = await rig.startChild();
    const id = await launch(child, rig);
    await child.watch.until('the agent', () => (rig.rows('SELECT pid FROM mission_processes').length > 0 ? true : undefined));
    await child.watch.until('a model call', () => (held(rig).length > 0 ? true : undefined));
    await child.kill();
    const next = await rig.start({ settings: { trusted: false } });
    assert.deepEqual(held(rig), [], 'a call of a mission that never runs again is booked too');
    assertBooked(rig, id);
    assert.deepEqual(rig.rows('SELECT pid FROM mission_processes'), []);
    assert.deepEqual(await rig.strays(), []);
    assert.equal((await next.api.snapshot()).missions[0]?.status, 'running');
    await next.api.cancel(id, 'enough');
  });

  it('ends the mission with the reason where interrupted ones are not to go on', async () => {
    await using rig = rigOf();
    const id = await command(await rig.startChild({ fuse: { at: 'intent:file.write' } }), rig);
    const next = await rig.start({ settings: { persist: false } });
    const end = await next.watch.mission(id, 'failed', 'awaiting-approval');
    assert.match(end.detail, /interrupted.*agents\.persist/);
    await next.api.shutdown();
    await rig.assertTidy();
  });

  it('does not keep what was approved from landing, persistent or not', async () => {
    await using rig = rigOf();
    const before = rig.picture();
    const id = await command(await rig.startChild({ fuse: { at: 'rename:2' } }), rig);
    const next = await rig.start({ settings: { persist: false } });
    await next.watch.mission(id, 'done');
    assert.deepEqual(rig.picture(), { ...before, ...changed });
  });

  it('between a request and its mission leaves nothing to approve blindly', async () => {
    await using rig = rigOf();
    const id = await command(await rig.startChild({ fuse: { at: 'move:awaiting-approval' } }), rig);
    const [request] = rig.rows(`SELECT id, status, request FROM approvals WHERE mission_id = ?`, id);
    assert.equal(request?.['status'], 'pending');
    const { digest } = JSON.parse(String(request['request'])) as { digest: string };
    const next = await rig.start({ configure: false });
    await next.api.stopEverything('tester', 'wait');
    await next.api.configure(rig.settings);
    const { approvals, switches } = await next.api.snapshot();
    assert.deepEqual(approvals, []);
    const requestId = String(request['id']) as RequestId;
    await assert.rejects(() => next.api.review(requestId), { code: 'wrong-state' });
    const yes = { requestId, digest, decision: { kind: 'approve' }, by: 'tester' } as const;
    await assert.rejects(() => next.api.decide(yes, []), { code: 'stale-digest' });
    await next.api.liftSwitch('GLOBAL_WRITE', switches[0]?.since ?? 0, 'tester');
    const { detail } = await untilReview(next, id);
    assert.notEqual(detail.request.id, requestId);
    await assert.rejects(() => next.api.decide(yes, []), { code: 'already-decided' });
  });

  it('in the middle of an apply cannot be turned into a cancel that leaves half of it', async () => {
    await using rig = rigOf();
    const id = await command(await rig.startChild({ fuse: { at: 'rename:2' } }), rig);
    const next = await rig.start({ settings: { trusted: false } });
    await assert.rejects(() => next.api.cancel(id, 'stop'), { code: 'wrong-state' });
    await next.api.configure(rig.settings);
    await next.watch.mission(id, 'done');
  });
});

describe('closing a window', () => {
  it('ends the agents, keeps the state, and the next start goes on', async () => {
    await using rig = talkingRig();
    const first = await rig.start();
    const id = await launch(first, rig, 'two');
    await first.watch.until('the second agent', ({ missions }) => (missions[0]?.detail.startsWith('AppTester') ? true : undefined));
    await first.api.shutdown();
    assert.deepEqual(await rig.strays(), []);
    await assert.rejects(() => first.api.snapshot(), { code: 'kernel-stopped' });
    await assert.rejects(() => first.api.launch(id), { code: 'kernel-stopped' });
    const next = await rig.start();
    assert.equal((await approve(next, await untilReview(next, id))).status, 'done');
    assert.equal(writes(rig, 'src/total.js'), 1, 'the first agent was not asked again');
  });

  it('lets its process end', async () => {
    await using rig = rigOf();
    const child = await rig.startChild();
    const id = await launch(child, rig);
    await child.watch.mission(id, 'running');
    assert.equal(await child.end(), 0);
  });
});

function held(rig: KernelRig): readonly unknown[] {
  return rig.rows(`SELECT id FROM reservations WHERE state = 'held'`);
}

/** Every micro-dollar the budget counts stands in the ledger too. */
function assertBooked(rig: KernelRig, id: MissionId): void {
  const [spent] = rig.rows(`SELECT SUM(amount) AS usd FROM reservations WHERE state = 'committed' AND mission_id = ?`, id);
  const [told] = rig.rows('SELECT SUM(cost) AS usd FROM entries WHERE mission_id = ?', id);
  assert.deepEqual(told, spent);
  assert.notEqual(spent?.['usd'], 0);
}

/** How often a file was written, by the record. */
function writes(rig: KernelRig, path: string): number {
  return rig.rows(`SELECT seq FROM entries WHERE action = 'file.write' AND phase = 'effect' AND resource = ?`, path).length;
}

function rigOf(): KernelRig {
  return new KernelRig({ agent: quickWrites });
}

function talkingRig(said: DemoScript = script): KernelRig {
  return new KernelRig({ script: said, presets: [{ ...KernelRig.quick(), id: 'two', agents: KernelRig.build().agents }] });
}
