import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LineIndex, addedLines } from '../../../src/critics/changedLines.ts';
import { maskCode } from '../../../src/critics/maskCode.ts';

describe('maskCode', () => {
  const rows: readonly (readonly [syntax: 'javascript' | 'python', text: string, expected: string])[] = [
    ['javascript', "a('bc') // d", "a('  ')     "],
    ['javascript', 'a/*b\nc*/d', 'a   \n   d'],
    ['javascript', "'a\\'b' c", "'    ' c"],
    ['javascript', "'open\nnext'", "'open\nnext'"],
    ['javascript', '`a` `b${c}`', '` ` `b${c}`'],
    ['javascript', 'x = /"[/]/g + "a"', 'x = /    /g + " "'],
    ['javascript', 'x = a / b / c', 'x = a / b / c'],
    ['javascript', 'return /eval(/', 'return /     /'],
    ['javascript', '/* never closed', '/* never closed'],
    ['python', "a = 'b' # c", "a = ' '    "],
    ['python', '"""a\n"b" c"""d', '""" \n     """d'],
    ['python', 'f"{a}" rb"c"', 'f"{a}" rb" "'],
    ['python', "'''open", "'''open"],
  ];
  for (const [syntax, text, expected] of rows)
    it(`${syntax}: ${JSON.stringify(text)}`, () => assert.equal(maskCode(text, syntax), expected));

  it('keeps the length and the lines of any text', () => {
    const parts = fc.constantFrom('"', "'", '`', '/', '*', '\\', '\n', '#', '${', '}', '"""', '[', ']', 'a', ' ', '=', 'f', '🚀');
    const text = fc.array(fc.oneof(parts, fc.string({ maxLength: 3 })), { maxLength: 40 }).map((all) => all.join(''));
    fc.assert(
      fc.property(text, fc.constantFrom('javascript' as const, 'python' as const), (code, syntax) => {
        const masked = maskCode(code, syntax);
        assert.equal(masked.length, code.length);
        for (let at = 0; at < code.length; at++) assert.equal(masked[at] === code[at] || masked[at] === ' ', true);
        assert.equal(masked.split('\n').length, code.split('\n').length);
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes time in proportion to the text, whatever the text', () => {
    for (const seed of ['/* ', '=/[', "'", '"\\', '`\\', '"""\\', "'\n"]) {
      const text = seed.repeat(400_000 / seed.length);
      const start = performance.now();
      for (const syntax of ['javascript', 'python'] as const) maskCode(text, syntax);
      assert.equal(performance.now() - start < 5_000, true, seed);
    }
  });
});

describe('addedLines', () => {
  const rows: readonly (readonly [before: string | undefined, after: string, expected: readonly number[]])[] = [
    ['a\nb\n', 'a\nx\nb\n', [2]],
    ['a\nb\n', 'b\n', []],
    [undefined, 'a\nb', [1, 2]],
    ['a\r\nb\r\n', 'a\nb\r\n', [1]],
    ['a\nb\nc\n', 'c\nd\n', [2]],
  ];
  for (const [before, after, expected] of rows)
    it(`${JSON.stringify(before)} → ${JSON.stringify(after)}`, () => assert.deepEqual([...addedLines(before, after)], expected));
});

describe('LineIndex', () => {
  it('agrees with counting', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '\n')), (chars) => {
        const text = chars.join('');
        const lines = new LineIndex(text);
        for (let at = 0; at <= text.length; at++) assert.equal(lines.lineAt(at), text.slice(0, at).split('\n').length);
      }),
    );
  });
});
