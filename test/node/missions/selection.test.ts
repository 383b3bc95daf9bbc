import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { sha256 } from '../../../src/base/digest.ts';
import type { MissionId, RequestId } from '../../../src/base/ids.ts';
import { systemClock } from '../../../src/base/clock.ts';
import type { FileSelection } from '../../../src/contracts/review.ts';
import { leaseName, Leases } from '../../../src/durable/leases.ts';
import { processAlive, processStart } from '../../../src/durable/processAlive.ts';
import { openStore } from '../../../src/store/store.ts';
import { approval, approve, launch, narrow, rejection, untilNext, untilReview, type Review } from '../../support/flights.ts';
import { halfEven, halfEvenRig, halfEvenTest } from '../../support/halfEven.ts';
import type { KernelRig } from '../../support/kernelRig.ts';
import type { KernelHandle } from '../../support/kernelWatch.ts';

const note = "export const note = 'new';\n";
const fix = { path: 'src/total.js' };
const test = { path: 'test/half.test.js' };

const pathsOf = ({ detail }: Review): readonly string[] => detail.files.map(({ path, hunks }) => `${path} ${hunks.length}`);
const testRuns = (rig: KernelRig): number =>
  rig.rows(`SELECT seq FROM entries WHERE action = 'shell.exec' AND phase = 'effect' AND resource LIKE '%--test%'`).length;

