import assert from 'node:assert/strict';
import fc from 'fast-check';
import { startOfDay, startOfMonth } from '../../../src/budget/calendar.ts';

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'America/Sao_Paulo', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia'];

describe('the local calendar', () => {
  const own = process.env['TZ'];
  afterEach(() => {
    if (own === undefined) delete process.env['TZ'];
    else process.env['TZ'] = own;
  });

  for (const zone of zones) {
    it(`of ${zone} puts every moment into the day and month that a wall calendar shows`, () => {
      process.env['TZ'] = zone;
      const show = (at: number): [number, number, number] => [new Date(at).getFullYear(), new Date(at).getMonth(), new Date(at).getDate()];
      fc.assert(
        fc.property(fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2040, 0) }), (at) => {
          const [day, month] = [startOfDay(at), startOfMonth(at)];
          assert.ok(month <= day && day <= at);
          assert.deepEqual(show(day), show(at));
          assert.notDeepEqual(show(day - 1), show(at));
          assert.deepEqual(show(month).slice(0, 2), show(at).slice(0, 2));
          assert.notDeepEqual(show(month - 1).slice(0, 2), show(at).slice(0, 2));
          assert.deepEqual([startOfDay(day), startOfMonth(month)], [day, month]);
        }),
      );
    });
  }

  it('has days of 23 and of 25 hours', () => {
    process.env['TZ'] = 'Europe/Berlin';
    const hours = (month: number, date: number): number =>
      (startOfDay(new Date(2026, month, date + 1, 12).getTime()) - startOfDay(new Date(2026, month, date, 12).getTime())) / 3_600_000;
    assert.deepEqual([hours(2, 29), hours(5, 1), hours(9, 25)], [23, 24, 25]);
  });
});
