import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { flawOf, resolveInside } from '../../../src/base/resolveInside.ts';

const data = process.env['GONOGO_DATA'] ?? path.join(import.meta.dirname, '../../../../shared/data');

describe('resolveInside', () => {
  let base: string;
  let root: string;
  let cwd: string;

  before(() => {
    base = realpathSync(mkdtempSync(path.join(tmpdir(), 'gonogo-inside-')));
    root = path.join(base, 'root');
    cwd = path.join(root, 'packages', 'app');
    mkdirSync(path.join(cwd, 'src'), { recursive: true });
    mkdirSync(path.join(base, 'root-twin'));
    mkdirSync(path.join(base, 'secret'));
    writeFileSync(path.join(base, 'secret', 'key'), 'secret');
    writeFileSync(path.join(cwd, 'src', 'a.ts'), 'a');
    const link = (target: string, name: string): void => symlinkSync(target, path.join(cwd, name));
    link('src/a.ts', 'to-file');
    link('src', 'to-folder');
    link(path.join(base, 'secret', 'key'), 'out-file');
    link('../../../secret', 'out-folder');
    link('to-folder/../out-folder', 'out-by-chain');
    link('nowhere', 'dangling');
    link(path.join(base, 'secret', 'new'), 'dangling-out');
    link('circle', 'circle');
    link(root, 'to-root');
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  async function check(input: string, expected: string): Promise<void> {
    const found = await resolveInside(root, cwd, input);
    assert.equal(found.ok ? found.value.relative : found.error.code, expected, JSON.stringify(input));
    if (found.ok) assert.equal(found.value.absolute, path.join(root, found.value.relative));
    else assert.match(found.error.message, /^`[^\p{C}]*` .+; /u);
  }

  const rows: readonly [string, string][] = [
    ['src/a.ts', 'packages/app/src/a.ts'],
    ['./src//a.ts', 'packages/app/src/a.ts'],
    ['src/new/deep/file.ts', 'packages/app/src/new/deep/file.ts'],
    ['../../README.md', 'README.md'],
    ['.', 'packages/app'],
    ['../..', ''],
    ['..a', 'packages/app/..a'],
    ['%2e%2e/%2e%2e/%2e%2e/secret/key', 'packages/app/%2e%2e/%2e%2e/%2e%2e/secret/key'],
    ['to-file', 'packages/app/src/a.ts'],
    ['to-folder/a.ts', 'packages/app/src/a.ts'],
    ['to-folder/new.ts', 'packages/app/src/new.ts'],
    ['to-root/x', 'x'],
    ['to-folder/../src/a.ts', 'packages/app/src/a.ts'],
    ['../../..', 'outside'],
    ['../../../root-twin/x', 'outside'],
    ['../../../secret/key', 'outside'],
    ['/etc/passwd', 'outside'],
    ['//etc/passwd', 'outside'],
    ['/', 'outside'],
    ['out-file', 'symlink-outside'],
    ['out-folder', 'symlink-outside'],
    ['out-folder/key', 'symlink-outside'],
    ['out-folder/new', 'symlink-outside'],
    ['out-by-chain/key', 'symlink-outside'],
    ['to-root/packages/app/out-folder/key', 'symlink-outside'],
    ['dangling', 'symlink-outside'],
    ['dangling-out', 'symlink-outside'],
    ['circle', 'symlink-outside'],
    ['src/a.ts/b', 'bad-path'],
    ['', 'bad-path'],
    ['a\0b', 'bad-path'],
    ['a\nb', 'bad-path'],
    ['a\u0085b', 'bad-path'],
    ['a\ud800', 'bad-path'],
    ['..\\..\\..\\secret', 'bad-path'],
    ['C:/Windows/win.ini', 'bad-path'],
    ['c:secret', 'bad-path'],
    ['x'.repeat(300), 'bad-path'],
  ];
  for (const [input, expected] of rows) {
    it(`answers ${expected === '' ? 'the root' : expected} to ${JSON.stringify(input.slice(0, 40))}`, () => check(input, expected));
  }

  it('takes an absolute path below the root', () => check(path.join(root, 'x/y'), 'x/y'));

  it('knows what Windows reads between the lines', () => {
    for (const refused of [
      '\\\\host\\share',
      '//host/share',
      '\\\\?\\C:\\x',
      'C:x',
      'a.txt:stream',
      '.git::$INDEX_ALLOCATION',
      '.git.',
      '.git ',
      'a\\.. \\b',
      '...',
      'aux',
      'src/NUL.txt',
      'com1',
      'GIT~1',
      'a*b',
      'a|b',
    ])
      assert.notEqual(flawOf(refused, true), undefined, refused);
    for (const fine of ['a\\b', 'C:\\repo\\a.ts', '..\\a', '.gitignore', 'src/console.ts', 'auxiliary/x', '.', 'a~b'])
      assert.equal(flawOf(fine, true), undefined, fine);
  });

  it('never answers with a path that leads outside', async () => {
    const names = [
      '..',
      '.',
      '',
      'src',
      'a.ts',
      'to-file',
      'to-folder',
      'to-root',
      'out-file',
      'out-folder',
      'out-by-chain',
      'dangling',
      'packages',
      'app',
      'key',
      'new',
      'secret',
      'root',
      '%2e%2e',
      '…',
    ];
    const paths = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 9 }).map((parts) => parts.join('/'));
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          paths,
          paths.map((rest) => `${cwd}/${rest}`),
          fc.string(),
        ),
        async (input) => {
          const found = await resolveInside(root, cwd, input);
          if (!found.ok) return;
          accepted += 1;
          let existing = found.value.absolute;
          while (!existsSync(existing)) existing = path.dirname(existing);
          const real = realpathSync(existing);
          assert.ok(real === root || real.startsWith(root + path.sep), `${JSON.stringify(input)} leads to ${real}`);
          assert.equal(real, existing);
          assert.doesNotMatch(found.value.relative, /(^|\/)\.\.(\/|$)/);
        },
      ),
      { numRuns: 400 },
    );
    assert.ok(accepted > 40, `only ${accepted} paths were accepted`);
  });

  it('refuses every published traversal that escapes and keeps the rest inside', async function () {
    const file = path.join(data, '06-input/path-traversal.jsonl.gz');
    if (!existsSync(file)) {
      console.log('      skipped: the payload set is not here');
      this.skip();
    }
    const cases = gunzipSync(readFileSync(file))
      .toString('utf8')
      .trim()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { id: string; payload: string; escapes_literally_posix: boolean; escapes_literally_win32: boolean },
      );
    assert.ok(cases.length > 400);
    for (const { id, payload, escapes_literally_posix, escapes_literally_win32 } of cases) {
      const found = await resolveInside(root, root, payload);
      if (escapes_literally_posix || escapes_literally_win32) assert.equal(found.ok, false, `${id} ${payload}`);
      else if (found.ok) assert.ok(found.value.absolute === root || found.value.absolute.startsWith(root + path.sep), `${id} ${payload}`);
    }
  });
});
