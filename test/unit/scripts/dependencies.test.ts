import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isInstalled } from '../../../scripts/lib/dependencies.mjs';

interface Entry {
  version: string;
  integrity?: string;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
}

describe('isInstalled', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'gonogo-'));
    mkdirSync(path.join(root, 'node_modules'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  const write = (file: string, packages: Record<string, Entry>): void => {
    writeFileSync(path.join(root, file), JSON.stringify({ packages }));
  };
  const zod: Entry = { version: '4.0.0', integrity: 'sha512-a' };
  const here: Entry = { version: '1.0.0', optional: true, os: [process.platform], cpu: [process.arch] };
  const elsewhere: Entry = { ...here, os: ['aix'] };

  const rows: [string, Record<string, Entry>, Record<string, Entry>, boolean][] = [
    ['everything there', { '': { version: '1' }, zod }, { zod }, true],
    ['a package missing', { zod }, {}, false],
    ['another version', { zod }, { zod: { ...zod, version: '4.0.1' } }, false],
    ['the same version with other content', { zod }, { zod: { ...zod, integrity: 'sha512-b' } }, false],
    ['an optional package of another system missing', { zod, elsewhere }, { zod }, true],
    ['the optional package of this system missing', { zod, here }, { zod }, false],
  ];
  for (const [name, locked, present, expected] of rows) {
    it(`answers ${String(expected)} with ${name}`, () => {
      write('package-lock.json', locked);
      write('node_modules/.package-lock.json', present);
      assert.equal(isInstalled(root), expected);
    });
  }

  it('takes an install that broke off for none', () => {
    write('package-lock.json', { zod });
    assert.equal(isInstalled(root), false);
    writeFileSync(path.join(root, 'node_modules/.package-lock.json'), '{"packages":{"zod":');
    assert.equal(isInstalled(root), false);
  });
});
