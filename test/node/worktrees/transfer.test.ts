import { strict as assert } from 'node:assert';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stepsOf, type Move } from '../../../src/agents/worktrees/applyPlan.ts';
import { BlobReader } from '../../../src/agents/worktrees/blobReader.ts';
import { rawChanges } from '../../../src/agents/worktrees/changes.ts';
import { WorktreeFault } from '../../../src/agents/worktrees/fault.ts';
import { Git } from '../../../src/agents/worktrees/git.ts';
import { locate, type Repository } from '../../../src/agents/worktrees/repository.ts';
import { Transfer } from '../../../src/agents/worktrees/transfer.ts';
import { Scene, treeOf, writeAt } from './support.ts';

/** Lets the person do something after a look and before the change it was for: while content is being read for the n-th time. */
class Interrupted extends BlobReader {
  readonly #meddle: (read: number) => void;
  #reads = 0;

  constructor(git: Git, repository: Repository, meddle: (read: number) => void) {
    super(git, repository);
    this.#meddle = meddle;
  }

  override async read(id: string, take: (chunk: Buffer) => void | Promise<void>): Promise<number> {
    this.#meddle(++this.#reads);
    return super.read(id, take);
  }
}

describe('Transfer: something happens while changes are being written', function () {
  this.timeout(60_000);
  let scene: Scene;
  beforeEach(() => {
    scene = new Scene();
    fill(scene);
  });
  afterEach(() => scene[Symbol.dispose]());

  function fill({ top }: Scene): void {
    writeAt(top, 'a', 'one\n', 0o640);
    writeAt(top, 'b/gone', 'one\n', 0o600);
    writeAt(top, 'm', 'one\n');
    writeAt(top, 'script', '#!/bin/sh\n');
  }

  function work(root: string): void {
    writeAt(root, 'a', 'two\n');
    rmSync(join(root, 'b'), { recursive: true });
    writeAt(root, 'fresh/deep/file', 'new\n');
    writeAt(root, 'm', 'two\n');
    chmodSync(join(root, 'script'), 0o755);
    writeAt(root, 'z/last', 'new\n');
  }

  async function transferWhile(meddle: (top: string, read: number) => void): Promise<WorktreeFault> {
    const { base, result } = await scene.agentDoes(work);
    const git = new Git('git', process.env);
    const repository = await locate(git, scene.storeDir, scene.top);
    const steps = stepsOf(await rawChanges(git, repository, base.tree, result.tree, 'no-renames'));
    const move: Move = { steps, fromFolders: new Set(['b']), toFolders: new Set(['fresh', 'fresh/deep', 'z']) };
    await using blobs = new Interrupted(git, repository, (read) => meddle(scene.top, read));
    const conflict = (paths: readonly string[]): WorktreeFault => new WorktreeFault('changed-meanwhile', 'changed meanwhile', paths);
    const transfer = new Transfer({ top: scene.top, prefix: '', blobs, commit: result.commit, conflict });
    const tasks = await transfer.plan(move);
    try {
      await transfer.perform(move, tasks, await transfer.remember(move, tasks), 'there');
    } catch (error) {
      assert.ok(error instanceof WorktreeFault, String(error));
      return error;
    }
    assert.fail('expected a refusal');
  }

  const events: Record<string, { meddle: (top: string) => void; path: string }> = {
    'a file is saved': { meddle: (top) => writeAt(top, 'm', 'saved by the person\n'), path: 'm' },
    'a file is deleted': { meddle: (top) => rmSync(join(top, 'm')), path: 'm' },
    'a new file appears': { meddle: (top) => writeAt(top, 'z/last', 'mine\n'), path: 'z/last' },
    'a file becomes a folder': {
      meddle: (top) => {
        rmSync(join(top, 'm'));
        mkdirSync(join(top, 'm'));
      },
      path: 'm',
    },
    'a file appears where a folder goes': { meddle: (top) => writeAt(top, 'z', 'mine\n'), path: 'z' },
  };
  for (const [event, { meddle, path }] of Object.entries(events)) {
    it(`puts everything back when ${event}`, async () => {
      const error = await transferWhile((top, read) => {
        if (read === 1) meddle(top);
      });
      assert.deepEqual([error.code, error.paths], ['changed-meanwhile', [path]]);
      // What the same event makes of a workspace nobody else touches.
      using expected = new Scene();
      fill(expected);
      meddle(expected.top);
      assert.deepEqual(treeOf(scene.top), treeOf(expected.top));
    });
  }

  it('names what could not be put back', async () => {
    const error = await transferWhile((top, read) => {
      if (read === 1) writeAt(top, 'm', 'saved by the person\n');
      // Four paths get new content; the fifth read fetches the old content of the first.
      if (read === 5) writeAt(top, 'a', 'and this, too\n');
    });
    assert.deepEqual([error.code, error.paths], ['write-failed', ['b/gone', 'a', 'fresh/deep/file']]);
    assert.equal(treeOf(scene.top)['a'], 'file 640 and this, too\n', 'never written over');
  });
});
