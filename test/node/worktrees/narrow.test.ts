import { strict as assert } from 'node:assert';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { FileReview, FileSelection, Hunk } from '../../../src/contracts/review.ts';
import type { Snapshot } from '../../../src/contracts/worktrees.ts';
import { parseSelection } from '../../../src/missions/selection.ts';
import { Scene, errorOf, mission, treeOf, valueOf, writeAt } from './support.ts';

interface Change {
  readonly scene: Scene;
  readonly base: Snapshot;
  readonly result: Snapshot;
}

function reviewOf({ scene, base, result }: Change) {
  return scene.worktrees.review(scene.top, base, result).then(valueOf);
}

function narrow({ scene, base, result }: Change, selection: readonly FileSelection[]): Promise<Snapshot> {
  return scene.worktrees.narrow(mission, scene.top, base, result, selection).then(valueOf);
}

/** One path to its content; a file that is not there is absent. */
type Files = Readonly<Record<string, { readonly text: string; readonly executable: boolean }>>;

const line = fc.constantFrom('same\n', 'same\r\n', 'other\n', '\n', 'ünï\n', '\ufeffx\n');
/** Twelve lines that are never edited stand between two places that may be, so that files have several hunks. */
const text = fc.record({
  head: fc.array(line, { maxLength: 3 }),
  middle: fc.array(line, { maxLength: 3 }),
  end: fc.array(line, { maxLength: 3 }),
  last: fc.constantFrom('', 'no end', 'no end\r'),
});
const still = (from: number): string => Array.from({ length: 12 }, (_, at) => `still ${from + at}\n`).join('');
const content = fc.oneof(
  {
    weight: 6,
    arbitrary: text.map(({ head, middle, end, last }) => head.join('') + still(0) + middle.join('') + still(50) + end.join('') + last),
  },
  { weight: 1, arbitrary: fc.constantFrom('', 'a\0b', 'a\0c\n', '\u00ff\u00fe latin') },
);
const file = fc
  .record({ text: content, executable: fc.boolean() })
  .map((each) => (Math.abs(each.text.length % 3) > 0 ? { ...each, executable: false } : each));
const files: fc.Arbitrary<Files> = fc.dictionary(fc.constantFrom('a', 'b c', 'd/e', 'd/f', 'g\\"h', 'ü'), file, { noNullPrototype: true });

function put(root: string, wanted: Files): void {
  for (const path of ['a', 'b c', 'd/e', 'd/f', 'g\\"h', 'ü']) rmSync(join(root, path), { force: true });
  // Written as latin1, so that a text with ü is no UTF-8: bytes that must travel all the same.
  for (const [path, each] of Object.entries(wanted))
    writeAt(root, path, Buffer.from(each.text, each.text.includes('ÿ') ? 'latin1' : 'utf8'), each.executable ? 0o755 : 0o644);
}

async function changeOf(scene: Scene, before: Files, after: Files): Promise<Change> {
  // With every rule that could change bytes on their way.
  writeAt(scene.top, '.gitattributes', '* text=auto eol=crlf\n*.x filter=upper\n');
  scene.git('config', 'core.autocrlf', 'true');
  put(scene.top, before);
  const { base, result } = await scene.agentDoes((root) => put(root, after));
  return { scene, base, result };
}

const isWholeOnly = (each: FileReview): boolean =>
  each.binary || each.kind === 'renamed' || each.kind === 'mode-changed' || (each.kind === 'modified' && each.oldMode !== each.newMode);

/** Every file left out, kept, or kept with some of its hunks, as `choices` say. */
function selectionOf(review: readonly FileReview[], choices: readonly number[]): readonly FileSelection[] {
  let at = 0;
  const next = (): number => choices[at++ % choices.length] ?? 0;
  return review.flatMap((each): FileSelection[] => {
    if (isWholeOnly(each) || each.hunks.length < 2 || next() % 3 === 0) return next() % 2 === 0 ? [{ path: each.path }] : [];
    const hunks = each.hunks.flatMap((_, index) => (next() % 2 === 0 ? [index] : []));
    return hunks.length === 0 ? [] : [{ path: each.path, hunks }];
  });
}

/** What a hunk says, without where it ends up. */
const saidBy = ({ lines }: Hunk) => lines.map(({ kind, text: said, oldLine, noNewline }) => ({ kind, said, oldLine, noNewline }));

const lsTree = (scene: Scene, { tree }: Snapshot): string => scene.git('ls-tree', '-r', '-z', '--full-tree', tree);

