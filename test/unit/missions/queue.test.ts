import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MissionId } from '../../../src/base/ids.ts';
import type { Mission, MissionState } from '../../../src/contracts/mission.ts';
import { priorities, type Priority, type TimeRange } from '../../../src/contracts/queue.ts';
import {
  enqueued,
  isNext,
  placeOf,
  prioritized,
  queued,
  rearranged,
  RISES_AFTER,
  type QueuedMission,
  type QueueFacts,
} from '../../../src/missions/queue.ts';
import { mission, states } from './samples.ts';

const MINUTE = 60_000;
const usual: TimeRange = { from: 2 * MINUTE, likely: 6 * MINUTE, to: 10 * MINUTE };
const waiting = (id: string, since: number, more: Partial<Extract<MissionState, { status: 'queued' }>> = {}): QueuedMission => {
  const state = { status: 'queued', since, ...more } as const;
  return { ...mission(id, state), state };
};
const running = (id: string): Mission => mission(id, states.running);
const idsOf = (line: readonly Mission[]): string => line.map(({ id }) => id).join(' ');
const id = (text: string): MissionId => text as MissionId;

describe('the queue', () => {
  it('takes what came first, and the smaller id of two that came together', () => {
    assert.equal(idsOf(queued([waiting('c', 2), waiting('b', 1), waiting('a', 1), running('r'), mission('d')], 2)), 'a b c');
  });

  it('takes a higher priority first', () => {
    const line = [waiting('l', 1, { priority: 'low' }), waiting('n', 2), waiting('h', 3, { priority: 'high' })];
    assert.equal(idsOf(queued(line, 4)), 'h n l');
  });

  it('lets none starve: a low one that has waited stands before every later one', () => {
    const old = waiting('old', 0, { priority: 'low' });
    const at = (now: number): string => idsOf(queued([waiting('n', now), waiting('h', now, { priority: 'high' }), old], now));
    assert.equal(at(RISES_AFTER - 1), 'h n old');
    assert.equal(at(RISES_AFTER), 'h old n');
    assert.equal(at(2 * RISES_AFTER), 'old h n');
    // Set again by a person, it starts to rise anew.
    const again = { ...old, state: prioritized(old, 'low', 2 * RISES_AFTER) };
    assert.equal(idsOf(queued([waiting('n', 2 * RISES_AFTER), again], 2 * RISES_AFTER)), 'n old');
  });

  it('takes nothing from one that waits when the clock is set back, and puts a new one behind it', () => {
    const line = [waiting('a', 1_000_000), waiting('b', 2_000_000)];
    assert.equal(idsOf(queued(line, 5)), 'a b');
    const late = enqueued(line, 5);
    assert.equal(idsOf(queued([...line, { ...waiting('c', 5), state: late }], 5)), 'a b c');
  });

  it('gives the free places to the first that are not paused', () => {
    const line = [waiting('a', 1, { paused: { by: 'ann', since: 1 } }), waiting('b', 2), waiting('c', 3)];
    const next = (free: number): string => idsOf(line.filter((each) => isNext(line, each.id, free)));
    assert.deepEqual([next(-1), next(0), next(1), next(2)], ['', '', 'b', 'b c']);
  });
});

describe('a mission that is put elsewhere in the queue', () => {
  const check = (line: readonly QueuedMission[], moved: string, before: string | undefined, expected: string): void => {
    const states = rearranged(queued(line, 10), id(moved), before === undefined ? undefined : id(before), 10);
    const after = queued(
      line.map((each) => ({ ...each, state: states.get(each.id) ?? each.state })),
      10,
    );
    assert.equal(after.map(({ id: each, state }) => `${each}${state.priority ? `:${state.priority}` : ''}`).join(' '), expected);
  };
  const three = [waiting('a', 1), waiting('b', 2), waiting('c', 3)];

  it('stands there, and the others keep their order', () => {
    check(three, 'c', 'a', 'c a b');
    check(three, 'a', undefined, 'b c a');
    check(three, 'a', 'c', 'b a c');
    check(three, 'b', 'b', 'a b c');
    check(three, 'gone', 'a', 'a b c');
  });

  it('takes the priority of its new neighbours, by as little as it must', () => {
    const mixed = [waiting('h', 1, { priority: 'high' }), waiting('n', 2, { priority: 'normal' }), waiting('l', 3, { priority: 'low' })];
    check(mixed, 'l', 'h', 'l:high h:high n:normal');
    check(mixed, 'l', 'n', 'h:high l:normal n:normal');
    check(mixed, 'h', undefined, 'n:normal l:low h:low');
    check(mixed, 'h', 'l', 'n:normal h:normal l:low');
  });

  it('leaves missions of other windows where they are', () => {
    const foreign = waiting('x', 2);
    const mine = [waiting('a', 1), waiting('b', 3)];
    const states = rearranged(mine, id('b'), id('a'), 10);
    const all = [...mine.map((each) => ({ ...each, state: states.get(each.id) ?? each.state })), foreign];
    assert.equal(idsOf(queued(all, 10)), 'b x a');
  });

  it('is where it was put, whatever waits', () => {
    const one = fc.tuple(fc.constantFrom<Priority>(...priorities), fc.nat(3 * RISES_AFTER));
    fc.assert(
      fc.property(fc.array(one, { minLength: 2, maxLength: 8 }), fc.nat(7), fc.nat(8), (given, from, to) => {
        const now = 3 * RISES_AFTER;
        const line = queued(
          given.map(([priority, since], index) => waiting(`m${index}`, since, { priority, order: index })),
          now,
        );
        const moved = line[from % line.length]!.id;
        const others = line.filter((each) => each.id !== moved).map((each) => each.id);
        const place = to % line.length;
        const states = rearranged(line, moved, others[place], now);
        const after = queued(
          line.map((each) => ({ ...each, state: states.get(each.id) ?? each.state })),
          now,
        );
        assert.deepEqual(
          after.map((each) => each.id),
          others.toSpliced(place, 0, moved),
        );
      }),
    );
  });
});

