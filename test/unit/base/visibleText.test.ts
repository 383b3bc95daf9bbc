import assert from 'node:assert/strict';
import fc from 'fast-check';
import { visibleText } from '../../../src/base/visibleText.ts';

describe('visibleText', () => {
  const rows: readonly [string, string][] = [
    ['plain – ünïcode 漢字 🚀', 'plain – ünïcode 漢字 🚀'],
    ['a\nb\u001b[31mred', 'a\\u{a}b\\u{1b}[31mred'],
    ['user\u202etxt.exe', 'user\\u{202e}txt.exe'],
    ['zero\u200bwidth\ufeff', 'zero\\u{200b}width\\u{feff}'],
    ['half\ud800', 'half\\u{d800}'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['line\u2028end', 'line\\u{2028}end'],
    ['\u3164\u2800', '\\u{3164}\\u{2800}'],
  ];
  for (const [input, expected] of rows) it(JSON.stringify(input), () => assert.equal(visibleText(input), expected));

  it('cuts after so many characters and never in the middle of one', () => {
    assert.equal(visibleText('🚀🚀🚀', 2), '🚀🚀…');
    assert.equal(visibleText('ab', 2), 'ab');
  });

  it('is one well-formed line, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (input) => {
        const shown = visibleText(input);
        assert.ok(shown.isWellFormed());
        assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\u2028\u2029]/u);
      }),
    );
  });
});