describe('GitWorktrees: a part of a change', function () {
  this.timeout(300_000);

  it('is exactly the hunks that were kept, whatever the files and whatever is kept', async () => {
    const seen = { parts: 0, hunks: 0 };
    await fc.assert(
      fc.asyncProperty(files, files, fc.array(fc.nat(5), { minLength: 5, maxLength: 12 }), async (before, after, choices) => {
        using scene = new Scene();
        const change = await changeOf(scene, before, after);
        const review = await reviewOf(change);
        if (review.length === 0) return;
        const everything = await narrow(
          change,
          review.map(({ path }) => ({ path })),
        );
        assert.equal(everything.tree, change.result.tree, 'all of it is the whole');

        const selection = selectionOf(review, choices);
        const parsed = parseSelection(review, selection);
        if (!parsed.ok) return;
        seen.parts += 1;
        const subset = await narrow(change, parsed.value);
        const shown = await reviewOf({ ...change, result: subset });
        assert.deepEqual(
          shown.map(({ path, hunks }) => [path, hunks.map(saidBy)]),
          review.flatMap(({ path, hunks }) => {
            const kept = parsed.value.find((each) => each.path === path);
            if (!kept) return [];
            seen.hunks += kept.hunks?.length ?? 0;
            return [[path, hunks.filter((_, index) => kept.hunks?.includes(index) ?? true).map(saidBy)]];
          }),
          'the review shows what was kept, and nothing else',
        );
        await assertRestLeadsToWhole(change, subset);
      }),
      { numRuns: 20, seed: 11 },
    );
    assert.ok(seen.parts > 8 && seen.hunks > 4, JSON.stringify(seen));
  });

  /** From the part, taking the rest leads to the whole: nothing was lost on the way. */
  async function assertRestLeadsToWhole({ scene, result }: Change, subset: Snapshot): Promise<void> {
    const rest = await reviewOf({ scene, base: subset, result });
    const selection = rest.map(({ path }) => ({ path }));
    if (selection.length === 0) return assert.equal(subset.tree, result.tree);
    const end = valueOf(await scene.worktrees.narrow(mission, scene.top, subset, result, selection));
    assert.equal(lsTree(scene, end), lsTree(scene, result));
  }

  it('holds the kept lines to the byte: CRLF, no line end, and lines that repeat', async () => {
    using scene = new Scene();
    const before = `a\r\n${still(0)}x\nx\nx\n${still(50)}end`;
    const after = `A\r\n${still(0)}x\nx\nx\nx\n${still(50)}end\n`;
    const change = await changeOf(scene, { a: { text: before, executable: false } }, { a: { text: after, executable: false } });
    assert.equal((await reviewOf(change))[0]?.hunks.length, 3);
    const rows: [number[], string][] = [
      [[0], `A\r\n${still(0)}x\nx\nx\n${still(50)}end`],
      [[1], `a\r\n${still(0)}x\nx\nx\nx\n${still(50)}end`],
      [[2], `a\r\n${still(0)}x\nx\nx\n${still(50)}end\n`],
      [[0, 2], `A\r\n${still(0)}x\nx\nx\n${still(50)}end\n`],
    ];
    for (const [hunks, expected] of rows) {
      const { tree } = await narrow(change, [{ path: 'a', hunks }]);
      assert.equal(Buffer.from((await scene.worktrees.blob(scene.top, tree, 'a')) ?? []).toString(), expected, hunks.join());
    }
  });

  it('keeps a rename, a link and a mode, and is held by a ref of the mission', async () => {
    using scene = new Scene();
    scene.write('old', `one\n${still(0)}`);
    scene.write('run', '#!/bin/sh\n');
    scene.write('rest', 'x\n');
    const { base, result } = await scene.agentDoes((root) => {
      renameSync(join(root, 'old'), join(root, 'new'));
      chmodSync(join(root, 'run'), 0o755);
      symlinkSync('new', join(root, 'link'));
      writeAt(root, 'rest', 'y\n');
    });
    const subset = await narrow({ scene, base, result }, [{ path: 'new' }, { path: 'run' }, { path: 'link' }]);
    assert.deepEqual(
      (await reviewOf({ scene, base, result: subset })).map(({ kind, path, newMode }) => `${kind} ${path} ${newMode}`),
      ['added link 120000', 'renamed new 100644', 'mode-changed run 100755'],
    );
    const refs = scene.git('for-each-ref', '--format=%(objectname) %(refname)', 'refs/gonogo').trim().split('\n');
    assert.ok(refs.some((ref) => ref.startsWith(`${subset.commit} refs/gonogo/missions/${mission}/part-`)));
    assert.ok(refs.includes(`${result.commit} refs/gonogo/missions/${mission}/result`), 'the whole is held too');
    assert.equal(readFileSync(join(scene.top, 'rest'), 'utf8'), 'x\n', 'no file of the workspace was touched');
  });

  it('lets a file make way for a folder of its name, and the other way round', async () => {
    using scene = new Scene();
    scene.write('x', `one\n${still(0)}`);
    scene.write('y/deep', 'two\n');
    scene.write('rest', 'x\n');
    const { base, result } = await scene.agentDoes((root) => {
      renameSync(join(root, 'x'), join(root, 'z'));
      mkdirSync(join(root, 'x'));
      renameSync(join(root, 'z'), join(root, 'x/new'));
      rmSync(join(root, 'y'), { recursive: true });
      writeAt(root, 'y', 'now a file\n');
      writeAt(root, 'rest', 'y\n');
    });
    const subset = await narrow({ scene, base, result }, [{ path: 'y' }, { path: 'y/deep' }, { path: 'x/new' }]);
    assert.deepEqual(scene.git('ls-tree', '-r', '--name-only', subset.tree).trim().split('\n'), ['rest', 'x/new', 'y']);
    assert.deepEqual(
      (await reviewOf({ scene, base, result: subset })).map(({ kind, path }) => `${kind} ${path}`),
      ['renamed x/new', 'added y', 'deleted y/deep'],
    );
  });

  it('is not made of what the change does not have', async () => {
    using scene = new Scene();
    scene.write('a', 'x\n');
    const { base, result } = await scene.agentDoes((root) => writeAt(root, 'b', 'y\n'));
    await assert.rejects(narrow({ scene, base, result }, [{ path: 'a' }]), /`a` is not part of this change/);
  });
});

