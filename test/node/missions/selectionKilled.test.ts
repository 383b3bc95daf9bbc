import assert from 'node:assert/strict';
import { isCodedError } from '../../../src/base/errors.ts';
import { sha256 } from '../../../src/base/digest.ts';
import type { MissionId } from '../../../src/base/ids.ts';
import type { FileSelection } from '../../../src/contracts/review.ts';
import type { MissionStatus } from '../../../src/contracts/mission.ts';
import type { ChildKernel, Fuse } from '../../support/childKernel.ts';
import { approval, approve, launch, narrow, untilNext, untilReview } from '../../support/flights.ts';
import { halfEven, halfEvenRig, halfEvenTest } from '../../support/halfEven.ts';
import type { KernelRig } from '../../support/kernelRig.ts';

const good: readonly FileSelection[] = [{ path: 'src/total.js', hunks: [0] }, { path: 'test/half.test.js' }];
/** Its tests fail without the fix. */
const bad: readonly FileSelection[] = [{ path: 'test/half.test.js' }];

interface Case {
  readonly fuse: Fuse;
  readonly selection: readonly FileSelection[];
  readonly left: MissionStatus;
  /** What is asked for once the next kernel has gone on; `old`: the request that was narrowed. */
  readonly asks: 'old' | 'part' | 'whole';
}

const cases: readonly Case[] = [
  { fuse: { at: 'move:verifying-part' }, selection: good, left: 'awaiting-approval', asks: 'old' },
  { fuse: { at: 'moved:verifying-part' }, selection: good, left: 'verifying', asks: 'part' },
  // While the worktree is laid out, and in the test run.
  { fuse: { at: 'moved:verifying-part', delay: 40 }, selection: good, left: 'verifying', asks: 'part' },
  { fuse: { at: 'moved:verifying-part', delay: 120 }, selection: good, left: 'verifying', asks: 'part' },
  { fuse: { at: 'moved:verifying-part', delay: 350 }, selection: good, left: 'verifying', asks: 'part' },
  { fuse: { at: 'move:awaiting-approval-part' }, selection: good, left: 'verifying', asks: 'part' },
  { fuse: { at: 'moved:awaiting-approval-part' }, selection: good, left: 'awaiting-approval', asks: 'part' },
  { fuse: { at: 'move:verifying-whole' }, selection: bad, left: 'verifying', asks: 'whole' },
  { fuse: { at: 'moved:verifying-whole' }, selection: bad, left: 'verifying', asks: 'whole' },
  { fuse: { at: 'moved:verifying-whole', delay: 100 }, selection: bad, left: 'verifying', asks: 'whole' },
];

/** Selects until the fuse burns. */
async function select(kernel: ChildKernel, rig: KernelRig, selection: readonly FileSelection[]): Promise<MissionId> {
  const id = await launch(kernel, rig, 'fix');
  const review = await untilReview(kernel, id);
  const carryOn = async (): Promise<never> => {
    await narrow(kernel, review, selection);
    const next = await untilNext(kernel, review);
    await kernel.exited;
    throw new Error(`the fuse did not burn: it was ${next.mission.status}`);
  };
  const survived = carryOn().catch(async (error: unknown) => {
    if (isCodedError(error) && error.code === 'kernel-stopped') return kernel.exited;
    throw error;
  });
  assert.equal(await Promise.race([kernel.exited, survived]), 'SIGKILL');
  return id;
}

describe('kill -9 in a selection', () => {
  for (const { fuse, selection, left, asks } of cases) {
    it(`at ${fuse.at}${fuse.delay === undefined ? '' : ` + ${fuse.delay} ms`}: asks for the ${asks}, and applies nothing unasked`, async () => {
      await using rig = halfEvenRig();
      const before = rig.picture();
      const id = await select(await rig.startChild({ fuse }), rig, selection);
      assert.equal(rig.rows('SELECT status FROM missions WHERE id = ?', id)[0]?.['status'], left);
      const [old] = rig.rows('SELECT id FROM approvals ORDER BY asked_at, id');

      const next = await rig.start();
      const review = await untilReview(next, id);
      assert.deepEqual(rig.picture(), before);
      const { request, files, findings, narrowedFrom, tests } = review.detail;
      assert.equal(request.id === old?.['id'], asks === 'old');
      assert.equal(narrowedFrom?.requestId, asks === 'part' ? old?.['id'] : undefined);
      assert.equal(
        findings.some(({ code }) => code === 'selection-refused'),
        asks === 'whole',
      );
      assert.equal(files.length, asks === 'part' ? 2 : 3);
      assert.equal(tests?.status, 'passed', 'what is asked for was tested');
      assert.equal((await approve(next, review)).status, 'done');
      const kept = { 'src/total.js': sha256(halfEven.first), 'test/half.test.js': sha256(halfEvenTest) };
      if (asks === 'part') assert.deepEqual(rig.picture(), { ...before, ...kept });
      else assert.equal(rig.read('src/total.js'), halfEven.both);
      await next.api.rollBack(id);
      assert.deepEqual(rig.picture(), before);
      await next.api.shutdown();
      await rig.assertTidy();
    });
  }

  it('in its apply: the next kernel finishes the part, and no more', async () => {
    await using rig = halfEvenRig();
    const before = rig.picture();
    const child = await rig.startChild({ fuse: { at: 'rename:2' } });
    const id = await launch(child, rig, 'fix');
    const whole = await untilReview(child, id);
    await narrow(child, whole, good);
    const part = await untilNext(child, whole);
    await child.api.decide(approval(part.detail), []).catch((error: unknown) => {
      if (!isCodedError(error) || error.code !== 'kernel-stopped') throw error;
    });
    assert.equal(await child.exited, 'SIGKILL');
    const next = await rig.start();
    await next.watch.mission(id, 'done');
    const kept = { 'src/total.js': sha256(halfEven.first), 'test/half.test.js': sha256(halfEvenTest) };
    assert.deepEqual(rig.picture(), { ...before, ...kept });
  });

  it('is no end of the mission where interrupted ones are not to go on: the whole can be opened again', async () => {
    await using rig = halfEvenRig();
    const id = await select(await rig.startChild({ fuse: { at: 'moved:verifying-part', delay: 120 } }), rig, good);
    const next = await rig.start({ settings: { persist: false } });
    const parked = await next.watch.mission(id, 'parked', 'failed');
    assert.match(parked.detail, /^It was interrupted, and gonogo\.agents\.persist is off\. Open it again to have the whole/);
    await next.api.reopen(id);
    const { detail } = await untilReview(next, id);
    assert.deepEqual([detail.files.length, detail.findings[0]?.code], [3, 'selection-refused']);
  });
});
