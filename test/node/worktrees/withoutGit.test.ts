import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GitWorktrees } from '../../../src/agents/worktrees/gitWorktrees.ts';
import { leftOut } from '../../../src/agents/worktrees/shadowRepository.ts';
import type { MissionId } from '../../../src/base/ids.ts';
import { workspaceIdOf } from '../../../src/missions/workspaceId.ts';
import { RecordingLogger } from '../../support/recordingLogger.ts';
import { applyPermit, errorOf, mission, never, reapplyPermit, rollbackPermit, treeOf, valueOf, writeAt } from './support.ts';

const child = fileURLToPath(new URL('crashingChild.ts', import.meta.url));
const other = '01990000-0000-7000-8000-000000000002' as MissionId;

describe('GitWorktrees: a folder without git', function () {
  this.timeout(180_000);
  let home: string;
  let top: string;
  let storeDir: string;
  let logger: RecordingLogger;
  let worktrees: GitWorktrees;
  beforeEach(() => {
    home = realpathSync(mkdtempSync(join(tmpdir(), 'gonogo plain ')));
    top = join(home, 'my folder');
    storeDir = join(home, 'store');
    mkdirSync(top);
    mkdirSync(storeDir);
    logger = new RecordingLogger();
    worktrees = new GitWorktrees({ storeDir, logger });
  });
  afterEach(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));

  function work(root: string): void {
    writeAt(root, 'a.txt', 'two\r\n');
    rmSync(join(root, 'gone'), { recursive: true });
    writeAt(root, 'fresh/file', 'new\n');
  }
  function fill(folder = top): void {
    writeAt(folder, 'a.txt', 'one\r\n');
    writeAt(folder, 'gone/b', 'one\n', 0o600);
  }
  async function flown(folder = top, id = mission) {
    const worktree = valueOf(await worktrees.create(id, folder, never));
    work(worktree.root);
    return { base: worktree.base, result: valueOf(await worktrees.capture(id, folder, worktree)), worktree };
  }

  it('flies there and back, and gets no `.git`', async () => {
    fill();
    const before = treeOf(top);
    const { base, result } = await flown();
    assert.deepEqual(treeOf(top), before);
    valueOf(await worktrees.apply(applyPermit(base, result), top, base, result));
    const after = treeOf(top);
    assert.deepEqual(Object.keys(after), ['a.txt', 'fresh', 'fresh/file']);
    await worktrees.remove(mission, top);
    valueOf(await worktrees.rollback(rollbackPermit(result, base), top, result, base));
    assert.deepEqual(treeOf(top), before);
    valueOf(await worktrees.reapply(reapplyPermit(base, result), top, base, result));
    assert.deepEqual(treeOf(top), after);
    assert.equal(existsSync(join(top, '.git')), false);
    assert.deepEqual(readdirSync(storeDir).sort(), ['applied', 'shadow', 'worktrees']);
  });

  it('leaves out what is obvious, what `.gitignore` says, and repositories inside, which it names', async () => {
    fill();
    for (const name of leftOut.filter((each) => each.endsWith('/'))) writeAt(top, `sub/${name}file`, 'left out\n');
    writeAt(top, '.gitignore', 'secret.txt\n!dist/\n');
    writeAt(top, 'secret.txt', 'mine\n');
    spawnSync('git', ['init', '--quiet', join(top, 'inner')]);
    writeAt(top, 'inner/file', 'its own\n');
    const facts = valueOf(await worktrees.inspect(top));
    assert.deepEqual(facts, { top, prefix: '', commonDir: top, uncommitted: 0, leftBehind: [], withoutGit: { nested: ['inner'] } });
    const { root } = valueOf(await worktrees.create(mission, top, never));
    assert.deepEqual(
      Object.keys(treeOf(root)).filter((path) => !treeOf(root)[path]?.startsWith('folder')),
      ['.gitignore', 'a.txt', 'gone/b', 'sub/dist/file'],
    );
    assert.deepEqual(
      logger.warnings.map(({ fields }) => fields),
      [{ names: ['inner'] }],
    );
  });

  it('keeps two folders apart, and knows one again after it was renamed and came back', async () => {
    const second = join(home, 'second');
    mkdirSync(second);
    fill();
    fill(second);
    const one = await flown();
    const two = await flown(second, other);
    assert.equal(readdirSync(join(storeDir, 'shadow')).length, 2);
    const ids = [valueOf(await worktrees.inspect(top)), valueOf(await worktrees.inspect(second))].map((facts) =>
      workspaceIdOf(facts.commonDir),
    );
    assert.deepEqual(ids, [workspaceIdOf(top), workspaceIdOf(second)]);
    valueOf(await worktrees.apply(applyPermit(one.base, one.result), top, one.base, one.result));
    assert.equal(readFileSync(join(second, 'a.txt'), 'utf8'), 'one\r\n', 'the other folder stays');

    const applied = treeOf(top);
    const renamed = join(home, 'renamed');
    renameSync(top, renamed);
    // The renamed folder is another workspace: what was done in the old one is not known there, and nothing is written.
    const lost = errorOf(await worktrees.rollback(rollbackPermit(one.result, one.base), renamed, one.result, one.base));
    assert.equal(lost.code, 'git-failed');
    assert.deepEqual(treeOf(renamed), applied);
    assert.equal(errorOf(await worktrees.inspect(top)).code, 'not-a-repository');
    renameSync(renamed, top);
    valueOf(await worktrees.rollback(rollbackPermit(one.result, one.base), top, one.result, one.base));
    assert.deepEqual(treeOf(top), treeOf(join(second)), 'both are as they began');
    assert.ok(two.result.commit);
  });

  it('is finished or taken back when a crash cut it off, from the making of the shadow on', async () => {
    fill();
    const before = treeOf(top);
    const crashes = (action: object, crashAfter: number): boolean => {
      const argument = JSON.stringify({ storeDir, top, crashAfter, mission, action });
      const { status, signal, stderr } = spawnSync(process.execPath, [child, argument], { encoding: 'utf8' });
      assert.ok(signal === 'SIGKILL' || status === 0, stderr);
      return signal === 'SIGKILL';
    };
    let made = 0;
    for (let moment = 1; crashes({ kind: 'create' }, moment); moment += 5) {
      made += 1;
      const { root } = valueOf(await worktrees.create(mission, top, never));
      assert.deepEqual(treeOf(root), { ...before, 'gone/b': 'file 600 one\n' }, `made again after ${moment} changes`);
      rmSync(storeDir, { recursive: true });
      mkdirSync(storeDir);
    }
    assert.ok(made >= 3, `${made} crashes`);
    const { base, result } = await flown();
    let cut = 0;
    for (let moment = 1; crashes({ kind: 'apply', base, result }, moment); moment += 4) {
      cut += 1;
      valueOf(await worktrees.rollback(rollbackPermit(result, base), top, result, base));
      assert.deepEqual(treeOf(top), before, `taken back after ${moment} changes`);
    }
    assert.ok(cut >= 3, `${cut} crashes`);
  });

  it('is refused where a shadow would be wrong: a broken repository, a home, the root', async () => {
    writeAt(top, 'broken/.git', 'gitdir: /nowhere\n');
    writeAt(top, 'broken/sub/file', 'x');
    for (const folder of [join(top, 'broken'), join(top, 'broken/sub')]) {
      const error = errorOf(await worktrees.inspect(folder));
      assert.equal(error.code, 'not-a-repository');
      assert.match(error.message, /cannot be read by git/);
    }
    for (const folder of ['/', homedir()]) {
      const error = errorOf(await worktrees.inspect(folder));
      assert.ok(error.code === 'not-a-repository' && /project/.test(error.message), folder);
    }
    assert.equal(existsSync(join(storeDir, 'shadow')), false);
  });

  it('holds 10,000 files, and says when there are too many', async () => {
    for (let file = 0; file < 10_000; file += 1) {
      const folder = join(top, `d${file % 100}`);
      if (file < 100) mkdirSync(folder);
      writeFileSync(join(folder, `f${file}.txt`), `line ${file}\n`.repeat(20));
    }
    const worktree = valueOf(await worktrees.create(mission, top, never));
    writeAt(worktree.root, 'd1/f1.txt', 'changed\n');
    const result = valueOf(await worktrees.capture(mission, top, worktree));
    const changes = valueOf(await worktrees.apply(applyPermit(worktree.base, result), top, worktree.base, result));
    assert.deepEqual(
      changes.map(({ path }) => path),
      ['d1/f1.txt'],
    );
    for (let file = 0; file < 40_001; file += 1) writeFileSync(join(top, `d${file % 100}`, `g${file}`), '');
    const error = errorOf(await worktrees.inspect(top));
    assert.equal(error.code, 'unsupported-entry');
    assert.match(error.message, /holds 50001 files, and at most 50000.*\.gitignore/);
  });
});
