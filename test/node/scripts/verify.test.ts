import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { verifyApplied, verifyUntouched } from '../../../scripts/lib/verify.ts';
import { copySample, fingerprint, git } from '../../../scripts/lib/workspace.ts';

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

describe('what a flight verifies', () => {
  let scratch: string;
  let workspace: string;
  let before: Map<string, string>;
  const file = (name: string): string => path.join(workspace, name);

  beforeEach(async () => {
    scratch = mkdtempSync(path.join(tmpdir(), 'gonogo-'));
    workspace = path.join(scratch, 'invoices');
    await copySample(workspace, true);
    before = await fingerprint(workspace);
  });
  afterEach(() => {
    rmSync(scratch, { recursive: true });
  });

  it('finds nothing in a folder that only git looked at', async () => {
    await git(workspace, 'status');
    await git(workspace, 'stash', 'list');
    assert.deepEqual(await verifyUntouched(workspace, before), { good: true, problems: [], changed: [] });
  });

  const touches: [string, () => unknown, string][] = [
    [
      'a byte more',
      () => {
        appendFileSync(file('README.md'), ' ');
      },
      'README.md',
    ],
    [
      'a new file',
      () => {
        writeFileSync(file('.env'), '');
      },
      '.env',
    ],
    [
      'a file gone',
      () => {
        rmSync(file('src/index.js'));
      },
      'src/index.js',
    ],
    [
      'an executable bit',
      () => {
        chmodSync(file('src/parse.js'), 0o755);
      },
      'src/parse.js',
    ],
    [
      'a link',
      () => {
        symlinkSync('/', file('link'));
      },
      'link',
    ],
    [
      'a hook',
      () => {
        writeFileSync(file('.git/hooks/post-commit'), '');
      },
      '.git/hooks/post-commit',
    ],
    ['a branch', () => git(workspace, 'branch', 'other'), '.git/refs/heads/other'],
    ['a moved branch', () => git(workspace, 'commit', '--allow-empty', '--quiet', '-m', 'x'), '.git/refs/heads/main'],
    ['another HEAD', () => git(workspace, 'symbolic-ref', 'HEAD', 'refs/heads/none'), '.git/HEAD'],
    ['git configuration', () => git(workspace, 'config', 'core.fsmonitor', 'x'), '.git/config'],
  ];
  for (const [name, touch, changed] of touches) {
    it(`sees ${name}`, async () => {
      await touch();
      const found = await verifyUntouched(workspace, before);
      assert.equal(found.good, false);
      assert.deepEqual(found.changed, [changed]);
    });
  }

  it('sees what is staged', async () => {
    writeFileSync(file('README.md'), 'other');
    await git(workspace, 'add', 'README.md');
    assert.deepEqual((await verifyUntouched(workspace, before)).changed, ['.git/index', 'README.md']);
  });

  it('accepts exactly the reviewed bytes and deletions', async () => {
    writeFileSync(file('src/total.js'), 'reviewed');
    rmSync(file('src/format.js'));
    const files = [
      { path: 'src/total.js', afterSha256: sha256('reviewed') },
      { path: 'src/format.js', afterSha256: '' },
    ];
    assert.deepEqual((await verifyApplied(workspace, before, files)).problems, []);
  });

  it('refuses other bytes, more files, fewer files and an empty review', async () => {
    writeFileSync(file('src/total.js'), 'something else');
    const reviewed = { path: 'src/total.js', afterSha256: sha256('reviewed') };
    assert.deepEqual((await verifyApplied(workspace, before, [reviewed])).problems, ['src/total.js does not hold the reviewed bytes']);
    const actual = { path: 'src/total.js', afterSha256: sha256('something else') };
    const unchanged = { path: 'README.md', afterSha256: sha256(readFileSync(file('README.md'))) };
    assert.deepEqual((await verifyApplied(workspace, before, [actual, unchanged])).problems, ['README.md was reviewed and did not change']);
    assert.deepEqual((await verifyApplied(workspace, before, [])).problems, [
      'src/total.js changed, though the review did not show it',
      'the review showed no file',
    ]);
  });
});
