import { strict as assert } from 'node:assert';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { GitWorktrees } from '../../../src/agents/worktrees/gitWorktrees.ts';
import { Scene, errorOf, linkAt, mission, never, treeOf, valueOf, writeAt } from './support.ts';

/** Everything a repository can be set up to execute, each leaving a marker of its own. */
function arm(scene: Scene, markers: string): void {
  mkdirSync(markers);
  const trap = (name: string): string => {
    const script = join(scene.home, `trap-${name}`);
    writeFileSync(script, `#!/bin/sh\ntouch '${join(markers, name)}'\nexec cat\n`, { mode: 0o755 });
    return `'${script}'`;
  };
  const settings = {
    'filter.evil.clean': trap('clean'),
    'filter.evil.smudge': trap('smudge'),
    'filter.e=vil.process': trap('process'),
    'filter.evil.required': 'true',
    'filter.e=vil.required': 'true',
    'diff.external': trap('diff-external'),
    'diff.evil.command': trap('diff-command'),
    'diff.evil.textconv': trap('textconv'),
    'core.fsmonitor': trap('fsmonitor'),
    'core.pager': trap('pager'),
    'core.editor': trap('editor'),
    'core.sshCommand': trap('ssh'),
    'credential.helper': trap('credential'),
    'gpg.program': trap('gpg'),
    'commit.gpgSign': 'true',
    'core.autocrlf': 'true',
  };
  for (const [key, value] of Object.entries(settings)) scene.git('config', key, value);
  const hooks = [
    'post-checkout',
    'reference-transaction',
    'pre-commit',
    'post-commit',
    'post-index-change',
    'fsmonitor-watchman',
    'post-rewrite',
  ];
  for (const hook of hooks) {
    const file = join(scene.top, '.git', 'hooks', hook);
    mkdirSync(join(scene.top, '.git', 'hooks'), { recursive: true });
    writeFileSync(file, `#!/bin/sh\ntouch '${join(markers, `hook-${hook}`)}'\n`, { mode: 0o755 });
  }
}

