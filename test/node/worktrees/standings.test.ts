import { strict as assert } from 'node:assert';
import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Direction, Snapshot } from '../../../src/contracts/worktrees.ts';
import { Scene, errorOf, treeOf, valueOf, writeAt } from './support.ts';

const lines = (...changed: readonly (readonly [number, string])[]): string =>
  Array.from({ length: 20 }, (_, index) => `${changed.find(([line]) => line === index)?.[1] ?? `line ${index}`}\n`).join('');

describe('GitWorktrees: when the person has gone on working', function () {
  this.timeout(60_000);
  let scene: Scene;
  beforeEach(() => void (scene = new Scene()));
  afterEach(() => scene[Symbol.dispose]());

  function fill(): void {
    scene.write('far', lines());
    scene.write('near', lines());
    scene.write('gone', 'one\n');
    scene.write('becomes-folder', 'one\n');
    scene.write('image', Buffer.from([0, 1]));
    scene.write('private', 'one\n', 0o640);
    scene.commit();
  }

  function work(root: string): void {
    writeAt(root, 'far', lines([2, 'the mission']));
    writeAt(root, 'near', lines([2, 'the mission']));
    rmSync(join(root, 'gone'));
    rmSync(join(root, 'becomes-folder'));
    writeAt(root, 'becomes-folder/file', 'two\n');
    writeAt(root, 'image', Buffer.from([0, 2]));
    writeAt(root, 'private', 'two\n');
    writeAt(root, 'fresh/folder/file', 'new\n');
  }

  const standing = async (base: Snapshot, result: Snapshot, direction: Direction): Promise<Record<string, string>> =>
    Object.fromEntries(
      valueOf(await scene.worktrees.compare(scene.top, base, result, direction)).map((file) => [
        file.change.path,
        `${file.standing} ${file.now}`,
      ]),
    );

  it('says of each file whether it can go back, and touches nothing', async () => {
    fill();
    const { base, result } = await scene.agentDoes(work);
    valueOf(await scene.apply(base, result));
    writeAt(scene.top, 'far', lines([2, 'the mission'], [18, 'the person']));
    writeAt(scene.top, 'gone', 'made again\n');
    writeAt(scene.top, 'becomes-folder/mine', 'mine\n');
    rmSync(join(scene.top, 'image'));
    writeAt(scene.top, 'near', lines());
    const before = treeOf(scene.top);
    assert.deepEqual(await standing(base, result, 'back'), {
      // What lies in the folder keeps the file it was from coming back, and with it the file in it.
      'becomes-folder': 'changed other',
      'becomes-folder/file': 'changed file',
      far: 'changed file',
      'fresh/folder/file': 'ready file',
      gone: 'changed file',
      image: 'changed absent',
      near: 'there file',
      private: 'ready file',
    });
    assert.deepEqual(treeOf(scene.top), before);
  });

  it('takes back what can go back when that is chosen, and nothing when even that has changed', async () => {
    fill();
    const { base, result } = await scene.agentDoes(work);
    const before = treeOf(scene.top);
    valueOf(await scene.apply(base, result));
    const mine = lines([2, 'the mission'], [18, 'the person']);
    writeAt(scene.top, 'far', mine);
    const stand = await standing(base, result, 'back');
    const only = Object.keys(stand).filter((path) => stand[path]?.startsWith('ready'));
    assert.deepEqual(only.sort(), ['becomes-folder', 'becomes-folder/file', 'fresh/folder/file', 'gone', 'image', 'near', 'private']);

    writeAt(scene.top, 'private', 'meanwhile\n');
    const tree = treeOf(scene.top);
    const error = errorOf(await scene.rollback(result, base, scene.top, only));
    assert.deepEqual([error.code, error.paths], ['changed-since-apply', ['private']]);
    assert.deepEqual(treeOf(scene.top), tree);

    writeAt(scene.top, 'private', 'two\n');
    const changes = valueOf(await scene.rollback(result, base, scene.top, only));
    assert.deepEqual(changes.map(({ path }) => path).sort(), only);
    assert.deepEqual(treeOf(scene.top), { ...before, far: `file 644 ${mine}` });

    // Back to where the mission left everything, and from there to where it began.
    assert.deepEqual(errorOf(await scene.reapply(base, result)).paths, ['far']);
    writeAt(scene.top, 'far', lines([2, 'the mission']));
    valueOf(await scene.reapply(base, result));
    valueOf(await scene.rollback(result, base));
    assert.deepEqual(treeOf(scene.top), before);
  });

  it('applies again exactly what was applied, and refuses over later work before the first byte', async () => {
    fill();
    const { base, result } = await scene.agentDoes(work);
    const before = treeOf(scene.top);
    valueOf(await scene.apply(base, result));
    const after = treeOf(scene.top);
    valueOf(await scene.rollback(result, base));
    writeAt(scene.top, 'fresh', 'in the way\n');
    const tree = treeOf(scene.top);
    const error = errorOf(await scene.reapply(base, result));
    assert.deepEqual([error.code, error.paths], ['changed-meanwhile', ['fresh']]);
    assert.match(error.message, /since the mission was rolled back; nothing was applied/);
    assert.deepEqual(treeOf(scene.top), tree);
    rmSync(join(scene.top, 'fresh'));
    valueOf(await scene.reapply(base, result));
    assert.deepEqual(treeOf(scene.top), after);
    valueOf(await scene.rollback(result, base));
    assert.deepEqual(treeOf(scene.top), before);
  });

  it('merges three ways: the mission out of the file, or into it, and the person stays in', async () => {
    fill();
    const { base, result } = await scene.agentDoes(work);
    const merge = async (direction: Direction, path: string) =>
      valueOf(await scene.worktrees.merge(scene.top, base, result, direction, path));
    writeAt(scene.top, 'far', lines([18, 'the person']));
    const there = await merge('there', 'far');
    assert.deepEqual([there?.text, there?.conflicts], [lines([2, 'the mission'], [18, 'the person']), 0]);

    writeAt(scene.top, 'far', there?.text ?? '');
    assert.deepEqual((await merge('back', 'far'))?.text, lines([18, 'the person']));

    writeAt(scene.top, 'near', lines([2, 'the person']));
    const clash = await merge('back', 'near');
    assert.equal(clash?.conflicts, 1);
    assert.match(clash.text, /<<<<<<< now\nthe person\n=======\nline 2\n>>>>>>> before the mission\n/);
    assert.equal(treeOf(scene.top)['near'], `file 644 ${lines([2, 'the person'])}`, 'nothing on disk changed');
    assert.deepEqual(readdirSync(scene.storeDir), ['worktrees'], 'nothing is left in the store');
  });

  it('keeps the bytes of line ends, and settings of the repository out of the merge', async () => {
    scene.write('crlf', 'a\r\nb\r\nc\r\nd\r\ne\r\nf');
    scene.write('.gitattributes', '* merge=evil text=auto\n');
    scene.git('config', 'merge.evil.driver', 'touch evil');
    scene.git('config', 'merge.conflictStyle', 'diff3');
    scene.commit();
    const { base, result } = await scene.agentDoes((root) => writeAt(root, 'crlf', 'A\r\nb\r\nc\r\nd\r\ne\r\nf'));
    writeAt(scene.top, 'crlf', 'a\r\nb\r\nc\r\nd\r\ne\r\nF');
    const merged = valueOf(await scene.worktrees.merge(scene.top, base, result, 'there', 'crlf'));
    assert.deepEqual([merged?.text, merged?.conflicts], ['A\r\nb\r\nc\r\nd\r\ne\r\nF', 0]);
    assert.equal(treeOf(scene.top)['evil'], undefined);
  });

  it('has nothing to merge where a side is missing, a link, or not text', async () => {
    fill();
    const { base, result } = await scene.agentDoes(work);
    const merge = async (path: string) => valueOf(await scene.worktrees.merge(scene.top, base, result, 'there', path));
    rmSync(join(scene.top, 'near'));
    writeAt(scene.home, 'secret', 'secret\n');
    rmSync(join(scene.top, 'far'));
    symlinkSync('../secret', join(scene.top, 'far'));
    mkdirSync(join(scene.top, 'odd'));
    chmodSync(join(scene.top, 'odd'), 0o700);
    for (const path of ['near', 'far', 'gone', 'fresh/folder/file', 'image', 'odd', '../secret'])
      assert.equal(await merge(path), undefined, path);
  });
});
