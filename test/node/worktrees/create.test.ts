import { strict as assert } from 'node:assert';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GitWorktrees } from '../../../src/agents/worktrees/gitWorktrees.ts';
import type { MissionId } from '../../../src/base/ids.ts';
import { Scene, errorOf, linkAt, mission, never, treeOf, valueOf, writeAt } from './support.ts';

describe('GitWorktrees: making a worktree', function () {
  this.timeout(60_000);
  let scene: Scene;
  beforeEach(() => void (scene = new Scene()));
  afterEach(() => scene[Symbol.dispose]());

  /** The worktree holds exactly these, and git calls it clean. */
  function assertHolds(root: string, expected: Record<string, string>): void {
    assert.deepEqual(treeOf(root), expected);
    assert.equal(scene.gitAt(root, 'status', '--porcelain'), '');
  }

  it('holds staged, unstaged and untracked work as it is on disk, without what is ignored or deleted', async () => {
    scene.write('.gitignore', 'ignored/\n');
    scene.write('committed', 'one\n');
    scene.write('staged', 'one\n');
    scene.write('unstaged', 'one\n');
    scene.write('gone', 'one\n');
    scene.write('tool.sh', '#!/bin/sh\n');
    scene.commit();
    scene.write('staged', 'two\n');
    scene.git('add', 'staged');
    scene.write('staged', 'three\n');
    scene.write('unstaged', 'two\n');
    scene.write('deep/er/untracked', 'new\n');
    scene.write('ignored/file', 'secret\n');
    chmodSync(join(scene.top, 'tool.sh'), 0o755);
    rmSync(join(scene.top, 'gone'));
    linkAt(scene.top, 'link', 'committed');
    const [before, state] = [treeOf(scene.top), scene.gitState()];

    const { root, cwd, base } = await scene.create();

    const expected = Object.fromEntries(Object.entries(before).filter(([path]) => !path.startsWith('ignored')));
    assertHolds(root, expected);
    assert.equal(cwd, root);
    assert.equal(scene.git('rev-parse', `refs/gonogo/missions/${mission}/base`).trim(), base.commit);
    assert.equal(scene.gitAt(root, 'rev-parse', 'HEAD').trim(), base.commit);
    assert.equal(scene.git('rev-parse', `${base.commit}^`), scene.git('rev-parse', 'HEAD'));
    assert.deepEqual([treeOf(scene.top), scene.gitState()], [before, state], 'the workspace is as it was');
  });

  it('works before the first commit', async () => {
    scene.write('a', 'one\n');
    scene.git('add', 'a');
    scene.write('b', 'two\n');
    const { root, base } = await scene.create();
    assertHolds(root, treeOf(scene.top));
    assert.equal(scene.git('rev-list', '--count', base.commit).trim(), '1');
    assert.throws(() => scene.git('rev-parse', '--verify', 'HEAD'), 'no branch came to be');
  });

  it('works in a repository without any file', async () => {
    const { root, base } = await scene.create();
    assertHolds(root, {});
    assert.deepEqual(await scene.worktrees.changes(scene.top, base, base), { ok: true, value: [] });
  });

  it('works in a repository of SHA-256 objects', async () => {
    using other = new Scene(['--object-format=sha256']);
    other.write('a', 'one\n');
    const { root, base } = await other.create();
    assert.equal(base.tree.length, 64);
    writeAt(root, 'a', 'two\n');
    const result = await other.capture({ root, cwd: root, base });
    valueOf(await other.apply(base, result));
    assert.equal(readFileSync(join(other.top, 'a'), 'utf8'), 'two\n');
  });

  it('gives the whole repository and starts in the folder that was opened', async () => {
    scene.write('lib/a', 'one\n');
    scene.write('app/b', 'one\n');
    scene.commit();
    const folder = join(scene.top, 'app');
    const { root, cwd } = await scene.create(folder);
    assert.equal(cwd, join(root, 'app'));
    assertHolds(root, treeOf(scene.top));
    const facts = valueOf(await scene.worktrees.inspect(folder));
    assert.deepEqual(facts, { top: scene.top, prefix: 'app/', commonDir: join(scene.top, '.git'), uncommitted: 0, leftBehind: [] });
  });

  it('starts in the opened folder when nothing in it travels', async () => {
    scene.write('lib/a', 'one\n');
    mkdirSync(join(scene.top, 'empty'));
    const { cwd } = await scene.create(join(scene.top, 'empty'));
    assert.ok(statSync(cwd).isDirectory());
  });

  it('works from a linked worktree of the repository, and knows them as one', async () => {
    scene.write('a', 'one\n');
    scene.commit();
    const linked = join(scene.home, 'linked');
    scene.git('worktree', 'add', '--quiet', '-b', 'other', linked);
    writeAt(linked, 'a', 'two\n');
    const { root } = await scene.create(linked);
    assert.equal(readFileSync(join(root, 'a'), 'utf8'), 'two\n');
    assert.equal(valueOf(await scene.worktrees.inspect(linked)).commonDir, join(scene.top, '.git'));
  });

  it('keeps submodules as they are recorded, and leaves nested repositories alone', async () => {
    using other = new Scene();
    other.write('inner', 'one\n');
    other.commit();
    scene.write('a', 'one\n');
    scene.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', other.top, 'sub');
    scene.commit();
    scene.write('nested/file', 'one\n');
    scene.gitAt(join(scene.top, 'nested'), 'init', '--quiet');
    const { root, base } = await scene.create();
    assert.deepEqual(readdirSync(join(root, 'sub')), []);
    assert.equal(existsSync(join(root, 'nested')), false);
    assert.equal(scene.git('rev-parse', `${base.tree}:sub`), other.git('rev-parse', 'HEAD'));
    assert.equal(scene.gitAt(root, 'status', '--porcelain'), '');
    const result = await scene.capture({ root, cwd: root, base });
    assert.equal(result.tree, base.tree);
  });

  it('does not look through a linked folder at what is tracked behind it', async () => {
    scene.write('folder/a', 'mine\n');
    scene.commit();
    rmSync(join(scene.top, 'folder'), { recursive: true });
    writeAt(scene.home, 'elsewhere/a', 'secret\n');
    linkAt(scene.top, 'folder', join(scene.home, 'elsewhere'));
    const { root } = await scene.create();
    assert.deepEqual(treeOf(root), { folder: `link ${join(scene.home, 'elsewhere')}` });
    await scene.worktrees.remove(mission, scene.top);
    scene.write('.gitignore', 'folder\n');
    assert.deepEqual(Object.keys(treeOf((await scene.create()).root)), ['.gitignore']);
  });

  it('is made once: asked again it answers the same, and keeps the agent’s work', async () => {
    scene.write('a', 'one\n');
    const first = await scene.create();
    writeAt(first.root, 'a', 'the agent was here\n');
    scene.write('a', 'two\n');
    const later = new GitWorktrees({ storeDir: scene.storeDir, logger: scene.logger });
    assert.deepEqual(valueOf(await later.create(mission, scene.top, never)), first);
    assert.equal(readFileSync(join(first.root, 'a'), 'utf8'), 'the agent was here\n');
  });

  it('is made once when asked twice at the same time', async () => {
    scene.write('a', 'one\n');
    const [first, second] = await Promise.all([scene.create(), scene.create()]);
    assert.deepEqual(first, second);
  });

  it('leaves nothing when it is cancelled, and can be made afterwards', async () => {
    for (let file = 0; file < 200; file += 1) scene.write(`f${file}`, 'x');
    const cancel = new AbortController();
    const making = scene.worktrees.create(mission, scene.top, cancel.signal);
    cancel.abort(new Error('cancelled by the person'));
    await assert.rejects(making, /cancelled by the person/);
    assert.equal(scene.git('worktree', 'list').trim().split('\n').length, 1);
    assert.equal(Object.keys(treeOf((await scene.create()).root)).length, 200);
  });

  it('leaves out names that git cannot carry, and says so in the log', async () => {
    scene.write('a', 'one\n');
    writeFileSync(Buffer.concat([Buffer.from(`${scene.top}/caf`), Buffer.from([0xe9])]), 'latin-1');
    const { root } = await scene.create();
    assert.deepEqual(Object.keys(treeOf(root)), ['a']);
    assert.deepEqual(
      scene.logger.warnings.map(({ fields }) => fields),
      [{ names: ['caf\\xe9'] }],
    );
  });

  it('says what is wrong without the folder, inside git, and without git', async () => {
    assert.equal(errorOf(await scene.worktrees.inspect(join(scene.home, 'nowhere'))).code, 'not-a-repository');
    assert.equal(errorOf(await scene.worktrees.inspect(join(scene.top, '.git'))).code, 'not-a-repository');
    const without = new GitWorktrees({ storeDir: scene.storeDir, gitPath: join(scene.home, 'no-git'), logger: scene.logger });
    assert.equal(errorOf(await without.inspect(scene.top)).code, 'git-missing');
  });

  it('counts what is not committed', async () => {
    scene.write('a', 'one\n');
    scene.write('b', 'one\n');
    scene.commit();
    scene.write('a', 'two\n');
    scene.write('c', 'new\n');
    assert.equal(valueOf(await scene.worktrees.inspect(scene.top)).uncommitted, 2);
  });

  it('names the dependencies that stay behind, and only those', async () => {
    scene.write('.gitignore', 'node_modules\n');
    scene.write('app/a', 'one\n');
    scene.write('vendor/kept', 'one\n');
    scene.commit();
    assert.deepEqual(valueOf(await scene.worktrees.inspect(join(scene.top, 'app'))).leftBehind, []);
    scene.write('node_modules/dep/index.js', '');
    scene.write('app/node_modules/dep/index.js', '');
    assert.deepEqual(valueOf(await scene.worktrees.inspect(scene.top)).leftBehind, ['node_modules']);
    assert.deepEqual(valueOf(await scene.worktrees.inspect(join(scene.top, 'app'))).leftBehind, ['app/node_modules', 'node_modules']);
    const { root } = await scene.create();
    assert.equal(existsSync(join(root, 'node_modules')), false);
  });

  it('takes 5,000 files in a few seconds', async function () {
    this.timeout(120_000);
    using many = new Scene();
    for (let file = 0; file < 5_000; file += 1) many.write(`d${file % 50}/f${file}`, `content of ${file}\n`.repeat(20));
    const started = performance.now();
    const { root } = await many.create();
    const seconds = (performance.now() - started) / 1000;
    assert.equal(Object.values(treeOf(root)).filter((entry) => entry.startsWith('file')).length, 5_000);
    assert.ok(seconds < 20, `it took ${seconds.toFixed(1)} s`);
  });
});