describe('a selection', () => {
  let rig: KernelRig;
  let kernel: KernelHandle;
  let id: MissionId;
  let whole: Review;
  beforeEach(async () => {
    rig = halfEvenRig();
    kernel = await rig.start();
    id = await launch(kernel, rig, 'fix');
    whole = await untilReview(kernel, id);
    assert.deepEqual(pathsOf(whole), ['src/note.js 1', 'src/total.js 2', 'test/half.test.js 1']);
    assert.equal(whole.detail.tests?.summary, '9 passed');
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  it('is a new tree with a new digest, tested by itself, asked for, applied and rolled back: exactly this', async () => {
    const before = rig.picture();
    const git = rig.gitState();
    await narrow(kernel, whole, [{ path: 'src/total.js', hunks: [0] }, test]);
    const part = await untilNext(kernel, whole);
    const { detail } = part;
    assert.deepEqual(pathsOf(part), ['src/total.js 1', 'test/half.test.js 1']);
    assert.deepEqual(detail.files[0]?.hunks[0], whole.detail.files[1]?.hunks[0], 'the hunk that was kept');
    assert.equal(detail.files[0]?.afterSha256, sha256(halfEven.first));
    assert.notEqual(detail.request.digest, whole.detail.request.digest);
    assert.deepEqual(detail.narrowedFrom, { requestId: whole.detail.request.id, filesLeftOut: 1, hunksLeftOut: 1 });
    assert.deepEqual([detail.tests?.status, testRuns(rig)], ['passed', 2]);
    assert.ok(detail.findings.some(({ code }) => code === 'needs-approval'));
    const old = await kernel.api.review(whole.detail.request.id);
    assert.deepEqual(old.request.state.status === 'superseded' && old.request.state.by, detail.request.id);
    await assert.rejects(() => kernel.api.decide(approval(whole.detail), []), { code: 'already-decided' });
    assert.deepEqual(rig.picture(), before, 'nothing lands before the approval');
    const after = await kernel.api.blob(id, 'after', 'src/total.js');
    assert.equal(Buffer.from(after ?? []).toString(), halfEven.first, 'the native diff shows the part');

    const done = await approve(kernel, part);
    assert.equal(done.detail, 'Approved in part and applied to the workspace; left out: 1 file and 1 hunk');
    assert.deepEqual(rig.picture(), {
      ...before,
      'src/total.js': sha256(halfEven.first),
      'test/half.test.js': sha256(halfEvenTest),
    });
    assert.deepEqual(rig.gitState(), git);
    const entries = await kernel.api.ledger({ missionId: id, limit: 1_000 });
    const click = entries.find(({ action }) => action === 'approval.narrowed');
    const leftOut = [
      { path: 'src/note.js', hunks: 1, whole: true },
      { path: 'src/total.js', hunks: 1, whole: false },
    ];
    const { tree, ...payload } = click?.payload as { tree: string };
    assert.deepEqual(payload, { digest: whole.detail.request.digest, leftOut });
    assert.deepEqual([click?.principal, click?.restsOn], [{ kind: 'person', id: 'tester' }, whole.detail.request.id]);
    const end = entries.find(({ action }) => action === 'mission.done')?.payload as Record<string, unknown>;
    assert.deepEqual([end['tree'], end['filesLeftOut'], end['hunksLeftOut']], [tree, 1, 1]);
    // What was left out is still there for git.
    assert.equal(rig.git('show', `refs/gonogo/missions/${id}/result:src/note.js`), note.trim());

    await kernel.api.rollBack(id);
    assert.deepEqual(rig.picture(), before);
    assert.deepEqual(rig.gitState(), git);
    await kernel.api.shutdown();
    await rig.assertTidy();
    assert.deepEqual(kernel.watch.logs, []);
  });

  it('without the fix fails its tests, and the whole is there again with the reason', async () => {
    await narrow(kernel, whole, [test]);
    const again = await untilNext(kernel, whole);
    const { detail } = again;
    assert.deepEqual(pathsOf(again), pathsOf(whole));
    assert.deepEqual([detail.request.digest, detail.narrowedFrom], [whole.detail.request.digest, undefined]);
    const [problem] = detail.findings;
    assert.deepEqual([problem?.check, problem?.effect, problem?.code], ['selection', 'hold', 'selection-refused']);
    assert.equal(
      problem?.reason,
      'Your selection could not be used, so this is the whole change again. The tests do not pass: 8 passed, 1 failed.',
    );
    assert.match(String(problem.evidence?.['output']), /half to even/);
    assert.deepEqual([detail.tests?.summary, testRuns(rig)], ['9 passed', 2]);
    assert.equal((await approve(kernel, again)).detail, 'Applied to the workspace');
    assert.equal(rig.read('src/note.js'), note);
    await kernel.api.shutdown();
    await rig.assertTidy();
  });

  it('without the test passes, and can be narrowed again', async () => {
    await narrow(kernel, whole, [fix, { path: 'src/note.js' }]);
    const once = await untilNext(kernel, whole);
    assert.deepEqual([once.detail.tests?.summary, once.detail.narrowedFrom?.filesLeftOut], ['8 passed', 1]);
    await narrow(kernel, once, [{ path: 'src/total.js', hunks: [1] }, { path: 'src/note.js' }]);
    const twice = await untilNext(kernel, once);
    assert.deepEqual(twice.detail.narrowedFrom, { requestId: once.detail.request.id, filesLeftOut: 1, hunksLeftOut: 1 });
    await assert.rejects(() => narrow(kernel, twice, [{ path: 'src/total.js', hunks: [1] }]), { code: 'bad-selection' });
    await narrow(kernel, twice, [fix]);
    const thrice = await untilNext(kernel, twice);
    assert.deepEqual(thrice.detail.narrowedFrom, { requestId: twice.detail.request.id, filesLeftOut: 2, hunksLeftOut: 1 });
    assert.equal((await approve(kernel, thrice)).status, 'done');
    assert.equal(rig.read('src/total.js'), halfEven.second);
  });

  it('that was no good can be followed by one that is', async () => {
    await narrow(kernel, whole, [test]);
    const again = await untilNext(kernel, whole);
    await narrow(kernel, again, [fix, test]);
    const part = await untilNext(kernel, again);
    assert.deepEqual([part.detail.tests?.status, part.detail.findings.some(({ check }) => check === 'selection')], ['passed', false]);
    assert.equal((await approve(kernel, part)).status, 'done');
    assert.equal(rig.read('src/total.js'), halfEven.both);
  });

  it('that is no selection is refused, and recorded, and changes nothing', async () => {
    const { id: requestId, digest } = whole.detail.request;
    const all = whole.detail.files.map(({ path }) => ({ path }));
    const rows: [string, () => Promise<void>][] = [
      ['unknown-request', () => kernel.api.narrow('nothing' as RequestId, digest, [fix], 'tester')],
      ['stale-digest', () => kernel.api.narrow(requestId, sha256('else'), [fix], 'tester')],
      ['stale-digest', () => kernel.api.narrow(requestId, '', [fix], 'tester')],
      ...([[], all, [{ path: 'README.md' }], [{ ...fix, hunks: [2] }], [fix, fix]] satisfies FileSelection[][]).map(
        (selection): [string, () => Promise<void>] => ['bad-selection', () => narrow(kernel, whole, selection)],
      ),
    ];
    for (const [code, attempt] of rows) await assert.rejects(attempt, { code });
    await kernel.api.configure({ ...rig.settings, trusted: false });
    await assert.rejects(() => narrow(kernel, whole, [fix]), { code: 'untrusted-workspace' });
    await kernel.api.configure(rig.settings);
    const refused = (await kernel.api.ledger({ limit: 1_000 })).filter(({ action }) => action === 'approval.refused');
    assert.equal(refused.length, rows.length + 1);
    assert.ok(refused.every(({ result, reason }) => result === 'blocked' && reason));
    assert.equal((await kernel.api.snapshot()).missions[0]?.requestId, requestId);
    await approve(kernel, whole);
    await assert.rejects(() => narrow(kernel, whole, [fix]), { code: 'already-decided' });
  });

  it('takes the review back: while it is checked nothing can be decided, in any way', async () => {
    await narrow(kernel, whole, [fix]);
    await assert.rejects(() => kernel.api.decide(approval(whole.detail), []), { code: 'stale-digest' });
    await assert.rejects(() => kernel.api.decide(rejection(whole.detail, 'no'), []), { code: 'stale-digest' });
    await assert.rejects(() => narrow(kernel, whole, [test]), { code: 'stale-digest' });
    assert.deepEqual((await kernel.api.snapshot()).approvals, []);
    const shown = await kernel.api.review(whole.detail.request.id);
    assert.deepEqual([shown.files.length, shown.mission?.detail], [3, 'Testing and checking your selection']);
    await untilNext(kernel, whole);
  });

  it('can be cancelled while it is checked', async () => {
    await narrow(kernel, whole, [fix]);
    await kernel.api.cancel(id, 'enough');
    await kernel.api.shutdown();
    await rig.assertTidy();
  });

  it('that nobody answers is parked, and opened again it is the selection still', async () => {
    await kernel.api.configure({ ...rig.settings, approvalExpiresMs: 100 });
    await narrow(kernel, whole, [fix]);
    await kernel.watch.mission(id, 'parked');
    await kernel.api.configure(rig.settings);
    await kernel.api.reopen(id);
    const part = await untilReview(kernel, id);
    assert.deepEqual([pathsOf(part), part.detail.narrowedFrom?.filesLeftOut], [['src/total.js 2'], 2]);
    assert.equal((await approve(kernel, part)).status, 'done');
    assert.equal(rig.read('src/total.js'), halfEven.both);
  });

  it('whose whole nobody answers is parked, and opened again it is the whole, not what was tested last', async () => {
    await kernel.api.configure({ ...rig.settings, approvalExpiresMs: 100 });
    await narrow(kernel, whole, [test]);
    await kernel.watch.mission(id, 'parked');
    await kernel.api.configure(rig.settings);
    await kernel.api.reopen(id);
    const again = await untilReview(kernel, id);
    assert.deepEqual([pathsOf(again), again.detail.findings[0]?.code], [pathsOf(whole), 'selection-refused']);
  });

  it('waits while everything is stopped, and goes on after', async () => {
    await kernel.api.stopEverything('tester', 'lunch');
    await narrow(kernel, whole, [test]);
    const stopped = await kernel.api.snapshot();
    assert.equal(stopped.missions[0]?.status, 'verifying');
    await kernel.api.liftSwitch('GLOBAL_WRITE', stopped.switches[0]?.since ?? 0, 'tester');
    const again = await untilNext(kernel, whole);
    assert.match(again.detail.findings[0]?.reason ?? '', /The tests do not pass/, 'the stop is not what is held against it');
  });

  it('whose worktree is gone parks the whole, and says why', async () => {
    rmSync(`${rig.home}/worktrees/${id}`, { recursive: true });
    await narrow(kernel, whole, [fix]);
    const parked = await kernel.watch.mission(id, 'parked', 'failed');
    assert.equal(parked.status, 'parked');
    assert.match(parked.detail, /could not be asked for again: It could not be laid out: the worktree of mission .* is gone/);
  });

  it('is refused while another window has the mission', async () => {
    const opened = openStore(rig.home, undefined);
    assert.ok(opened.ok);
    using store = opened.value;
    const owner = { pid: process.pid, startedAt: processStart(process.pid), kernel: 'another' };
    const leases = new Leases({ store, clock: systemClock, owner, ttl: 60_000, alive: processAlive });
    await store.unitOfWork.run(() => leases.acquire(leaseName(id)));
    await assert.rejects(() => narrow(kernel, whole, [fix]), { code: 'read-only' });
    assert.equal((await kernel.api.snapshot()).missions[0]?.status, 'awaiting-approval');
  });
});
