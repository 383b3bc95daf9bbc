import assert from 'node:assert/strict';
import type { MissionId } from '../../../src/base/ids.ts';
import { estimate } from '../../../src/missions/flightEstimate.ts';
import { FlightRecorder } from '../../../src/missions/flightRecorder.ts';
import { buildPreset } from './samples.ts';

describe('how long a mission likely takes', () => {
  const check = (closest: readonly number[], wider: readonly number[], expected: readonly number[]): void => {
    const { from, likely, to, flights } = estimate(closest, wider, buildPreset);
    assert.deepEqual([from, likely, to, flights], expected);
  };

  it('is what the preset says while there are only a few flights', () => {
    check([], [], [120_000, 360_000, 600_000, 0]);
    check([1, 2], [1, 2], [120_000, 360_000, 600_000, 0]);
  });

  it('is the middle half of the flights with this agent, or else with any', () => {
    check([30, 10, 20], [1, 1, 1, 1], [15, 20, 25, 3]);
    check([30, 10], [30, 10, 20, 40, 1_000], [20, 30, 40, 5]);
    // One that took a day moves the middle by one flight and no more.
    check([1, 2, 3, 4, 86_400_000], [], [2, 3, 4, 5]);
  });
});

describe('the watch of a flight', () => {
  const id = 'm' as MissionId;

  it('stands still while a person is asked', () => {
    let now = 0;
    const recorder = new FlightRecorder(() => now);
    recorder.begin(id);
    now = 10;
    recorder.asking(new Set([id]));
    now = 1_000;
    recorder.asking(new Set([id]));
    assert.equal(recorder.worked(id), 10);
    recorder.asking(new Set());
    now = 1_005;
    assert.equal(recorder.worked(id), 15);
    assert.equal(recorder.end(id), 15);
    assert.deepEqual([recorder.worked(id), recorder.end(id)], [undefined, undefined]);
  });
});
