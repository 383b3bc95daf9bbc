import assert from 'node:assert/strict';
import fc from 'fast-check';
import { microUsd, usdToMicro } from '../../../src/base/money.ts';
import type { Meter } from '../../../src/contracts/review.ts';
import { DEFAULT_OUTPUT_TOKENS, MIN_OUTPUT_TOKENS, noRoom, planCall } from '../../../src/gateway/callPlan.ts';

const price = { inputUsdPerMTok: 3, outputUsdPerMTok: 15 };

describe('planCall', () => {
  it('leaves a limit that fits alone and sets one where there is none', () => {
    const room = usdToMicro(10);
    assert.deepEqual(planCall({ inputTokens: 1000, maxTokens: 100, choices: 1 }, price, room), {
      ok: true,
      value: { maxOutputTokens: 100, worstCase: 1000 * 3 + 125 * 15 },
    });
    const plan = planCall({ inputTokens: 1000, maxTokens: undefined, choices: 2 }, price, room);
    assert.deepEqual(plan, {
      ok: true,
      value: { maxOutputTokens: DEFAULT_OUTPUT_TOKENS, worstCase: 3000 + DEFAULT_OUTPUT_TOKENS * 2.5 * 15 },
    });
  });

  it('never plans more than the room or the wish, and never less than would fit', () => {
    const arbitrary = fc.record({
      inputTokens: fc.nat(200_000),
      maxTokens: fc.option(fc.integer({ min: 1, max: 2 ** 40 }), { nil: undefined }),
      choices: fc.integer({ min: 1, max: 8 }),
    });
    const prices = fc.record({ inputUsdPerMTok: fc.nat(2000).map((p) => p / 100), outputUsdPerMTok: fc.nat(10_000).map((p) => p / 100) });
    fc.assert(
      fc.property(arbitrary, prices, fc.nat(5_000_000).map(microUsd), (needs, cents, room) => {
        const plan = planCall(needs, cents, room);
        const worst = (max: number): number =>
          Math.ceil(
            Number((needs.inputTokens * cents.inputUsdPerMTok + Math.ceil(max * needs.choices * 1.25) * cents.outputUsdPerMTok).toFixed(6)),
          );
        const wish = Math.min(needs.maxTokens ?? DEFAULT_OUTPUT_TOKENS, 1_000_000);
        if (!plan.ok) {
          assert.ok(worst(Math.min(wish, MIN_OUTPUT_TOKENS)) > room);
          return;
        }
        const { maxOutputTokens, worstCase } = plan.value;
        assert.equal(worstCase, worst(maxOutputTokens));
        assert.ok(worstCase <= room && maxOutputTokens <= wish && maxOutputTokens >= Math.min(wish, MIN_OUTPUT_TOKENS));
        assert.ok(maxOutputTokens === wish || worst(maxOutputTokens + 1) > room);
      }),
    );
  });
});

describe('noRoom', () => {
  const meter = (scope: Meter['scope'], spent: number, reserved: number, limit: number): Meter => ({
    scope,
    spent: usdToMicro(spent),
    reserved: usdToMicro(reserved),
    limit: usdToMicro(limit),
  });
  const rows: [string, Meter[], number, string][] = [
    [
      'spent',
      [meter('mission', 0.5, 0, 0.5), meter('day', 1, 0, 10)],
      402,
      "The mission's budget of $0.50 is spent. Stop and report what is done.",
    ],
    ['overspent', [meter('mission', 0.7, 0, 0.5)], 402, "The mission's budget of $0.50 is spent. Stop and report what is done."],
    [
      'nearly spent',
      [meter('mission', 0.45, 0, 0.5)],
      402,
      "The mission's budget of $0.50 has $0.05 left, and this call needs at least $0.10. Stop and report what is done.",
    ],
    [
      'held',
      [meter('mission', 0.1, 0.4, 0.5)],
      429,
      "The mission's budget of $0.50 is held by other calls that are still running. Try again when they have ended.",
    ],
    [
      'day',
      [meter('mission', 0, 0, 0.5), meter('day', 10, 0, 10), meter('month', 50, 0, 100)],
      402,
      "Today's budget of $10.00 is spent. Stop and report what is done.",
    ],
    [
      'month',
      [meter('day', 1, 0, 10), meter('month', 100, 0, 100)],
      402,
      "This month's budget of $100.00 is spent. Stop and report what is done.",
    ],
    ['none', [], 402, 'There is no budget for this call. Stop and report what is done.'],
  ];
  for (const [name, meters, status, message] of rows) {
    it(`says why: ${name}`, () => {
      const problem = noRoom(meters, usdToMicro(0.1));
      assert.deepEqual([problem.status, problem.message], [status, message]);
    });
  }
});
