import assert from 'node:assert/strict';
import fc from 'fast-check';
import { inScope } from '../../../src/gate/scopes.ts';

describe('inScope', () => {
  const rows: readonly [string, string, string | undefined, boolean][] = [
    ['file.read', 'file.read', 'a', true],
    ['file.read', 'file.read', undefined, true],
    ['file.read', 'file.write', 'a', false],
    ['file.rea', 'file.read', 'a', false],
    ['file', 'file.read', 'a', false],
    ['file.*', 'file.read', 'a', true],
    ['file.*', 'files.read', 'a', false],
    ['file.*', 'file', 'a', false],
    ['*', 'file.read', 'a', false],
    ['', 'file.read', 'a', false],
    ['FILE.READ', 'file.read', 'a', false],
    ['file.write:src/*', 'file.write', 'src/a.ts', true],
    ['file.write:src/*', 'file.write', 'src/deep/a.ts', false],
    ['file.write:src/**', 'file.write', 'src/deep/a.ts', true],
    ['file.write:src/**', 'file.write', 'src', false],
    ['file.write:src/**', 'file.write', 'lib/src/a.ts', false],
    ['file.write:src/**', 'file.write', undefined, false],
    ['file.write:**', 'file.write', undefined, false],
    ['file.*:src/**', 'file.delete', 'src/a.ts', true],
    ['file.*:src/**', 'shell.exec', 'src/a.ts', false],
    ['file.write:*.ts', 'file.write', 'a.ts', true],
    ['file.write:*.ts', 'file.write', 'a-ts', false],
    ['file.write:*.ts', 'file.write', 'a.tsx', false],
    ['file.write:a+(b).ts', 'file.write', 'a+(b).ts', true],
    ['file.write:a+(b).ts', 'file.write', 'aab.ts', false],
    ['file.write:[ab].ts', 'file.write', 'a.ts', false],
    ['file.write:?.ts', 'file.write', 'a.ts', false],
    ['file.write:a:b', 'file.write', 'a:b', true],
    ['file.write:**', 'file.write', 'line\nbreak', true],
    ['file.write:src/*', 'file.write', 'src/a\n', true],
    ['file.write:a', 'file.write', 'a\n', false],
    ['file.write:', 'file.write', '', true],
    ['file.write:', 'file.write', 'a', false],
  ];
  for (const [scope, kind, resource, expected] of rows)
    it(`\`${scope}\` ${expected ? 'covers' : 'does not cover'} \`${kind}\` on ${JSON.stringify(resource)}`, () =>
      assert.equal(inScope([scope], kind, resource), expected));

  it('covers nothing without scopes, and what any of them covers', () => {
    assert.equal(inScope([], 'file.read', 'a'), false);
    assert.equal(inScope(['model.call', 'file.read:b', 'file.read:a'], 'file.read', 'a'), true);
  });

  it('takes a glob without stars for the name itself', () => {
    const name = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('*'));
    fc.assert(fc.property(name, name, (a, b) => assert.equal(inScope([`k:${a}`], 'k', b), a === b)));
  });
});