describe('GitWorktrees: what a repository may not do', function () {
  this.timeout(60_000);
  let scene: Scene;
  let markers: string;
  beforeEach(() => {
    scene = new Scene();
    markers = join(scene.home, 'markers');
  });
  afterEach(() => scene[Symbol.dispose]());

  it('runs no filter, hook, diff driver or helper, and converts no line end, on the whole way', async () => {
    scene.write(
      '.gitattributes',
      '* text=auto eol=crlf\n*.txt text eol=crlf filter=evil diff=evil ident\n*.md filter=e=vil\n*.u16 working-tree-encoding=UTF-16\n',
    );
    scene.write('dos.txt', 'one\r\ntwo\r\n$Id$\r\n');
    scene.write('unix.txt', 'one\ntwo\n');
    scene.write('mixed.md', 'one\r\ntwo\n');
    scene.write('wide.u16', Buffer.from('\ufeffhello\n', 'utf16le'));
    scene.commit();
    scene.write('unix.txt', 'one\ntwo\nthree\n');
    arm(scene, markers);
    const before = treeOf(scene.top);

    assert.equal(valueOf(await scene.worktrees.inspect(scene.top)).uncommitted > 0, true);
    const { base, result, worktree } = await scene.agentDoes((root) => {
      assert.deepEqual(treeOf(root), before);
      writeAt(root, 'dos.txt', 'one\ntwo\r\n$Id$\r\n');
      writeAt(root, 'new.txt', 'three\r\n');
      // Doubtful times make git compare content.
      utimesSync(join(root, 'mixed.md'), new Date(), new Date());
    });
    const expected = treeOf(worktree.root);
    valueOf(await scene.worktrees.changes(scene.top, base, result));
    valueOf(await scene.worktrees.review(scene.top, base, result));
    valueOf(await scene.worktrees.criticFiles(scene.top, base, result));
    valueOf(await scene.apply(base, result));
    assert.deepEqual(treeOf(scene.top), expected);
    valueOf(await scene.rollback(result, base));
    assert.deepEqual(treeOf(scene.top), before);
    await scene.worktrees.remove(mission, scene.top);

    assert.deepEqual(readdirSync(markers), []);
    assert.throws(() => scene.git('status'), /clean filter/);
    assert.notDeepEqual(readdirSync(markers), [], 'the traps work: plain git steps into them');
  });

  it('calls a fresh worktree clean although filters and line ends would say otherwise', async () => {
    scene.write('.gitattributes', '* text eol=crlf\n*.evil filter=evil\n');
    scene.write('dos', 'one\r\ntwo\r\n');
    scene.write('a.evil', 'one\n');
    scene.git('config', 'filter.evil.clean', 'tr a-z A-Z');
    const { root } = await scene.create();
    assert.equal(scene.gitAt(root, 'status', '--porcelain'), '');
  });

  it('looks past everything the agent does to git in its worktree', async () => {
    scene.write('a', 'one\n');
    scene.write('.gitignore', 'ignored\n');
    scene.commit();
    const evil = join(scene.home, 'evil');
    mkdirSync(evil);
    const { base, result } = await scene.agentDoes((root) => {
      writeAt(root, 'a', 'two\n');
      writeAt(root, 'ignored', 'left out\n');
      scene.gitAt(root, 'commit', '--quiet', '--all', '--message', 'by the agent');
      rmSync(join(root, '.git'));
      scene.gitAt(evil, 'init', '--quiet');
      scene.gitAt(evil, 'config', 'core.fsmonitor', `touch '${markers}'`);
      writeFileSync(join(root, '.git'), `gitdir: ${join(evil, '.git')}\n`);
    });
    assert.equal(existsSync(markers), false);
    const changes = valueOf(await scene.worktrees.changes(scene.top, base, result));
    assert.deepEqual(
      changes.map(({ path, kind }) => [path, kind]),
      [['a', 'modified']],
    );
  });

  it('keeps links as their text and reads nothing behind them', async () => {
    writeAt(scene.home, 'elsewhere/secret', 'TOP SECRET\n');
    scene.write('folder/secret', 'mine\n');
    scene.write('file', 'mine\n');
    const { base, result } = await scene.agentDoes((root) => {
      rmSync(join(root, 'folder'), { recursive: true });
      linkAt(root, 'folder', join(scene.home, 'elsewhere'));
      rmSync(join(root, 'file'));
      linkAt(root, 'file', join(scene.home, 'elsewhere/secret'));
    });
    const files = valueOf(await scene.worktrees.criticFiles(scene.top, base, result));
    assert.deepEqual(files, [
      { path: 'file', before: 'mine\n', after: join(scene.home, 'elsewhere/secret') },
      { path: 'folder', before: undefined, after: join(scene.home, 'elsewhere') },
      { path: 'folder/secret', before: 'mine\n', after: undefined },
    ]);
  });

  it('reads nothing behind a link that git is told to ignore', async () => {
    writeAt(scene.home, 'elsewhere/secret', 'TOP SECRET\n');
    scene.write('folder/secret', 'mine\n');
    const { base, result } = await scene.agentDoes((root) => {
      rmSync(join(root, 'folder'), { recursive: true });
      linkAt(root, 'folder', join(scene.home, 'elsewhere'));
      writeAt(root, '.gitignore', 'folder\n');
    });
    const changes = valueOf(await scene.worktrees.changes(scene.top, base, result));
    assert.deepEqual(
      changes.map(({ path, kind }) => [path, kind]),
      [
        ['.gitignore', 'added'],
        ['folder/secret', 'deleted'],
      ],
    );
  });

  it('refuses what is neither file nor link, names that reach into git, and work inside a submodule', async () => {
    using other = new Scene();
    other.write('inner', 'one\n');
    other.commit();
    scene.write('a', 'one\n');
    scene.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', other.top, 'sub');
    scene.commit();
    const worktree = await scene.create();
    const cases: [string, string, () => void][] = [
      ['a', 'a', () => scene.gitAt(worktree.root, '-c', 'alias.pipe=!rm a && mkfifo a', 'pipe')],
      ['.GIT/hooks/post-checkout', '.GIT', () => writeAt(worktree.root, '.GIT/hooks/post-checkout', 'x')],
      ['deep/git~1/config', 'deep', () => writeAt(worktree.root, 'deep/git~1/config', 'x')],
      ['sub', 'sub/file', () => writeAt(worktree.root, 'sub/file', 'x')],
    ];
    for (const [path, litter, make] of cases) {
      make();
      const error = errorOf(await scene.worktrees.capture(mission, scene.top, worktree));
      assert.deepEqual([error.code, error.paths], ['unsupported-entry', [path]], error.message);
      rmSync(join(worktree.root, litter), { recursive: true });
      writeAt(worktree.root, 'a', 'one\n');
    }
    assert.equal((await scene.capture(worktree)).tree, worktree.base.tree);
  });

  it('writes nothing when the reviewed bytes were swapped in the object store', async () => {
    scene.write('a', 'one\n');
    scene.write('b', 'one\n');
    const { base, result } = await scene.agentDoes((root) => {
      writeAt(root, 'a', 'fine\n');
      writeAt(root, 'b', 'good\n');
    });
    const id = scene.git('rev-parse', `${result.tree}:b`).trim();
    const object = join(scene.top, '.git/objects', id.slice(0, 2), id.slice(2));
    chmodSync(object, 0o644);
    writeFileSync(object, deflateSync(Buffer.from('blob 5\0evil\n')));
    const before = treeOf(scene.top);
    assert.equal(errorOf(await scene.apply(base, result)).code, 'git-failed');
    assert.equal(errorOf(await scene.worktrees.review(scene.top, base, result)).code, 'git-failed');
    assert.deepEqual(treeOf(scene.top), before);
  });

  it('does not let the environment point git elsewhere', async () => {
    scene.write('a', 'one\n');
    const names = ['GIT_DIR', 'GIT_INDEX_FILE', 'GIT_WORK_TREE', 'GIT_OBJECT_DIRECTORY', 'GIT_EXTERNAL_DIFF', 'GIT_CONFIG_PARAMETERS'];
    const { env } = process;
    process.env = { ...env, ...Object.fromEntries(names.map((name) => [name, join(scene.home, 'elsewhere')])) };
    try {
      const worktrees = new GitWorktrees({ storeDir: scene.storeDir, logger: scene.logger });
      const { root } = valueOf(await worktrees.create(mission, scene.top, never));
      assert.deepEqual(Object.keys(treeOf(root)), ['a']);
    } finally {
      process.env = env;
    }
    assert.equal(existsSync(join(scene.home, 'elsewhere')), false);
  });
});
