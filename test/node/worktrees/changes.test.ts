import { strict as assert } from 'node:assert';
import { chmodSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256 } from '../../../src/base/digest.ts';
import { corpus } from '../../support/corpora.ts';
import { Scene, errorOf, treeOf, valueOf, writeAt } from './support.ts';

const story = Array.from({ length: 40 }, (_, line) => `line ${line}\n`).join('');

describe('GitWorktrees: what changed', function () {
  this.timeout(60_000);
  let scene: Scene;
  beforeEach(() => void (scene = new Scene()));
  afterEach(() => scene[Symbol.dispose]());

  it('tells kinds, modes, digests and sizes', async () => {
    scene.write('edited', 'one\n');
    scene.write('deleted', 'one\n');
    scene.write('old name', story);
    scene.write('script', '#!/bin/sh\n');
    scene.write('image', Buffer.from([1, 2, 0, 3]));
    const { base, result } = await scene.agentDoes((root) => {
      writeAt(root, 'edited', 'two\n');
      rmSync(join(root, 'deleted'));
      renameSync(join(root, 'old name'), join(root, 'new name'));
      writeAt(root, 'new name', `${story}more\n`);
      chmodSync(join(root, 'script'), 0o755);
      writeAt(root, 'image', Buffer.from([1, 2, 0, 4]));
      writeAt(root, 'latin', Buffer.from([0x63, 0x61, 0x66, 0xe9]));
      writeAt(root, 'added/empty', '');
    });
    const changes = valueOf(await scene.worktrees.changes(scene.top, base, result));
    const summary = changes.map(({ path, oldPath, kind, oldMode, newMode, binary, beforeBytes, afterBytes }) =>
      [kind, oldPath, path, oldMode, newMode, binary, beforeBytes, afterBytes].join(' '),
    );
    assert.deepEqual(summary, [
      'added  added/empty 000000 100644 false 0 0',
      'deleted  deleted 100644 000000 false 4 0',
      'modified  edited 100644 100644 false 4 4',
      'modified  image 100644 100644 true 4 4',
      'added  latin 000000 100644 true 0 4',
      `renamed old name new name 100644 100644 false ${story.length} ${story.length + 5}`,
      'mode-changed  script 100644 100755 false 10 10',
    ]);
    const edited = changes.find(({ path }) => path === 'edited');
    assert.deepEqual([edited?.beforeSha256, edited?.afterSha256], [sha256('one\n'), sha256('two\n')]);
    assert.deepEqual(await scene.worktrees.blob(scene.top, result.tree, 'image'), Buffer.from([1, 2, 0, 4]));
    assert.equal(await scene.worktrees.blob(scene.top, result.tree, 'deleted'), undefined);
    assert.equal(await scene.worktrees.blob(scene.top, result.tree, 'added'), undefined);
  });

  it('shows hunks, and changed line ends as changes', async () => {
    scene.write('.gitattributes', '* text=auto\n');
    scene.write('ends', 'one\ntwo\n');
    scene.write('last', 'one\ntwo');
    scene.write('story', story);
    scene.write('script', 'x\n');
    const { base, result } = await scene.agentDoes((root) => {
      writeAt(root, 'ends', 'one\r\ntwo\n');
      writeAt(root, 'last', 'one\ntwo\n');
      writeAt(root, 'story', story.replace('line 2\n', '').replace('line 30\n', 'line thirty\nand one more\n'));
      chmodSync(join(root, 'script'), 0o755);
    });
    const [ends, last, script, tale] = valueOf(await scene.worktrees.review(scene.top, base, result));
    assert.deepEqual(ends?.hunks[0]?.lines, [
      { kind: 'removed', text: 'one', oldLine: 1 },
      { kind: 'added', text: 'one\r', newLine: 1 },
      { kind: 'context', text: 'two', oldLine: 2, newLine: 2 },
    ]);
    assert.deepEqual(last?.hunks[0]?.lines.slice(1), [
      { kind: 'removed', text: 'two', oldLine: 2, noNewline: true },
      { kind: 'added', text: 'two', newLine: 2 },
    ]);
    assert.ok(script !== undefined && tale !== undefined);
    assert.deepEqual([script.kind, script.hunks], ['mode-changed', []]);
    assert.deepEqual(
      tale.hunks.map(({ header }) => header),
      ['@@ -1,6 +1,5 @@', '@@ -28,7 +27,8 @@'],
    );
    assert.deepEqual([tale.additions, tale.deletions, tale.truncated], [2, 2, undefined]);
  });

  it('says when a file is too large to show, and gives critics all of it', async () => {
    const large = 'some words\n'.repeat(300_000);
    const { base, result } = await scene.agentDoes((root) => writeAt(root, 'large', large));
    const [file] = valueOf(await scene.worktrees.review(scene.top, base, result));
    assert.deepEqual([file?.hunks, file?.afterBytes], [[], large.length]);
    assert.match(file?.truncated ?? '', /3\.1 MB.*Open Diff/);
    const [seen] = valueOf(await scene.worktrees.criticFiles(scene.top, base, result));
    assert.equal(seen?.after, large);
  });

  it('refuses changes beyond the opened folder, renames out of it too', async () => {
    scene.write('app/a', story);
    scene.write('lib/b', 'one\n');
    const app = join(scene.top, 'app');
    const { base, result } = await scene.agentDoes((root) => {
      renameSync(join(root, 'app/a'), join(root, 'a'));
      writeAt(root, 'lib/b', 'two\n');
    }, app);
    const before = treeOf(scene.top);
    for (const refusal of [
      await scene.worktrees.changes(app, base, result),
      await scene.worktrees.review(app, base, result),
      await scene.apply(base, result, app),
    ]) {
      const error = errorOf(refusal);
      assert.equal(error.code, 'outside-workspace');
      assert.deepEqual([...error.paths].sort(), ['a', 'lib/b']);
    }
    assert.deepEqual(treeOf(scene.top), before);
  });

  it('carries every kind of name', async () => {
    const names = [
      '-rf',
      '--help',
      'a b',
      ' lead',
      'trail ',
      'new\nline',
      'tab\t"quote\\',
      'ünïcödé/日本',
      'é',
      'e\u0301',
      ':(top)x',
      '*?[a]',
      '\u202egpj.exe',
      '__proto__',
      '@',
      'HEAD',
      '.gitx',
      '$(x)`y`',
    ];
    for (const name of names) scene.write(name, `was ${name}`);
    const { base, result, worktree } = await scene.agentDoes((root) => {
      for (const [index, name] of names.entries()) {
        if (index % 3 === 0) rmSync(join(root, name));
        else writeAt(root, name, `is ${name}`);
        writeAt(root, `added/${name}`, `new ${name}`);
      }
    });
    const before = treeOf(scene.top);
    const expected = treeOf(worktree.root);
    const changes = valueOf(await scene.worktrees.changes(scene.top, base, result));
    assert.equal(changes.length, names.length * 2 - changes.filter(({ kind }) => kind === 'renamed').length);
    for (const name of names) {
      assert.deepEqual(await scene.worktrees.blob(scene.top, result.tree, `added/${name}`), Buffer.from(`new ${name}`));
    }
    valueOf(await scene.apply(base, result));
    assert.deepEqual(treeOf(scene.top), expected);
    valueOf(await scene.rollback(result, base));
    assert.deepEqual(treeOf(scene.top), before);
  });

  corpus('06-input/naughty-strings', z.object({ text: z.string() }), 'carries naughty strings as names, byte for byte', async (rows) => {
    const names = new Set<string>();
    for (const { text } of rows) {
      const name = text.replaceAll('/', '\u2215').replaceAll('\0', '');
      const fits = name !== '' && name !== '.' && name !== '..' && name.isWellFormed() && Buffer.byteLength(name) < 250;
      if (fits) names.add(name);
    }
    assert.ok(names.size > 100);
    const { base, result, worktree } = await scene.agentDoes((root) => {
      for (const name of names) writeAt(root, name, name);
    });
    const changes = valueOf(await scene.worktrees.changes(scene.top, base, result));
    assert.deepEqual(new Set(changes.map(({ path }) => path)), names);
    valueOf(await scene.apply(base, result));
    assert.deepEqual(treeOf(scene.top), treeOf(worktree.root));
  });
});