describe('the wait in the queue', () => {
  const facts = (missions: readonly Mission[], more: Partial<QueueFacts> = {}): QueueFacts => ({
    missions,
    places: 1,
    now: 100,
    paused: false,
    expected: () => usual,
    worked: () => 0,
    ...more,
  });
  const check = (given: QueueFacts, position: number, ...minutes: number[]): void => {
    const place = placeOf(given, id('q'));
    assert.equal(place?.position, position);
    assert.deepEqual(
      place.wait && [place.wait.from, place.wait.likely, place.wait.to].map((wait) => wait / MINUTE),
      minutes.length ? minutes : undefined,
    );
  };
  const me = waiting('q', 10);

  it('is a range: every place goes to the one that is free first', () => {
    check(facts([me]), 1, 0, 0, 0);
    check(facts([me, waiting('a', 1)]), 2, 2, 6, 10);
    check(facts([me, waiting('a', 1)], { places: 2 }), 2, 0, 0, 0);
    check(facts([me, running('r')]), 1, 2, 6, 10);
    check(facts([me, running('r')], { worked: () => MINUTE }), 1, 1, 5, 9);
    check(facts([me, waiting('a', 1), running('r'), running('s')], { places: 2 }), 2, 2, 6, 10);
    // One that works late has a tenth of its time left, however late it is.
    check(facts([me, running('r')], { worked: () => 100 * MINUTE }), 1, 0.2, 0.6, 1);
    // Of another window's nobody knows how far it is.
    check(facts([me, running('r')], { worked: () => undefined }), 1, 0.2, 3, 10);
    // The limit was lowered: two have to end.
    check(facts([me, running('r'), running('s')], { worked: (each) => (each.id === 'r' ? MINUTE : 0) }), 1, 2, 6, 10);
    assert.equal(placeOf(facts([running('r')]), id('q')), undefined);
    // Those that wait for a person take no place, and paused ones let others go first.
    check(facts([me, mission('p', states['awaiting-approval']), mission('o', states.parked)]), 1, 0, 0, 0);
    check(facts([me, waiting('a', 1, { paused: { by: 'ann', since: 1 } })]), 2, 0, 0, 0);
  });

  it('is not known while it is paused', () => {
    check(facts([me], { paused: true }), 1);
    check(facts([waiting('q', 10, { paused: { by: 'ann', since: 1 } })]), 1);
  });

  it('never shrinks towards the back, grows with more places, or turns around', () => {
    const missions = fc
      .tuple(fc.nat(12), fc.nat(6))
      .map(([queue, flying]) => [
        ...Array.from({ length: queue + 1 }, (_, index) => waiting(`q${String(index).padStart(2, '0')}`, index)),
        ...Array.from({ length: flying }, (_, index) => running(`r${index}`)),
      ]);
    fc.assert(
      fc.property(missions, fc.integer({ min: 1, max: 50 }), fc.nat(20 * MINUTE), (all, places, worked) => {
        const given = facts(all, { places, worked: () => worked });
        const waits = (of: QueueFacts) => queued(all, 0).map((each) => placeOf(of, each.id)!.wait!);
        const [now, more] = [waits(given), waits({ ...given, places: places + 1 })];
        now.forEach((wait, index) => {
          assert.ok(wait.from >= 0 && wait.from <= wait.likely && wait.likely <= wait.to);
          assert.ok(index === 0 || wait.likely >= now[index - 1]!.likely);
          assert.ok(more[index]!.to <= wait.to);
        });
      }),
    );
  });
});
