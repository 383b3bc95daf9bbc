import assert from 'node:assert/strict';
import { isActive, isFinal } from '../../../src/contracts/mission.ts';
import { mayMove } from '../../../src/missions/transitions.ts';
import { statuses } from './samples.ts';

/** All there are; what is not listed must not be possible. */
const moves = `
drafted > queued cancelled
queued > running cancelled failed
running > running verifying failed cancelled
verifying > running verifying awaiting-approval parked failed cancelled
awaiting-approval > applying verifying parked rejected failed cancelled
parked > verifying failed cancelled
applying > done parked failed cancelled
done > rolling-back
rolling-back > rolled-back done
rolled-back > reapplying
reapplying > done rolled-back
rejected >
failed >
cancelled >`;

describe('transitions', () => {
  it('are exactly these, for every pair of statuses', () => {
    const allowed = new Map(
      moves
        .trim()
        .split('\n')
        .map((line) => line.split(' > '))
        .map(([from = '', to = '']) => [from.replace(' >', ''), to.split(' ').filter((each) => each !== '')]),
    );
    assert.deepEqual([...allowed.keys()].sort(), [...statuses].sort());
    for (const from of statuses)
      for (const to of statuses) assert.equal(mayMove(from, to), allowed.get(from)?.includes(to), `${from} → ${to}`);
  });

  it('let everything that has not ended be cancelled, but for a rollback and its way back', () => {
    for (const from of statuses)
      assert.equal(mayMove(from, 'cancelled'), !isFinal(from) && from !== 'rolling-back' && from !== 'reapplying', from);
  });

  it('reach the workspace only through an approval', () => {
    const before = statuses.filter((from) => mayMove(from, 'applying'));
    assert.deepEqual(before, ['awaiting-approval']);
    assert.deepEqual(
      statuses.filter((status) => isActive(status) && isFinal(status)),
      [],
    );
  });
});
