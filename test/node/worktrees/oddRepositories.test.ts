import { strict as assert } from 'node:assert';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GitWorktrees } from '../../../src/agents/worktrees/gitWorktrees.ts';
import { Scene, errorOf, mission, never, treeOf, valueOf, writeAt } from './support.ts';

/** What a newcomer's repository may be like. Each is flown from the worktree to the apply and back. */
describe('GitWorktrees: odd repositories', function () {
  this.timeout(60_000);
  let scene: Scene;
  beforeEach(() => void (scene = new Scene()));
  afterEach(() => scene[Symbol.dispose]());

  /** An agent edits `a` and adds `new`; both land, nothing else changes, and the way back leaves every byte as it was. */
  async function fly(folder = scene.top, top = scene.top): Promise<void> {
    const before = treeOf(top);
    const { base, result } = await scene.agentDoes((root) => {
      writeAt(root, 'a', 'two\n');
      writeAt(root, 'new', 'new\n');
    }, folder);
    const changes = valueOf(await scene.worktrees.review(folder, base, result));
    assert.deepEqual(
      changes.map(({ path, kind }) => [path, kind]),
      [
        ['a', 'modified'],
        ['new', 'added'],
      ],
    );
    valueOf(await scene.apply(base, result, folder));
    assert.deepEqual(treeOf(top), { ...before, a: 'file 644 two\n', new: 'file 644 new\n' });
    valueOf(await scene.rollback(result, base, folder));
    assert.deepEqual(treeOf(top), before);
    await scene.worktrees.remove(mission, folder);
  }

  function fill(): void {
    scene.write('a', 'one\n');
    scene.write('deep/b', 'one\n');
    scene.commit();
  }

  const conditions: Record<string, () => void> = {
    'with a detached HEAD': () => scene.git('checkout', '--quiet', '--detach'),
    'in the middle of a rebase': () => {
      scene.write('deep/b', 'two\n');
      scene.commit();
      scene.git('checkout', '--quiet', '-b', 'other', 'HEAD~');
      scene.write('deep/b', 'three\n');
      scene.commit();
      assert.throws(() => scene.git('rebase', 'main'), /could not apply/);
    },
    'in the middle of a merge with conflicts': () => {
      scene.git('checkout', '--quiet', '-b', 'other');
      scene.write('deep/b', 'two\n');
      scene.commit();
      scene.git('checkout', '--quiet', 'main');
      scene.write('deep/b', 'three\n');
      scene.commit();
      assert.throws(() => scene.git('merge', 'other'));
    },
    'with a locked index': () => scene.write('.git/index.lock', ''),
    'with odd settings': () => {
      const settings = {
        'core.autocrlf': 'true',
        'core.eol': 'crlf',
        'core.safecrlf': 'true',
        'core.quotePath': 'true',
        'core.fileMode': 'false',
        'core.fsmonitor': 'true',
        'core.splitIndex': 'true',
        'core.untrackedCache': 'true',
        'core.hooksPath': join(scene.home, 'nowhere'),
        'core.worktree': scene.top,
        'core.precomposeUnicode': 'true',
        'commit.gpgSign': 'true',
        'gpg.program': '/nowhere/gpg',
        'status.showUntrackedFiles': 'no',
        'diff.noprefix': 'true',
        'diff.renames': 'copies',
        'diff.ignoreSubmodules': 'all',
        'index.version': '4',
        'feature.manyFiles': 'true',
        'worktree.guessRemote': 'true',
        'checkout.defaultRemote': 'nowhere',
        'user.useConfigOnly': 'true',
        'extensions.worktreeConfig': 'true',
      };
      for (const [key, value] of Object.entries(settings)) scene.git('config', key, value);
    },
    'with attributes that leave files out of exports': () => scene.write('.gitattributes', '* export-ignore export-subst -diff binary\n'),
    'with files marked as unchanged': () => scene.git('update-index', '--assume-unchanged', 'a'),
    'that is a shallow clone': () => {
      scene.commit();
      const clone = join(scene.home, 'clone');
      scene.git('clone', '--quiet', '--depth=1', `file://${scene.top}`, clone);
      rmSync(scene.top, { recursive: true });
      scene.gitAt(scene.home, 'clone', '--quiet', '--depth=1', `file://${clone}`, scene.top);
    },
    'that is sparsely checked out': () => {
      scene.write('far/away', 'one\n');
      scene.commit();
      scene.git('sparse-checkout', 'set', 'deep');
      assert.equal(existsSync(join(scene.top, 'far')), false);
    },
  };
  for (const [condition, arrange] of Object.entries(conditions)) {
    it(`flies in a repository ${condition}`, async () => {
      fill();
      arrange();
      await fly();
    });
  }

  it('flies in a partial clone whose server is gone', async () => {
    scene.write('deep/b', 'of another time\n');
    scene.commit();
    fill();
    scene.git('config', 'uploadpack.allowFilter', 'true');
    const clone = join(scene.home, 'clone');
    scene.git('clone', '--quiet', '--filter=blob:none', `file://${scene.top}`, clone);
    rmSync(scene.top, { recursive: true });
    const missing = scene.gitAt(clone, 'rev-list', '--objects', '--all', '--missing=print').match(/^\?/gm);
    assert.ok(missing && missing.length > 0, 'an old blob is missing');
    await fly(clone, clone);
  });

  it('flies in a folder that was opened over a link', async () => {
    fill();
    const link = join(scene.home, 'link');
    symlinkSync(scene.top, link);
    assert.equal(valueOf(await scene.worktrees.inspect(link)).top, scene.top);
    await fly(link);
    const inside = join(scene.home, 'inside');
    symlinkSync(join(scene.top, 'deep'), inside);
    assert.equal(valueOf(await scene.worktrees.inspect(inside)).prefix, 'deep/');
  });

  it('flies in a worktree that lies inside the repository it belongs to', async () => {
    fill();
    const inner = join(scene.top, 'trees/inner');
    scene.git('worktree', 'add', '--quiet', '-b', 'inner', inner);
    await fly(inner, inner);
    await fly();
    assert.match(scene.git('worktree', 'list'), /inner/, 'the person’s worktree is still listed');
  });

  it('leaves pointers of large files as they are, and runs nothing to fetch them', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;
    scene.write('.gitattributes', '*.bin filter=lfs diff=lfs merge=lfs -text\n');
    scene.write('big.bin', pointer);
    fill();
    const marker = join(scene.home, 'ran');
    for (const side of ['clean', 'smudge', 'process']) scene.git('config', `filter.lfs.${side}`, `touch '${marker}'`);
    scene.git('config', 'filter.lfs.required', 'true');
    await fly();
    const { base, result, worktree } = await scene.agentDoes((root) => writeAt(root, 'big.bin', pointer.replace('12345', '54321')));
    assert.equal(readFileSync(join(worktree.root, 'big.bin'), 'utf8'), pointer.replace('12345', '54321'));
    valueOf(await scene.apply(base, result));
    assert.equal(readFileSync(join(scene.top, 'big.bin'), 'utf8'), pointer.replace('12345', '54321'));
    assert.equal(existsSync(marker), false);
  });

  it('carries names with line breaks, quotes, leading dashes, emoji and spaces', async () => {
    fill();
    const names = [
      '-rf',
      '--',
      'a\nb',
      'quo"te',
      "apos'trophe",
      'back\\slash',
      ' leading',
      'trailing ',
      'tab\there',
      '💥',
      'é',
      '*',
      '$(x)',
      '#c',
      ':(top)x',
      '@{0}',
    ];
    const { base, result } = await scene.agentDoes((root) => {
      for (const name of names) writeAt(root, name, `${name}\n`);
    });
    const before = treeOf(scene.top);
    valueOf(await scene.apply(base, result));
    assert.deepEqual(treeOf(scene.top), {
      ...before,
      ...Object.fromEntries(names.map((name) => [name, `file 644 ${Buffer.from(`${name}\n`).toString('latin1')}`])),
    });
    valueOf(await scene.rollback(result, base));
    assert.deepEqual(treeOf(scene.top), before);
  });

  it('carries folders as deep and names as long as the system lets them be', async () => {
    fill();
    const deep = Array.from({ length: 40 }, (_, level) => `${'d'.repeat(60)}${level}`).join('/');
    const long = 'n'.repeat(255);
    const { base, result } = await scene.agentDoes((root) => {
      writeAt(root, `${deep}/file`, 'deep\n');
      writeAt(root, long, 'long\n');
    });
    const before = treeOf(scene.top);
    valueOf(await scene.apply(base, result));
    assert.equal(readFileSync(join(scene.top, deep, 'file'), 'utf8'), 'deep\n');
    assert.equal(readFileSync(join(scene.top, long), 'utf8'), 'long\n');
    valueOf(await scene.rollback(result, base));
    assert.deepEqual(treeOf(scene.top), before);
  });

  it('says what to do in a bare repository, in one owned by somebody else, and in one that is damaged', async () => {
    fill();
    const bare = join(scene.home, 'bare.git');
    scene.git('clone', '--quiet', '--bare', scene.top, bare);
    const inBare = errorOf(await scene.worktrees.inspect(bare));
    assert.deepEqual(
      [inBare.code, /inside git's own files; open the folder of the project/.test(inBare.message)],
      ['not-a-repository', true],
    );
    writeFileSync(join(scene.top, '.git/HEAD'), 'garbage\n');
    assert.equal(errorOf(await scene.worktrees.inspect(scene.top)).code, 'not-a-repository');
  });

  it('says what to do when git is missing, too old or answers nonsense', async () => {
    fill();
    const script = (name: string, body: string): string => {
      const file = join(scene.home, name);
      writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
      return file;
    };
    const old = script(
      'old',
      'for word; do case $word in fast-import) echo "fatal: unknown option" >&2; exit 129;; esac; done; exec git "$@"',
    );
    const cases: [string, string, RegExp][] = [
      [join(scene.home, 'nowhere'), 'git-missing', /install git and try again/],
      [old, 'git-failed', /git fast-import.*unknown option/],
    ];
    for (const [gitPath, code, words] of cases) {
      const worktrees = new GitWorktrees({ storeDir: scene.storeDir, gitPath, logger: scene.logger });
      const error = errorOf(await worktrees.create(mission, scene.top, never));
      assert.equal(error.code, code);
      assert.match(error.message, words);
    }
    assert.equal(scene.git('worktree', 'list').trim().split('\n').length, 1, 'nothing is left');
  });

  it('refuses, on a disk that ignores case, what would be lost there, before the first byte', async () => {
    fill();
    scene.write('name', 'one\n');
    // What such a disk answers when it is asked: the same file under both names.
    const { base, result } = await scene.agentDoes((root) => writeAt(root, 'Name', 'two\n'));
    linkSync(join(scene.top, 'a'), join(scene.top, 'A'));
    const before = treeOf(scene.top);
    const error = errorOf(await scene.apply(base, result));
    assert.deepEqual([error.code, error.paths], ['unsupported-entry', ['Name']]);
    assert.deepEqual(treeOf(scene.top), before);
  });

  it('works in a repository of 50,000 files', async function () {
    this.timeout(240_000);
    fill();
    for (let folder = 0; folder < 500; folder += 1) {
      mkdirSync(join(scene.top, `many/${folder}`), { recursive: true });
      for (let file = 0; file < 100; file += 1) writeFileSync(join(scene.top, `many/${folder}/${file}`), `${folder} ${file}\n`);
    }
    const { base, result } = await scene.agentDoes((root) => writeAt(root, 'a', 'two\n'));
    assert.deepEqual(
      valueOf(await scene.worktrees.changes(scene.top, base, result)).map(({ path }) => path),
      ['a'],
    );
    valueOf(await scene.apply(base, result));
    assert.equal(readFileSync(join(scene.top, 'a'), 'utf8'), 'two\n');
  });
});
