import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MissionId } from '../../../src/base/ids.ts';
import type { Mission } from '../../../src/contracts/mission.ts';
import { expectedDuration, placeOf, queued } from '../../../src/missions/queue.ts';
import { mission, states } from './samples.ts';

const SIX_MINUTES = 6 * 60_000;
const waiting = (id: string, since: number): Mission => mission(id, { status: 'queued', since });
const running = (id: string, createdAt = 0): Mission => mission(id, states.running, { createdAt });

describe('the queue', () => {
  it('takes what came first, and the smaller id of two that came together', () => {
    const line = queued([waiting('c', 2), waiting('b', 1), waiting('a', 1), running('r'), mission('d')]);
    assert.deepEqual(
      line.map(({ id }) => id),
      ['a', 'b', 'c'],
    );
  });

  const check = (missions: readonly Mission[], places: number, now: number, expected: [number, number] | undefined): void => {
    const place = placeOf(missions, 'q' as MissionId, places, now);
    assert.deepEqual(place && [place.position, place.estimatedWaitMs], expected);
  };

  it('tells position and wait: every place goes to the one that is free first', () => {
    assert.equal(expectedDuration(mission('m')), SIX_MINUTES);
    const me = waiting('q', 10);
    check([me], 1, 0, [1, 0]);
    check([me, waiting('a', 1)], 1, 0, [2, SIX_MINUTES]);
    check([me, waiting('a', 1)], 2, 0, [2, 0]);
    check([me, running('r')], 1, 0, [1, SIX_MINUTES]);
    check([me, running('r')], 1, 60_000, [1, SIX_MINUTES - 60_000]);
    check([me, running('r'), running('s', -120_000)], 2, 0, [1, SIX_MINUTES - 120_000]);
    check([me, waiting('a', 1), running('r'), running('s', -120_000)], 2, 0, [2, SIX_MINUTES]);
    // One that runs late has a tenth of its time left, however late it is.
    check([me, running('r', -10 * SIX_MINUTES)], 1, 0, [1, SIX_MINUTES / 10]);
    check([running('r')], 1, 0, undefined);
    check([mission('q', states['awaiting-approval'])], 1, 0, undefined);
    // Those that wait for a person take no place.
    check([me, mission('p', states['awaiting-approval']), mission('o', states.parked)], 1, 0, [1, 0]);
  });

  it('never lets a later mission wait less, nor more places make one wait longer', () => {
    const missions = fc
      .tuple(fc.nat(12), fc.nat(6), fc.array(fc.nat(1_000_000), { maxLength: 6 }))
      .map(([queue, , starts]) => [
        ...Array.from({ length: queue + 1 }, (_, index) => waiting(`q${String(index).padStart(2, '0')}`, index)),
        ...starts.map((at, index) => running(`r${index}`, -at)),
      ]);
    fc.assert(
      fc.property(missions, fc.integer({ min: 1, max: 50 }), (all, places) => {
        const line = queued(all);
        const placesOf = line.map(({ id }) => placeOf(all, id, places, 0));
        const more = line.map(({ id }) => placeOf(all, id, places + 1, 0));
        placesOf.forEach((place, index) => {
          assert.ok(place && place.estimatedWaitMs >= 0);
          assert.equal(place.position, index + 1);
          assert.ok(index === 0 || place.estimatedWaitMs >= (placesOf[index - 1]?.estimatedWaitMs ?? Infinity));
          assert.ok((more[index]?.estimatedWaitMs ?? Infinity) <= place.estimatedWaitMs);
        });
      }),
    );
  });
});
