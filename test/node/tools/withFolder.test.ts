import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withFolder } from '../../../src/tools/workspace/withFolder.ts';

describe('withFolder', () => {
  let base: string;
  let root: string;

  beforeEach(() => {
    base = realpathSync(mkdtempSync(path.join(tmpdir(), 'gonogo-folder-')));
    root = path.join(base, 'root');
    mkdirSync(path.join(root, 'a'), { recursive: true });
    mkdirSync(path.join(base, 'outside'));
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  const openFiles = (): number => readdirSync('/proc/self/fd').length;

  it('follows no link on the way, whether it makes folders or not', async () => {
    symlinkSync(path.join(base, 'outside'), path.join(root, 'link'));
    for (const create of [true, false]) {
      let reached = false;
      const entered = withFolder(root, ['link', 'deeper'], { create }, () => {
        reached = true;
        return Promise.resolve();
      });
      await assert.rejects(entered);
      assert.equal(reached, false);
    }
    assert.deepEqual(readdirSync(path.join(base, 'outside')), []);
  });

  it('stays in the folder it opened when a link takes its place', async function () {
    if (process.platform !== 'linux') this.skip();
    await withFolder(root, ['a'], { create: false }, (folder) => {
      renameSync(path.join(root, 'a'), path.join(root, 'was-a'));
      symlinkSync(path.join(base, 'outside'), path.join(root, 'a'));
      writeFileSync(path.join(folder, 'file'), 'x');
      return Promise.resolve();
    });
    assert.equal(readFileSync(path.join(root, 'was-a', 'file'), 'utf8'), 'x');
    assert.equal(existsSync(path.join(base, 'outside', 'file')), false);
  });

  it('leaves no folder open, neither after success nor after failure', async function () {
    if (process.platform !== 'linux') this.skip();
    const before = openFiles();
    await withFolder(root, ['a', 'b', 'c'], { create: true }, () => Promise.resolve());
    await assert.rejects(withFolder(root, ['a', 'nowhere'], { create: false }, () => Promise.resolve()));
    await assert.rejects(withFolder(root, ['a'], { create: false }, () => Promise.reject(new Error('work'))));
    assert.equal(openFiles(), before);
  });
});
