import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { visibleRuns, visibleText } from '../../../src/base/visibleText.ts';

const data = process.env['GONOGO_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data');
const naughty = path.join(data, '06-input/naughty-strings.jsonl.gz');
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

function unmarked(text: string): string {
  return visibleRuns(text)
    .filter((run) => !run.marked)
    .map((run) => run.text)
    .join('');
}

describe('visible text', () => {
  const rows: [name: string, input: string, expected: string][] = [
    ['ordinary text', 'const total = “naïve” + 日本語;', 'const total = “naïve” + 日本語;'],
    ['right-to-left override', 'user\u202Etxt.exe', 'user⟦U+202E⟧txt.exe'],
    ['isolates of Trojan Source', 'a\u2066b\u2069', 'a⟦U+2066⟧b⟦U+2069⟧'],
    ['zero width space and joiner', 'ad\u200Bmin\u200D', 'ad⟦U+200B⟧min⟦U+200D⟧'],
    ['escape and bell', '\u001B[2J\u0007', '⟦U+001B⟧[2J⟦U+0007⟧'],
    ['line break where one line is shown', 'one\r\ntwo', 'one⟦U+000D⟧⟦U+000A⟧two'],
    ['line separator', 'a\u2028b', 'a⟦U+2028⟧b'],
    ['tag characters', 'x\u{E0041}', 'x⟦U+E0041⟧'],
    ['variation selector that carries data', 'x\uFE01\u{E0101}', 'x⟦U+FE01⟧⟦U+E0101⟧'],
    ['emoji style', '⚠\uFE0F and ❤\uFE0F', '⚠\uFE0F and ❤\uFE0F'],
    ['emoji style twice', '⚠\uFE0F\uFE0F', '⚠\uFE0F⟦U+FE0F⟧'],
    ['no-break space', 'a\u00A0b', 'a⟦U+00A0⟧b'],
    ['Hangul filler as a name', 'const \u3164 = 1', 'const ⟦U+3164⟧ = 1'],
    ['half of a surrogate pair', 'a\uD83Db', 'a⟦U+D83D⟧b'],
  ];
  for (const [name, input, expected] of rows) {
    it(`shows ${name}`, () => assert.equal(visibleText(input), expected));
  }

  it('keeps what the place can show', () => assert.equal(visibleText('a\n\tb\r', { keep: '\n\t' }), 'a\n\tb⟦U+000D⟧'));

  it('cuts after so many characters and never in the middle of one', () => {
    assert.equal(visibleText('🚀🚀🚀', { limit: 2 }), '🚀🚀…');
    assert.equal(visibleText('ab', { limit: 2 }), 'ab');
  });

  it('marks what it names, so that text cannot forge a mark', () => {
    assert.deepEqual(visibleRuns('⟦U+202E⟧'), [{ text: '⟦U+202E⟧', marked: false }]);
    assert.deepEqual(visibleRuns('\u202E'), [{ text: '⟦U+202E⟧', marked: true }]);
  });

  it('loses nothing that can be seen and leaves nothing that cannot', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.doesNotMatch(visibleText(text), unseen);
        const left = Array.from(text)
          .filter((character) => visibleText(character) === character)
          .join('');
        assert.equal(unmarked(text).replaceAll('\uFE0F', ''), left);
      }),
    );
  });

  it('leaves nothing hidden in naughty strings', function () {
    if (!existsSync(naughty)) this.skip();
    const lines = gunzipSync(readFileSync(naughty)).toString('utf8').trim().split('\n');
    for (const line of lines) {
      const { text } = JSON.parse(line) as { text: string };
      assert.doesNotMatch(visibleText(text), unseen, line);
    }
    assert.ok(lines.length > 200);
  });
});