describe('GitWorktrees: taking a worktree away', function () {
  this.timeout(60_000);
  let scene: Scene;
  beforeEach(() => {
    scene = new Scene();
    scene.write('a', 'one\n');
  });
  afterEach(() => scene[Symbol.dispose]());

  /** Nothing is left of it but the snapshot. */
  function assertGone(): void {
    assert.deepEqual(readdirSync(join(scene.storeDir, 'worktrees')), []);
    assert.equal(scene.git('worktree', 'list').trim().split('\n').length, 1);
    assert.equal(existsSync(join(scene.top, '.git', 'worktrees', mission)), false);
    assert.match(scene.git('for-each-ref', 'refs/gonogo'), /base/);
  }

  it('keeps the snapshot, and is done once', async () => {
    await scene.create();
    await scene.worktrees.remove(mission, scene.top);
    assertGone();
    await scene.worktrees.remove(mission, scene.top);
  });

  const damages: Record<string, (root: string) => void> = {
    'its folder is gone': (root) => rmSync(root, { recursive: true }),
    'the agent broke its .git': (root) => writeFileSync(join(root, '.git'), 'gitdir: /nowhere\n'),
    'the agent made .git a repository': (root) => {
      rmSync(join(root, '.git'));
      scene.gitAt(root, 'init', '--quiet');
    },
    'somebody locked it': (root) => void scene.git('worktree', 'lock', root),
    'the agent took its own permissions': (root) => {
      writeAt(root, 'closed/deep/file', 'x', 0o000);
      chmodSync(join(root, 'closed/deep'), 0o000);
      chmodSync(join(root, 'closed'), 0o500);
    },
  };
  for (const [damage, inflict] of Object.entries(damages)) {
    it(`works when ${damage}`, async () => {
      inflict((await scene.create()).root);
      await scene.worktrees.remove(mission, scene.top);
      assertGone();
    });
  }

  it('works when the repository is gone', async () => {
    const { root } = await scene.create();
    rmSync(scene.top, { recursive: true });
    await scene.worktrees.remove(mission, scene.top);
    assert.equal(existsSync(root), false);
  });

  it('does not follow a link the agent left', async () => {
    writeAt(scene.home, 'precious/file', 'mine\n');
    const { root } = await scene.create();
    linkAt(root, 'link', join(scene.home, 'precious'));
    await scene.worktrees.remove(mission, scene.top);
    assert.equal(readFileSync(join(scene.home, 'precious/file'), 'utf8'), 'mine\n');
  });

  it('sweeps what no live mission owns', async () => {
    const other = '01990000-0000-7000-8000-000000000002' as MissionId;
    const { root } = await scene.create();
    valueOf(await scene.worktrees.create(other, scene.top, never));
    assert.equal(await scene.worktrees.sweep(new Set([mission])), 1);
    assert.deepEqual(readdirSync(join(scene.storeDir, 'worktrees')).sort(), [mission, `${mission}.json`]);
    assert.equal(readFileSync(join(root, 'a'), 'utf8'), 'one\n');
    assert.equal(await scene.worktrees.sweep(new Set()), 1);
    assertGone();
    assert.equal(await scene.worktrees.sweep(new Set()), 0);
  });
});
