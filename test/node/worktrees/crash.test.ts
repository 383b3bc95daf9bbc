import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Snapshot } from '../../../src/contracts/worktrees.ts';
import { Scene, linkAt, mission, treeOf, valueOf, writeAt } from './support.ts';

const child = fileURLToPath(new URL('crashingChild.ts', import.meta.url));

type Task = { kind: 'create' } | { kind: 'apply' | 'rollback' | 'reapply'; base: Snapshot; result: Snapshot };

/** Whether the child was killed, as planned, rather than done before. */
function crash({ storeDir, top }: Scene, action: Task, crashAfter: number): boolean {
  const argument = JSON.stringify({ storeDir, top, crashAfter, mission, action });
  const { status, signal, stderr } = spawnSync(process.execPath, [child, argument], { encoding: 'utf8' });
  if (signal === 'SIGKILL') return true;
  assert.equal(status, 0, stderr);
  return false;
}

/** Numbers from 1, rising by steps of 1 to `step`, the same in every run. */
function* moments(step: number): Generator<number> {
  let seed = 20_261_121;
  for (let moment = 1; ; moment += 1 + (seed % step)) {
    yield moment;
    seed = (seed * 48_271) % 2_147_483_647;
  }
}

describe('GitWorktrees: killed at any moment', function () {
  this.timeout(180_000);
  let scene: Scene;
  beforeEach(() => {
    scene = new Scene();
    for (let file = 0; file < 4; file += 1) scene.write(`edited/${file}`, `one ${file}\n`.repeat(1000));
    scene.write('gone/deep/file', 'one\n', 0o600);
    scene.write('becomes-folder', 'one\n');
    scene.write('becomes-file/a', 'one\n');
    scene.write('script', '#!/bin/sh\n');
    linkAt(scene.top, 'link', 'script');
    scene.commit();
  });
  afterEach(() => scene[Symbol.dispose]());

  function work(root: string): void {
    for (let file = 0; file < 4; file += 1) writeAt(root, `edited/${file}`, `two ${file}\n`.repeat(1000));
    rmSync(join(root, 'gone'), { recursive: true });
    rmSync(join(root, 'becomes-folder'));
    writeAt(root, 'becomes-folder/deep/file', 'two\n');
    rmSync(join(root, 'becomes-file'), { recursive: true });
    writeAt(root, 'becomes-file', 'two\n');
    chmodSync(join(root, 'script'), 0o755);
    rmSync(join(root, 'link'));
    linkAt(root, 'link', 'edited');
  }

  it('an apply is finished by the next one, or taken back by a rollback', async () => {
    const { base, result, worktree } = await scene.agentDoes(work);
    const [before, after] = [treeOf(scene.top), treeOf(worktree.root)];
    let crashes = 0;
    let halfDone = 0;
    for (const moment of moments(10)) {
      if (!crash(scene, { kind: 'apply', base, result }, moment)) break;
      crashes += 1;
      const found = JSON.stringify(treeOf(scene.top));
      if (found !== JSON.stringify(before) && found !== JSON.stringify(after)) halfDone += 1;
      if (moment % 2 === 0) {
        valueOf(await scene.apply(base, result));
        assert.deepEqual(treeOf(scene.top), after, `finished after ${moment} changes`);
      }
      valueOf(await scene.rollback(result, base));
      assert.deepEqual(treeOf(scene.top), before, `taken back after ${moment} changes`);
    }
    assert.ok(crashes >= 8 && halfDone >= 3, `${crashes} crashes, ${halfDone} of them half-way`);
    assert.deepEqual(treeOf(scene.top), after, 'the last child was not killed');
  });

  it('a rollback is finished by the next one', async () => {
    const { base, result, worktree } = await scene.agentDoes(work);
    const [before, after] = [treeOf(scene.top), treeOf(worktree.root)];
    valueOf(await scene.apply(base, result));
    let crashes = 0;
    for (const moment of moments(14)) {
      if (!crash(scene, { kind: 'rollback', base, result }, moment)) break;
      crashes += 1;
      valueOf(await scene.rollback(result, base));
      assert.deepEqual(treeOf(scene.top), before, `finished after ${moment} changes`);
      valueOf(await scene.apply(base, result));
      assert.deepEqual(treeOf(scene.top), after);
    }
    assert.ok(crashes >= 5, `${crashes} crashes`);
    assert.deepEqual(treeOf(scene.top), before, 'the last child was not killed');
  });

  it('an Apply Again is finished by the next one, or taken back by a rollback', async () => {
    const { base, result, worktree } = await scene.agentDoes(work);
    const [before, after] = [treeOf(scene.top), treeOf(worktree.root)];
    valueOf(await scene.apply(base, result));
    valueOf(await scene.rollback(result, base));
    let crashes = 0;
    for (let moment = 1; crash(scene, { kind: 'reapply', base, result }, moment); moment += 1) {
      crashes += 1;
      if (moment % 2 === 0) {
        valueOf(await scene.reapply(base, result));
        assert.deepEqual(treeOf(scene.top), after, `finished after ${moment} changes`);
      }
      valueOf(await scene.rollback(result, base));
      assert.deepEqual(treeOf(scene.top), before, `taken back after ${moment} changes`);
    }
    assert.ok(crashes >= 20, `${crashes} crashes`);
    assert.deepEqual(treeOf(scene.top), after, 'the last child was not killed');
  });

  it('a half-made worktree is made again, or swept', async () => {
    const before = treeOf(scene.top);
    mkdirSync(join(scene.storeDir, 'worktrees'), { recursive: true });
    let crashes = 0;
    for (const moment of moments(12)) {
      if (!crash(scene, { kind: 'create' }, moment)) break;
      crashes += 1;
      if (moment % 2 === 0) {
        const { root } = await scene.create();
        assert.deepEqual(treeOf(root), before, `made again after ${moment} changes`);
        assert.equal(scene.gitAt(root, 'status', '--porcelain'), '');
        assert.equal(scene.git('worktree', 'list').trim().split('\n').length, 2);
      }
      await scene.worktrees.sweep(new Set());
      assert.deepEqual(readdirSync(join(scene.storeDir, 'worktrees')), []);
      assert.equal(scene.git('worktree', 'list').trim().split('\n').length, 1, `swept after ${moment} changes`);
    }
    assert.ok(crashes >= 5, `${crashes} crashes`);
    assert.deepEqual(treeOf(scene.top), before);
  });
});
