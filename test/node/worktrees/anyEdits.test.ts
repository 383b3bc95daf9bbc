import { strict as assert } from 'node:assert';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { Scene, linkAt, treeOf, valueOf, writeAt } from './support.ts';

type Thing = { kind: 'file'; content: string; mode: number } | { kind: 'link'; target: string } | { kind: 'folder' };
type Plan = readonly (readonly [path: string, thing: Thing])[];

const name = fc.constantFrom('a', 'b', 'c c', 'ignored');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const file = fc.record({
  kind: fc.constant('file' as const),
  content: fc.constantFrom('', 'one\n', 'one\r\n', 'two\n', 'a\0b', 'no end'),
  mode: fc.constantFrom(0o644, 0o755, 0o600),
});
const link = fc.record({ kind: fc.constant('link' as const), target: fc.constantFrom('a', '../b', '/nowhere') });
const thing: fc.Arbitrary<Thing> = fc.oneof({ weight: 6, arbitrary: file }, link, fc.constant({ kind: 'folder' as const }));
const plan: fc.Arbitrary<Plan> = fc.array(fc.tuple(path, thing), { maxLength: 8 });

/** Puts what fits into the folder; a path below a file, or on a folder, does not. */
function carryOut(root: string, things: Plan): void {
  for (const [path, thing] of things) {
    try {
      if (thing.kind === 'folder') mkdirSync(join(root, path), { recursive: true });
      else if (thing.kind === 'link') linkAt(root, path, thing.target);
      else {
        mkdirSync(join(root, path, '..'), { recursive: true });
        // Never through a link that an earlier thing put there.
        rmSync(join(root, path), { force: true });
        writeAt(root, path, thing.content, thing.mode);
      }
    } catch (error) {
      assert.match(String(error), /EEXIST|ENOTDIR|EISDIR|ELOOP|ENOENT/);
    }
  }
}

function clear(root: string): void {
  for (const entry of readdirSync(root)) if (entry !== '.git' && entry !== '.gitignore') rmSync(join(root, entry), { recursive: true });
}

describe('GitWorktrees: any edits', function () {
  this.timeout(180_000);

  it('land exactly or not at all, and come back exactly', async () => {
    let applied = 0;
    await fc.assert(
      fc.asyncProperty(plan, plan, fc.boolean(), async (mine, agents, committed) => {
        using scene = new Scene();
        scene.write('.gitignore', 'ignored\n');
        carryOut(scene.top, mine);
        if (committed) scene.commit();
        const before = treeOf(scene.top);
        const { base, result } = await scene.agentDoes((root) => {
          clear(root);
          carryOut(root, agents);
        });
        const outcome = await scene.apply(base, result);
        if (!outcome.ok) {
          assert.equal(outcome.error.code, 'changed-meanwhile');
          assert.deepEqual(treeOf(scene.top), before);
          return;
        }
        applied += 1;
        const again = scene.git('ls-tree', '-r', result.tree);
        assert.equal(await treeOnDisk(scene), again, 'the workspace is the result');
        valueOf(await scene.rollback(result, base));
        assert.deepEqual(treeOf(scene.top), before);
      }),
      { numRuns: 40, seed: 7 },
    );
    assert.ok(applied > 20, `only ${applied} were applied`);
  });

  /** What a new mission would take the workspace for. */
  async function treeOnDisk(scene: Scene): Promise<string> {
    const { worktrees, top } = scene;
    const other = '01990000-0000-7000-8000-000000000009' as Parameters<typeof worktrees.create>[0];
    const { base } = valueOf(await worktrees.create(other, top, new AbortController().signal));
    await worktrees.remove(other, top);
    return scene.git('ls-tree', '-r', base.tree);
  }
});
