import { strict as assert } from 'node:assert';
import {
  judge,
  leftoverFolders,
  reversed,
  type Entry,
  type Found,
  type Move,
  type Step,
} from '../../../../src/agents/worktrees/applyPlan.ts';

const one: Entry = { mode: '100644', id: '1'.repeat(40) };
const two: Entry = { mode: '100644', id: '2'.repeat(40) };
const absent: Found = { kind: 'absent' };
const folder = (...content: { path: string; folder: boolean }[]): Found => ({ kind: 'folder', content });
const entry = (of: Entry): Found => ({ kind: 'entry', ...of });

function move(steps: readonly Step[], fromFolders: readonly string[] = [], toFolders: readonly string[] = []): Move {
  return { steps: new Map(steps.map((step) => [step.path, step])), fromFolders: new Set(fromFolders), toFolders: new Set(toFolders) };
}

describe('judge', () => {
  const edit: Step = { path: 'x', from: one, to: two };
  const add: Step = { path: 'x', from: undefined, to: two };
  const remove: Step = { path: 'x', from: one, to: undefined };
  const executable: Found = { kind: 'entry', mode: '100755', id: one.id };
  const link: Found = { kind: 'entry', mode: '120000', id: one.id };

  const rows: [Step, Found, 'write' | 'nothing' | 'refuse'][] = [
    [edit, entry(one), 'write'],
    [edit, entry(two), 'nothing'],
    [edit, executable, 'refuse'],
    [edit, link, 'refuse'],
    [edit, absent, 'refuse'],
    [edit, folder(), 'refuse'],
    [edit, { kind: 'special' }, 'refuse'],
    [add, absent, 'write'],
    [add, entry(two), 'nothing'],
    [add, entry(one), 'refuse'],
    [add, folder(), 'refuse'],
    [remove, entry(one), 'write'],
    [remove, absent, 'nothing'],
    [remove, entry(two), 'refuse'],
    [remove, folder(), 'refuse'],
    [remove, { kind: 'absent', behind: 'y' }, 'refuse'],
  ];
  for (const [step, found, expected] of rows) {
    const kind = step.from === undefined ? 'an added' : step.to === undefined ? 'a removed' : 'an edited';
    it(`${kind} file that is ${JSON.stringify(found).replaceAll('"', '').slice(0, 50)}: ${expected}`, () => {
      assert.equal(judge(move([step]), step, found).next, expected);
    });
  }

  it('lets a file make way for a folder, at any moment of it', () => {
    const file: Step = { path: 'x', from: one, to: undefined };
    const below: Step = { path: 'x/y', from: undefined, to: two };
    const all = move([file, below], [], ['x']);
    assert.equal(judge(all, file, entry(one)).next, 'write');
    assert.equal(judge(all, below, { kind: 'absent', behind: 'x' }).next, 'write');
    assert.equal(judge(all, file, folder()).next, 'nothing');
    assert.equal(judge(all, below, absent).next, 'write');
  });

  it('lets a folder make way for a file only when nothing else is in it', () => {
    const file: Step = { path: 'x', from: undefined, to: two };
    const below: Step = { path: 'x/d/y', from: one, to: undefined };
    const all = move([file, below], ['x', 'x/d'], []);
    const known = [
      { path: 'x/d', folder: true },
      { path: 'x/d/y', folder: false },
    ];
    assert.equal(judge(all, file, folder(...known)).next, 'write');
    assert.equal(judge(all, file, folder()).next, 'write');
    assert.equal(judge(all, below, { kind: 'absent', behind: 'x' }).next, 'nothing');
    const strange = [
      { path: 'x/mine', folder: false },
      { path: 'x/empty', folder: true },
    ];
    assert.deepEqual(judge(all, file, folder(...known, ...strange)), { next: 'refuse', paths: ['x/mine', 'x/empty'] });
  });
});

describe('leftoverFolders', () => {
  const steps: Step[] = [
    { path: 'a/b/c/file', from: one, to: undefined },
    { path: 'a/kept', from: one, to: two },
  ];

  it('are those only the old tree has, the deepest first', () => {
    assert.deepEqual(leftoverFolders(move(steps, ['a', 'a/b', 'a/b/c'], ['a']), ''), ['a/b/c', 'a/b']);
  });

  it('never hold the opened folder', () => {
    assert.deepEqual(leftoverFolders(move(steps, ['a', 'a/b', 'a/b/c'], []), 'a/b/'), ['a/b/c']);
  });
});

describe('reversed', () => {
  it('leads back, for the paths that are named', () => {
    const there = move(
      [
        { path: 'x', from: one, to: undefined },
        { path: 'y', from: one, to: two },
      ],
      ['f'],
      ['t'],
    );
    assert.deepEqual(reversed(there, ['x']), move([{ path: 'x', from: undefined, to: one }], ['t'], ['f']));
  });
});
