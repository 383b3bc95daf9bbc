import assert from 'node:assert/strict';
import type { MissionId, RequestId } from '../../../src/base/ids.ts';
import type { MissionView } from '../../../src/contracts/kernelApi.ts';
import type { WaitReason } from '../../../src/contracts/queue.ts';
import { flightWords, inTreeOrder, neighbour, placeWords, rangeWords, takePlace, waitReasonWords } from '../../../src/editor/queueWords.ts';
import { card, hostile, view } from './samples.ts';

const queuedView = (id: string, position: number): MissionView => ({
  ...view,
  id: id as MissionId,
  status: 'queued',
  queue: { position, priority: 'normal' },
});
const line = [queuedView('a', 1), queuedView('b', 2), queuedView('c', 3)];
const id = (text: string): MissionId => text as MissionId;

describe('the words of the queue', () => {
  const rows: readonly [number, number, string][] = [
    [0, 0, 'now'],
    [0, 999, 'now'],
    [0, 40_000, 'up to 40 s'],
    [10_000, 40_000, 'about 10–40 s'],
    [40_000, 40_100, 'about 40 s'],
    [10_000, 300_000, 'up to 5 min'],
    [120_000, 300_000, 'about 2–5 min'],
    [355_000, 361_000, 'about 6 min'],
  ];
  for (const [from, to, expected] of rows)
    it(`say ${from} to ${to} ms as \`${expected}\``, () => assert.equal(rangeWords({ from, likely: from, to }), expected));

  it('say where a time is known from', () => {
    assert.equal(flightWords(card.flight, card), '2 to 10 min');
    assert.equal(flightWords({ from: 120_000, likely: 180_000, to: 300_000, flights: 12 }, card), 'about 2–5 min, as your last 12 flights');
  });

  it('say place, pause and priority', () => {
    assert.equal(placeWords({ position: 2, priority: 'normal' }), 'Place 2 · paused');
    assert.equal(placeWords({ position: 1, priority: 'low', paused: { by: 'ann', since: 1 } }), 'Place 1 · paused by ann · low priority');
  });

  const reasons: readonly [WaitReason, RegExp, string | undefined][] = [
    [{ kind: 'store-trouble' }, /^The store cannot be written/, undefined],
    [{ kind: 'stopped', by: 'ann', reason: 'lunch' }, /stopped by ann: lunch\./, 'approvals'],
    [{ kind: 'not-trusted' }, /not trusted/, 'trust'],
    [{ kind: 'paused', by: 'ann', since: 1 }, /^Paused by ann at 14:02\./, 'continue'],
    [{ kind: 'queue-paused', by: 'ann', since: 1 }, /^The whole queue is paused by ann/, 'continue-queue'],
    [{ kind: 'budget-gone', scope: 'day' }, /budget for this day is spent/, 'budget-day'],
    [{ kind: 'budget-gone', scope: 'month' }, /budget for this month is spent/, 'budget-month'],
    [
      { kind: 'places-taken', places: 1, by: [{ id: id('x'), goal: 'Fly', elsewhere: true, asks: true }] },
      /^The one place is taken, by “Fly” \(another window, waits for your answer\)\.$/,
      'places',
    ],
    [{ kind: 'behind', ahead: 2, rises: true }, /^2 missions start before it\. It rises/, undefined],
    [{ kind: 'your-decision', what: 'review', requestId: 'r' as RequestId }, /wait for your review/, 'review'],
    [{ kind: 'your-decision', what: 'question', requestId: 'r' as RequestId }, /asks you/, 'review'],
    [{ kind: 'parked' }, /Open it again/, 'reopen'],
    [{ kind: 'other-window' }, /another window/, undefined],
    [{ kind: 'starting' }, /starts in a moment/, undefined],
  ];
  for (const [reason, text, step] of reasons)
    it(`say why: \`${reason.kind}\``, () => {
      const words = waitReasonWords(reason, () => '14:02');
      assert.match(words.text, text);
      assert.equal(words.step, step);
      assert.match(words.text, /\.$/);
    });

  it('let nothing hide in a name, a reason or a goal', () => {
    for (const reason of [
      { kind: 'stopped', by: hostile, reason: hostile },
      { kind: 'places-taken', places: 1, by: [{ id: id('x'), goal: hostile, elsewhere: false, asks: false }] },
    ] as const)
      assert.doesNotMatch(waitReasonWords(reason, () => '').text, /[\u202A-\u202E\u2066-\u2069\u200B]|\p{Cc}/u);
  });
});

describe('the rows of the queue', () => {
  it('stand in the order of their turn, before all others', () => {
    const rows = inTreeOrder([{ ...view, id: id('r') }, line[2]!, line[0]!, { ...view, id: id('d'), status: 'done' }, line[1]!]);
    assert.equal(rows.map((row) => row.id).join(' '), 'a b c r d');
  });

  it('move by one, and not past the ends', () => {
    assert.deepEqual(neighbour(line, id('c'), 'up'), { before: 'b' });
    assert.deepEqual(neighbour(line, id('a'), 'down'), { before: 'c' });
    assert.deepEqual(neighbour(line, id('b'), 'down'), {});
    assert.deepEqual(
      [neighbour(line, id('a'), 'up'), neighbour(line, id('c'), 'down'), neighbour(line, id('x'), 'up')],
      [undefined, undefined, undefined],
    );
  });

  it('take the place of the row they are dropped on', () => {
    assert.deepEqual(takePlace(line, id('c'), id('a')), { before: 'a' });
    assert.deepEqual(takePlace(line, id('a'), id('c')), {});
    assert.deepEqual(takePlace(line, id('a'), id('b')), { before: 'c' });
    assert.deepEqual([takePlace(line, id('a'), id('a')), takePlace(line, id('a'), id('r'))], [undefined, undefined]);
  });
});
