import assert from 'node:assert/strict';
import { usdToMicro } from '../../../src/base/money.ts';
import type { MissionState } from '../../../src/contracts/mission.ts';
import { viewOf } from '../../../src/missions/missionView.ts';
import { mission, states, statuses } from './samples.ts';

const facts = { missions: [], places: 1, now: 0, spent: usdToMicro(0.12), elsewhere: false, activity: undefined };

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

  it('has its place in the queue, its money, and says DEMO and elsewhere', () => {
    const queued = mission('m', states.queued);
    const view = viewOf(queued, { ...facts, missions: [queued], elsewhere: true });
    assert.deepEqual(
      [view.queue, view.spent, view.budget, view.demo, view.elsewhere],
      [{ position: 1, estimatedWaitMs: 0 }, usdToMicro(0.12), usdToMicro(0.5), true, true],
    );
    assert.equal(viewOf(mission('m', states.done, { model: 'gpt' }), facts).demo, false);
  });
});
