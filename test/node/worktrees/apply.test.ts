import { strict as assert } from 'node:assert';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Scene, applyPermit, errorOf, linkAt, rollbackPermit, treeOf, valueOf, writeAt } from './support.ts';

describe('GitWorktrees: applying and rolling back', function () {
  this.timeout(60_000);
  let scene: Scene;
  beforeEach(() => void (scene = new Scene()));
  afterEach(() => scene[Symbol.dispose]());

  /** A workspace with one of each, work that is not committed, and folders that only this person has. */
  function fill(): void {
    scene.write('.gitignore', 'ignored\nnode_modules/\n');
    scene.write('edited', 'one\n');
    scene.write('private', 'one\n', 0o640);
    scene.write('secret', 'one\n', 0o600);
    scene.write('run.sh', '#!/bin/sh\n', 0o711);
    scene.write('only/one/file', 'one\n');
    scene.write('shared/a', 'one\n');
    scene.write('shared/b', 'one\n');
    scene.write('becomes-folder', 'one\n');
    scene.write('becomes-file/a', 'one\n');
    scene.write('becomes-file/deep/b', 'one\n');
    scene.write('image', Buffer.from([0, 1, 2, 255]));
    linkAt(scene.top, 'link', 'edited');
    linkAt(scene.top, 'link-to-folder', 'shared');
    scene.commit();
    scene.write('edited', 'two, not committed\n');
    scene.git('add', 'edited');
    scene.write('untracked', 'one\n');
    scene.write('ignored', 'mine\n');
    scene.write('shared/node_modules/x', 'mine\n');
    mkdirSync(join(scene.top, 'empty/inside'), { recursive: true });
    chmodSync(join(scene.top, 'only/one'), 0o750);
  }

  function work(root: string): void {
    writeAt(root, 'edited', 'three\r\n');
    writeAt(root, 'private', 'two\n');
    rmSync(join(root, 'secret'));
    chmodSync(join(root, 'run.sh'), 0o644);
    rmSync(join(root, 'only'), { recursive: true });
    rmSync(join(root, 'shared'), { recursive: true });
    rmSync(join(root, 'becomes-folder'));
    writeAt(root, 'becomes-folder/with/file', 'one\n');
    rmSync(join(root, 'becomes-file'), { recursive: true });
    writeAt(root, 'becomes-file', 'a file now\n', 0o755);
    writeAt(root, 'image', Buffer.from([0, 1, 2, 254]));
    rmSync(join(root, 'link'));
    symlinkSync('untracked', join(root, 'link'));
    rmSync(join(root, 'link-to-folder'));
    writeAt(root, 'link-to-folder/file', 'a folder now\n');
    renameSync(join(root, 'untracked'), join(root, 'moved'));
    writeAt(root, 'empty/inside/file', 'new\n');
    writeAt(root, 'fresh/folder/file', 'new\n');
  }

  it('writes exactly the changes, and takes back every byte, permission and folder', async () => {
    fill();
    const { base, result, worktree } = await scene.agentDoes(work);
    const [before, state] = [treeOf(scene.top), scene.gitState()];

    const changes = valueOf(await scene.apply(base, result));
    assert.deepEqual(changes, valueOf(await scene.worktrees.changes(scene.top, base, result)));
    const expected: Record<string, string> = {
      ...treeOf(worktree.root),
      // What git does not know of stays as it was, and with it the folder it lies in.
      ...Object.fromEntries(
        Object.entries(before).filter(([path]) => /^(ignored|shared|shared\/node_modules.*|empty|empty\/inside)$/.test(path)),
      ),
      private: 'file 640 two\n',
      'run.sh': 'file 600 #!/bin/sh\n',
    };
    assert.deepEqual(treeOf(scene.top), expected);
    assert.equal(scene.gitState(), state, 'branch, HEAD and index did not move');

    valueOf(await scene.rollback(result, base));
    assert.deepEqual(treeOf(scene.top), before);
    assert.equal(scene.gitState(), state);
  });

  it('can be done twice in a row, both ways', async () => {
    fill();
    const { base, result } = await scene.agentDoes(work);
    const before = treeOf(scene.top);
    valueOf(await scene.apply(base, result));
    const after = treeOf(scene.top);
    valueOf(await scene.apply(base, result));
    assert.deepEqual(treeOf(scene.top), after);
    valueOf(await scene.rollback(result, base));
    valueOf(await scene.rollback(result, base));
    assert.deepEqual(treeOf(scene.top), before);
  });

  it('rolls back after the worktree is gone and git has collected its garbage', async () => {
    fill();
    const { base, result } = await scene.agentDoes(work);
    const before = treeOf(scene.top);
    valueOf(await scene.apply(base, result));
    await scene.worktrees.sweep(new Set());
    scene.git('gc', '--quiet', '--prune=now');
    valueOf(await scene.rollback(result, base));
    assert.deepEqual(treeOf(scene.top), before);
  });

  it('applies in a subfolder of the repository and keeps the opened folder even when it is empty', async () => {
    scene.write('app/a', 'one\n');
    scene.write('lib/b', 'one\n');
    const app = join(scene.top, 'app');
    const { base, result } = await scene.agentDoes((root) => rmSync(join(root, 'app'), { recursive: true }), app);
    valueOf(await scene.apply(base, result, app));
    assert.deepEqual(readdirSync(app), []);
    valueOf(await scene.rollback(result, base, app));
    assert.deepEqual(readdirSync(app), ['a']);
  });

  const meanwhile: Record<string, { edit: (top: string) => void; paths: string[] }> = {
    'a changed file changed': { edit: (top) => writeAt(top, 'edited', 'mine\n'), paths: ['edited'] },
    'a changed file vanished': { edit: (top) => rmSync(join(top, 'edited')), paths: ['edited'] },
    'a file to delete changed': { edit: (top) => writeAt(top, 'secret', 'mine\n'), paths: ['secret'] },
    'a mode changed': { edit: (top) => chmodSync(join(top, 'private'), 0o740), paths: ['private'] },
    'a file became a link': {
      edit: (top) => {
        rmSync(join(top, 'edited'));
        symlinkSync('private', join(top, 'edited'));
      },
      paths: ['edited'],
    },
    'a link got another target': {
      edit: (top) => {
        rmSync(join(top, 'link'));
        symlinkSync('private', join(top, 'link'));
      },
      paths: ['link'],
    },
    'a file became a folder': {
      edit: (top) => {
        rmSync(join(top, 'edited'));
        mkdirSync(join(top, 'edited'));
      },
      paths: ['edited'],
    },
    'a new file is there already': { edit: (top) => writeAt(top, 'moved', 'mine\n'), paths: ['moved'] },
    'a folder is where a new file goes': { edit: (top) => mkdirSync(join(top, 'moved')), paths: ['moved'] },
    'something else lies in a folder that becomes a file': {
      edit: (top) => writeAt(top, 'becomes-file/deep/mine', 'mine\n'),
      paths: ['becomes-file/deep/mine'],
    },
    'something ignored lies in a folder that becomes a file': {
      edit: (top) => writeAt(top, 'becomes-file/ignored', 'mine\n'),
      paths: ['becomes-file/ignored'],
    },
    'a file stands where a new folder goes': { edit: (top) => writeAt(top, 'fresh', 'mine\n'), paths: ['fresh'] },
    'a folder became a link': {
      edit: (top) => {
        renameSync(join(top, 'only/one'), join(top, 'moved-away'));
        symlinkSync('../moved-away', join(top, 'only/one'));
      },
      paths: ['only/one'],
    },
  };
  for (const [what, { edit, paths }] of Object.entries(meanwhile)) {
    it(`refuses before the first byte when ${what}`, async () => {
      fill();
      const { base, result } = await scene.agentDoes(work);
      edit(scene.top);
      const before = treeOf(scene.top);
      const error = errorOf(await scene.apply(base, result));
      assert.deepEqual([error.code, error.paths], ['changed-meanwhile', paths]);
      assert.match(error.message, /nothing was applied/);
      assert.deepEqual(treeOf(scene.top), before);
    });
  }

  it('writes nothing through a folder that became a link out of the workspace', async () => {
    scene.write('folder/a', 'one\n');
    const { base, result } = await scene.agentDoes((root) => {
      writeAt(root, 'folder/a', 'two\n');
      writeAt(root, 'folder/new', 'two\n');
    });
    writeAt(scene.home, 'elsewhere/a', 'one\n');
    rmSync(join(scene.top, 'folder'), { recursive: true });
    linkAt(scene.top, 'folder', join(scene.home, 'elsewhere'));
    const error = errorOf(await scene.apply(base, result));
    assert.deepEqual([error.code, error.paths], ['changed-meanwhile', ['folder']]);
    assert.deepEqual(treeOf(join(scene.home, 'elsewhere')), { a: 'file 644 one\n' });
  });

  it('lets changes elsewhere in the workspace be, and files that are as the mission leaves them', async () => {
    fill();
    const { base, result } = await scene.agentDoes(work);
    writeAt(scene.top, 'mine', 'mine\n');
    writeAt(scene.top, 'edited', 'three\r\n');
    valueOf(await scene.apply(base, result));
    assert.equal(readFileSync(join(scene.top, 'mine'), 'utf8'), 'mine\n');
  });

  it('refuses to roll back over later work, and names it', async () => {
    fill();
    const { base, result } = await scene.agentDoes(work);
    valueOf(await scene.apply(base, result));
    writeAt(scene.top, 'edited', 'later work\n');
    writeAt(scene.top, 'becomes-folder/mine', 'later work\n');
    const before = treeOf(scene.top);
    const error = errorOf(await scene.rollback(result, base));
    assert.deepEqual([error.code, error.paths], ['changed-since-apply', ['becomes-folder/mine', 'edited']]);
    assert.match(error.message, /nothing was rolled back/);
    assert.deepEqual(treeOf(scene.top), before);
  });

  it('keeps the permissions a person gave a file after the apply', async () => {
    fill();
    const { base, result } = await scene.agentDoes(work);
    valueOf(await scene.apply(base, result));
    chmodSync(join(scene.top, 'edited'), 0o600);
    valueOf(await scene.rollback(result, base));
    assert.equal(lstatSync(join(scene.top, 'edited')).mode & 0o777, 0o600);
  });

  it('takes a permit once, for the right action and for these trees only', async () => {
    scene.write('a', 'one\n');
    const { base, result } = await scene.agentDoes((root) => writeAt(root, 'a', 'two\n'));
    const before = treeOf(scene.top);
    const { worktrees, top } = scene;
    await assert.rejects(worktrees.apply(rollbackPermit(result, base), top, base, result), /permit/);
    await assert.rejects(worktrees.rollback(applyPermit(base, result), top, result, base), /permit/);
    await assert.rejects(worktrees.apply(applyPermit(base, base), top, base, result), /permit is for the trees/);
    await assert.rejects(worktrees.rollback(rollbackPermit(base, base), top, result, base), /permit is for the trees/);
    assert.deepEqual(treeOf(top), before);
    const permit = applyPermit(base, result);
    valueOf(await worktrees.apply(permit, top, base, result));
    await assert.rejects(worktrees.apply(permit, top, base, result), /used before/);
  });

  it('leaves files alone that only look newer', async () => {
    scene.write('a', 'one\n');
    const { base, result } = await scene.agentDoes((root) => writeAt(root, 'a', 'two\n'));
    utimesSync(join(scene.top, 'a'), new Date(), new Date());
    writeFileSync(join(scene.top, '.gonogo-mine.tmp'), 'mine');
    valueOf(await scene.apply(base, result));
    assert.deepEqual(treeOf(scene.top), { a: 'file 644 two\n', '.gonogo-mine.tmp': 'file 644 mine' });
  });
});
