import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addUsd, formatUsd, microUsd, usdToMicro } from '../../../src/base/money.ts';

describe('money', () => {
  const amounts: readonly [number, number][] = [
    [0, 0],
    [1, 1_000_000],
    [0.5, 500_000],
    [0.07, 70_000],
    [0.29, 290_000],
    [1.1, 1_100_000],
    [4.35, 4_350_000],
    [0.000001, 1],
    [0.0000011, 2],
    [1e-7, 1],
    [1e-10, 1],
    [1e-300, 1],
    [0.1 + 0.2, 300_000],
    [10_000, 10_000_000_000],
    [1_000_000.000001, 1_000_000_000_001],
  ];
  for (const [usd, micro] of amounts) it(`takes ${usd} dollars for ${micro} micro-dollars`, () => assert.equal(usdToMicro(usd), micro));

  it('never loses a micro-dollar that can be written, and never books less than the price', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 1_000_000_000_000 }), (micro) => assert.equal(usdToMicro(micro / 1_000_000), micro)));
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1_000_000, noNaN: true }), (usd) => {
        const micro = usdToMicro(usd);
        assert.ok(micro >= usd * 1_000_000 * (1 - 1e-14) && micro <= usd * 1_000_000 + 1, String(micro));
      }),
    );
  });

  for (const usd of [NaN, Infinity, -Infinity, 1e10, 1e300])
    it(`refuses ${usd} dollars`, () => assert.throws(() => usdToMicro(usd), RangeError));

  it('is whole', () => {
    for (const value of [0.5, NaN, Infinity, 2 ** 53]) assert.throws(() => microUsd(value), RangeError);
    assert.equal(addUsd(microUsd(1), microUsd(2), microUsd(-3)), 0);
    assert.equal(addUsd(), 0);
    assert.throws(() => addUsd(microUsd(Number.MAX_SAFE_INTEGER), microUsd(1)), RangeError);
  });

  const shown: readonly [number, string][] = [
    [0, '$0.00'],
    [1, '<$0.0001'],
    [99, '<$0.0001'],
    [100, '$0.0001'],
    [1_200, '$0.0012'],
    [10_000, '$0.01'],
    [120_000, '$0.12'],
    [31_000_000, '$31.00'],
    [1_234_567_890, '$1234.57'],
    [-120_000, '-$0.12'],
    [-1, '-<$0.0001'],
  ];
  for (const [micro, text] of shown) it(`shows ${micro} as ${text}`, () => assert.equal(formatUsd(microUsd(micro)), text));
});
