import assert from 'node:assert/strict';
import type { RequestId } from '../../../src/base/ids.ts';
import { usdToMicro } from '../../../src/base/money.ts';
import type { LeftOut, MissionState, Narrowing } from '../../../src/contracts/mission.ts';
import { viewOf } from '../../../src/missions/missionView.ts';
import { mission, states, statuses } from './samples.ts';

const facts = { place: undefined, waiting: [], spent: usdToMicro(0.12), elsewhere: false, activity: undefined };

describe('the view of a mission', () => {
  it('has one line of detail in every status, and the request only while it waits', () => {
    for (const status of statuses) {
      const view = viewOf(mission('m', states[status]), facts);
      assert.equal(view.status, status);
      assert.match(view.detail, /^\S.*\S$/);
      assert.equal(view.requestId, status === 'awaiting-approval' ? 'r' : undefined);
      assert.equal(view.queue, undefined);
    }
  });

  const detail = (state: MissionState, activity?: string): string => viewOf(mission('m', state), { ...facts, activity }).detail;

  it('says what goes on or why it ended', () => {
    assert.equal(detail(states.running), 'Worktree ready');
    assert.equal(detail(states.running, 'Coder: read a.ts'), 'Coder: read a.ts');
    assert.equal(detail(states.verifying, undefined), 'Testing and checking the changes');
    assert.equal(detail(states.failed, 'an old activity'), 'It broke.');
    assert.equal(detail(states.rejected), 'Not this way.');
    assert.equal(detail(states.cancelled), 'Changed my mind.');
    assert.equal(detail({ ...states.done, refusal: { code: 'x', message: '`a.ts` changed' } }), 'Applied; not rolled back: `a.ts` changed');
  });

  it('says that only a part was approved, and how much was left out', () => {
    const { candidate } = states.done;
    const file = { path: 'a', hunks: 3, whole: true };
    const hunk = { path: 'b', hunks: 1, whole: false };
    const narrowing = (leftOut: readonly LeftOut[]): Narrowing => ({ requestId: 'r' as RequestId, whole: candidate, leftOut });
    const done = (...leftOut: LeftOut[]): string =>
      detail({ ...states.done, candidate: { ...candidate, narrowedFrom: narrowing(leftOut) } });
    assert.equal(done(file, file, hunk), 'Approved in part and applied to the workspace; left out: 2 files and 1 hunk');
    assert.equal(done(hunk, hunk), 'Approved in part and applied to the workspace; left out: 2 hunks');
    assert.equal(done(file), 'Approved in part and applied to the workspace; left out: 1 file');
    const part = { kind: 'part', result: candidate.result, narrowing: narrowing([file]) } as const;
    assert.equal(detail({ ...states.verifying, task: part }), 'Testing and checking your selection');
  });

  it('has its place in the queue, its money, and says DEMO and elsewhere', () => {
    const queued = mission('m', states.queued);
    const view = viewOf(queued, { ...facts, place: { position: 1 }, elsewhere: true });
    assert.deepEqual(
      [view.queue, view.spent, view.budget, view.demo, view.elsewhere],
      [{ position: 1, priority: 'normal' }, usdToMicro(0.12), usdToMicro(0.5), true, true],
    );
    assert.equal(viewOf(mission('m', states.done, { model: 'gpt' }), facts).demo, false);
  });
});
