import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { configurationErrorCodes } from '../../../src/config/configurationError.ts';
import { settingsSourceErrorCodes } from '../../../src/config/settingsSource.ts';

const document = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

/** The rows of the table below a heading: code, error, cause, remedy. */
function rowsOf(heading: string): string[][] {
  const section =
    document.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? assert.fail(`docs/errors.md has no section ${heading}`);
  const lines = section.split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('docs/errors.md', () => {
  for (const [heading, codes] of [
    ['Settings', configurationErrorCodes],
    ['Settings source', settingsSourceErrorCodes],
  ] as const) {
    it(`lists every code of ${heading.toLowerCase()}, and no other, with its cause and remedy`, () => {
      const rows = rowsOf(heading);
      assert.deepEqual(rows.map(([code]) => code).toSorted(), codes.map((code) => `\`${code}\``).toSorted());
      for (const [code, error, cause, remedy] of rows) {
        assert.match(error ?? '', /^`\w+Error`$/, code);
        assert.match(cause ?? '', /^[A-Z].+\.$/, code);
        assert.match(remedy ?? '', /^[A-Z].+\.$/, code);
      }
    });
  }
});
