import assert from 'node:assert/strict';
import fc from 'fast-check';
import { costOf } from '../../../src/gateway/cost.ts';
import { outputBytes, tokensOfBytes } from '../../../src/gateway/tokens.ts';

describe('costOf', () => {
  const check = (input: number, output: number, inputPrice: number, outputPrice: number, expected: number): void => {
    const cost = costOf({ inputTokens: input, outputTokens: output }, { inputUsdPerMTok: inputPrice, outputUsdPerMTok: outputPrice });
    assert.equal(cost, expected, `${input} at ${inputPrice}, ${output} at ${outputPrice}`);
  };

  it('is a price per million tokens in micro-dollars, rounded up', () => {
    check(0, 0, 3, 15, 0);
    check(1_000_000, 0, 3, 15, 3_000_000);
    check(1000, 200, 3, 15, 6000);
    check(1, 0, 0.15, 0.6, 1);
    check(100, 0, 0.07, 0, 7);
    check(3, 7, 0, 0, 0);
  });

  it('equals exact arithmetic for prices of up to four decimals', () => {
    const tokens = fc.nat(10_000_000);
    const price = fc.nat(1_000_000);
    fc.assert(
      fc.property(tokens, tokens, price, price, (input, output, inputPrice, outputPrice) => {
        const exact = BigInt(input) * BigInt(inputPrice) + BigInt(output) * BigInt(outputPrice);
        check(input, output, inputPrice / 10_000, outputPrice / 10_000, Number((exact + 9_999n) / 10_000n));
      }),
    );
  });
});

describe('counting tokens', () => {
  it('takes four bytes for a token, rounded up', () => {
    for (const [bytes, tokens] of [
      [0, 0],
      [1, 1],
      [4, 1],
      [5, 2],
      [4000, 1000],
    ] as const)
      assert.equal(tokensOfBytes(bytes), tokens);
  });

  it('counts every text of a message but the labels', () => {
    const rows: [unknown, number][] = [
      [undefined, 0],
      [{ role: 'assistant', content: null }, 0],
      [{ content: 'Grüße' }, 7],
      [{ reasoning_content: 'abc', content: 'de' }, 5],
      [{ reasoning: 'abc', reasoning_details: [{ text: 'abc' }] }, 3],
      [{ tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'write', arguments: '{"a":1}' } }] }, 7],
      [{ someday: { other: ['abcd'] } }, 4],
    ];
    for (const [message, bytes] of rows) assert.equal(outputBytes(message), bytes, JSON.stringify(message));
  });
});
