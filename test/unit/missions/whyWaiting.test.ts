import assert from 'node:assert/strict';
import type { RequestId, MissionId } from '../../../src/base/ids.ts';
import { microUsd, zeroUsd } from '../../../src/base/money.ts';
import type { Mission, MissionStatus } from '../../../src/contracts/mission.ts';
import type { Occupant, WaitReason } from '../../../src/contracts/queue.ts';
import type { Meter } from '../../../src/contracts/review.ts';
import type { QueuedMission } from '../../../src/missions/queue.ts';
import { goneBudgets, whyWaiting, type WaitFacts } from '../../../src/missions/whyWaiting.ts';
import { mission, states, statuses } from './samples.ts';

const me: QueuedMission = { ...mission('q', states.queued), state: states.queued };
const other: QueuedMission = { ...mission('a', states.queued), state: states.queued };
const occupant: Occupant = { id: 'r' as MissionId, goal: 'Fly', elsewhere: true, asks: false };
const meter = (scope: Meter['scope'], spent: number, reserved = 0): Meter => ({
  scope,
  spent: microUsd(spent),
  reserved: microUsd(reserved),
  limit: microUsd(10),
});
const clear: WaitFacts = {
  storeWorks: true,
  stop: undefined,
  trusted: true,
  queuePause: undefined,
  meters: [meter('day', 9), meter('month', 0)],
  places: 1,
  occupants: [],
  line: [me],
  elsewhere: false,
  question: undefined,
};
const stop = { name: 'GLOBAL_WRITE', by: 'ann', reason: 'lunch', since: 1 } as const;
const pause = { by: 'bob', since: 2 };
const question = 'x' as RequestId;

describe('why a mission waits', () => {
  const check = (what: Mission, more: Partial<WaitFacts>, ...expected: WaitReason[]): void => {
    assert.deepEqual(whyWaiting(what, { ...clear, ...more }), expected);
  };
  const paused: QueuedMission = { ...me, state: { ...me.state, paused: pause } };

  it('is said of a queued one for each thing that may stand in its way', () => {
    check(me, {}, { kind: 'starting' });
    check(me, { storeWorks: false }, { kind: 'store-trouble' });
    check(me, { stop }, { kind: 'stopped', by: 'ann', reason: 'lunch' });
    check(me, { trusted: false }, { kind: 'not-trusted' });
    check(paused, { line: [paused] }, { kind: 'paused', ...pause });
    check(me, { queuePause: pause }, { kind: 'queue-paused', ...pause });
    check(
      me,
      { meters: [meter('day', 4, 6), meter('month', 11)] },
      { kind: 'budget-gone', scope: 'day' },
      { kind: 'budget-gone', scope: 'month' },
    );
    check(me, { occupants: [occupant] }, { kind: 'places-taken', places: 1, by: [occupant] });
    check(me, { line: [other, me] }, { kind: 'behind', ahead: 1, rises: true });
    check(me, { line: [other, me], places: 2 }, { kind: 'starting' });
    check(me, { elsewhere: true }, { kind: 'other-window' });
  });

  it('names all of them at once, what stops everything first', () => {
    const high: QueuedMission = { ...paused, state: { ...paused.state, priority: 'high' } };
    const all = { storeWorks: false, stop, trusted: false, queuePause: pause, meters: [meter('month', 10)], occupants: [occupant] };
    assert.deepEqual(
      whyWaiting(high, { ...clear, ...all, line: [other, high] }).map(({ kind }) => kind),
      ['store-trouble', 'stopped', 'not-trusted', 'paused', 'queue-paused', 'budget-gone', 'places-taken'],
    );
    const [behind] = whyWaiting({ ...me, state: { ...me.state, priority: 'high' } }, { ...clear, line: [other, me] });
    assert.deepEqual(behind, { kind: 'behind', ahead: 1, rises: false });
  });

  it('passes over paused ones that stand before it', () => {
    check(me, { line: [{ ...other, state: paused.state }, me] }, { kind: 'starting' });
  });

  it('is your decision, where it asks you', () => {
    check(mission('m', states['awaiting-approval']), {}, { kind: 'your-decision', what: 'review', requestId: 'r' as RequestId });
    check(mission('m', states.running), { question }, { kind: 'your-decision', what: 'question', requestId: question });
    check(mission('m', states.parked), {}, { kind: 'parked' });
  });

  it('is nothing for one that works or has ended, unless everything stands still', () => {
    const quiet: readonly MissionStatus[] = statuses.filter((status) => !['queued', 'awaiting-approval', 'parked'].includes(status));
    for (const status of quiet) check(mission('m', states[status]), {});
    for (const status of ['running', 'verifying', 'applying'] as const)
      check(mission('m', states[status]), { stop }, { kind: 'stopped', by: 'ann', reason: 'lunch' });
    // A rollback goes on while everything else is stopped, but not without a store.
    check(mission('m', states['rolling-back']), { stop });
    check(mission('m', states['rolling-back']), { storeWorks: false }, { kind: 'store-trouble' });
    for (const status of ['done', 'failed', 'cancelled'] as const) check(mission('m', states[status]), { stop, storeWorks: false });
  });

  it('counts a budget as gone at its limit, and a mission’s own never', () => {
    assert.deepEqual(goneBudgets([meter('day', 9), meter('month', 10), meter('mission', 11)]), ['month']);
    assert.deepEqual(goneBudgets([{ ...meter('day', 0), limit: zeroUsd }]), ['day']);
  });
});