describe('GitWorktrees.checkOut', function () {
  this.timeout(120_000);

  it('makes the worktree the tree and leaves what is ignored', async () => {
    using scene = new Scene();
    scene.write('.gitignore', 'node_modules\n');
    scene.write('kept', 'one\n');
    scene.write('fix', 'bug\n');
    const { base, result, worktree } = await scene.agentDoes((root) => {
      writeAt(root, 'fix', 'fixed\n');
      writeAt(root, 'new/deep/file', 'new\n');
      rmSync(join(root, 'kept'));
      writeAt(root, 'node_modules/tool/index.js', 'set up\n');
    });
    const subset = await narrow({ scene, base, result }, [{ path: 'fix' }]);
    // What the tests of the whole left behind is no part of the selection.
    writeAt(worktree.root, 'coverage/report', 'x\n');
    valueOf(await scene.worktrees.checkOut(mission, scene.top, worktree, subset));
    assert.equal((await scene.capture(worktree)).tree, subset.tree);
    assert.equal(readFileSync(join(worktree.root, 'fix'), 'utf8'), 'fixed\n');
    assert.equal(readFileSync(join(worktree.root, 'kept'), 'utf8'), 'one\n');
    assert.ok(!existsSync(join(worktree.root, 'new')) && !existsSync(join(worktree.root, 'coverage')));
    assert.equal(readFileSync(join(worktree.root, 'node_modules/tool/index.js'), 'utf8'), 'set up\n');
    assert.ok(!scene.git('for-each-ref', 'refs/gonogo').includes('/disk'));
    valueOf(await scene.worktrees.checkOut(mission, scene.top, worktree, result));
    assert.equal((await scene.capture(worktree)).tree, result.tree, 'and back');
  });

  it('takes away what only the rules of the whole hid', async () => {
    using scene = new Scene();
    scene.write('a', 'one\n');
    const { base, result, worktree } = await scene.agentDoes((root) => {
      writeAt(root, '.gitignore', 'helper.js\n');
      writeAt(root, 'helper.js', 'makes the tests pass\n');
      writeAt(root, 'a', 'two\n');
    });
    const subset = await narrow({ scene, base, result }, [{ path: 'a' }]);
    valueOf(await scene.worktrees.checkOut(mission, scene.top, worktree, subset));
    assert.deepEqual(Object.keys(treeOf(worktree.root)), ['a']);
  });

  it('never writes through a link, and never outside the worktree', async () => {
    using scene = new Scene();
    scene.write('folder/file', 'one\n');
    scene.write('a', 'one\n');
    const outside = join(scene.home, 'outside');
    mkdirSync(outside);
    writeAt(outside, 'file', 'mine\n');
    const { base, result, worktree } = await scene.agentDoes((root) => {
      rmSync(join(root, 'folder'), { recursive: true });
      symlinkSync(outside, join(root, 'folder'));
      writeAt(root, 'a', 'two\n');
    });
    const subset = await narrow({ scene, base, result }, [{ path: 'a' }]);
    valueOf(await scene.worktrees.checkOut(mission, scene.top, worktree, subset));
    assert.equal(readFileSync(join(outside, 'file'), 'utf8'), 'mine\n');
    assert.equal(readFileSync(join(worktree.root, 'folder/file'), 'utf8'), 'one\n');
    const elsewhere = { ...worktree, root: scene.top };
    await assert.rejects(scene.worktrees.checkOut(mission, scene.top, elsewhere, subset), /is not the worktree of mission/);
  });

  it('refuses, with nothing changed, where something stands in the way', async () => {
    using scene = new Scene();
    scene.write('.gitignore', '*.log\n');
    scene.write('place', 'file\n');
    scene.write('a', 'one\n');
    const { base, result, worktree } = await scene.agentDoes((root) => {
      rmSync(join(root, 'place'));
      writeAt(root, 'place/out.log', 'ignored\n');
      writeAt(root, 'a', 'two\n');
    });
    const subset = await narrow({ scene, base, result }, [{ path: 'a' }]);
    const before = treeOf(worktree.root);
    const error = errorOf(await scene.worktrees.checkOut(mission, scene.top, worktree, subset));
    assert.equal(error.code, 'changed-meanwhile');
    assert.deepEqual(treeOf(worktree.root), before);
  });
});
