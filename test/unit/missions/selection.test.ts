import assert from 'node:assert/strict';
import type { FileReview, FileSelection, Hunk } from '../../../src/contracts/review.ts';
import { countLeftOut, leftOutOf, parseSelection } from '../../../src/missions/selection.ts';

const hunk: Hunk = { header: '@@ -1,1 +1,1 @@', lines: [{ kind: 'added', text: 'x', newLine: 1 }] };

function file(path: string, hunks: number, more: Partial<FileReview> = {}): FileReview {
  return {
    path,
    kind: 'modified',
    oldMode: '100644',
    newMode: '100644',
    binary: false,
    beforeBytes: 1,
    afterBytes: 2,
    additions: 1,
    deletions: 0,
    hunks: Array.from({ length: hunks }, () => hunk),
    ...more,
  };
}

const files = [
  file('src/a.js', 3),
  file('src/b.js', 1),
  file('logo.png', 0, { binary: true }),
  file('new.js', 2, { kind: 'renamed', oldPath: 'old.js' }),
  file('run.sh', 2, { newMode: '100755' }),
  file('long.js', 2, { truncated: 'Only the first lines are shown.' }),
  file('added.js', 1, { kind: 'added', oldMode: '000000' }),
];

describe('parseSelection', () => {
  const good: readonly [string, readonly FileSelection[], readonly FileSelection[]][] = [
    ['a file', [{ path: 'src/a.js' }], [{ path: 'src/a.js' }]],
    ['hunks, in the order of the file', [{ path: 'src/a.js', hunks: [2, 0] }], [{ path: 'src/a.js', hunks: [0, 2] }]],
    ['all hunks as the file', [{ path: 'src/a.js', hunks: [2, 0, 1] }], [{ path: 'src/a.js' }]],
    [
      'what goes only whole, whole',
      [{ path: 'logo.png' }, { path: 'new.js' }, { path: 'run.sh' }, { path: 'long.js' }],
      [{ path: 'logo.png' }, { path: 'new.js' }, { path: 'run.sh' }, { path: 'long.js' }],
    ],
    ['the one hunk of a new file', [{ path: 'added.js', hunks: [0] }], [{ path: 'added.js' }]],
  ];
  for (const [what, asked, expected] of good) {
    it(`takes ${what}`, () => assert.deepEqual(parseSelection(files, asked), { ok: true, value: expected }));
  }

  const bad: readonly [string, readonly FileSelection[], RegExp][] = [
    ['nothing', [], /nothing is selected/],
    ['everything', files.map(({ path }) => ({ path })), /everything is selected/],
    [
      'everything, hunk by hunk',
      files.map(({ path, hunks }) => (path === 'src/a.js' ? { path, hunks: [...hunks.keys()] } : { path })),
      /everything is selected/,
    ],
    ['an unknown path', [{ path: 'src/a.js' }, { path: 'src/A.js' }], /`src\/A\.js` is not part of this review/],
    ['the old name of a rename', [{ path: 'old.js' }], /not part of this review/],
    [
      'a path twice',
      [
        { path: 'src/a.js', hunks: [0] },
        { path: 'src/a.js', hunks: [1] },
      ],
      /selected twice/,
    ],
    ['a hunk twice', [{ path: 'src/a.js', hunks: [1, 1] }], /selected twice/],
    ['a hunk too many', [{ path: 'src/a.js', hunks: [0, 3] }], /`src\/a\.js` has no part 3/],
    ['a hunk before the first', [{ path: 'src/a.js', hunks: [-1] }], /has no part -1/],
    ['half a hunk', [{ path: 'src/a.js', hunks: [0.5] }], /has no part 0\.5/],
    ['no number', [{ path: 'src/a.js', hunks: [NaN] }], /has no part NaN/],
    ['no hunk of a file', [{ path: 'src/a.js', hunks: [] }], /nothing of `src\/a\.js` is selected/],
    ['a hunk of a binary', [{ path: 'logo.png', hunks: [0] }], /only as a whole/],
    ['a hunk of a rename', [{ path: 'new.js', hunks: [0] }], /only as a whole/],
    ['a hunk beside a change of the mode', [{ path: 'run.sh', hunks: [0] }], /only as a whole/],
    ['a hunk of a file that is not shown in full', [{ path: 'long.js', hunks: [0] }], /not shown in full/],
  ];
  for (const [what, asked, expected] of bad) {
    it(`refuses ${what}`, () => {
      const parsed = parseSelection(files, asked);
      assert.match(parsed.ok ? '' : parsed.error, expected);
    });
  }

  it('refuses a file in the place of one that stays, and the other way round', () => {
    const gone = { kind: 'deleted', newMode: '000000' } as const;
    const fresh = { kind: 'added', oldMode: '000000' } as const;
    const folderForFile = [file('x', 1, gone), file('x/y/z', 1, fresh), file('b', 1)];
    const fileForFolder = [file('x/y/z', 1, gone), file('x', 1, fresh), file('b', 1)];
    const moved = [file('x/new', 0, { kind: 'renamed', oldPath: 'x' }), file('x/also', 1, fresh), file('b', 1)];
    const rows: [FileReview[], string, string | undefined][] = [
      [folderForFile, 'x/y/z', '`x/y/z` has no room beside `x`'],
      [fileForFolder, 'x', '`x` has no room beside `x/y/z`'],
      [moved, 'x/also', '`x/also` has no room beside `x`'],
      [folderForFile, 'x', undefined],
      [fileForFolder, 'x/y/z', undefined],
      [moved, 'x/new', undefined],
    ];
    for (const [review, path, words] of rows) {
      const parsed = parseSelection(review, [{ path }]);
      if (words === undefined) assert.ok(parsed.ok);
      else assert.ok(!parsed.ok && parsed.error.includes(words));
    }
    assert.ok(parseSelection(folderForFile, [{ path: 'x' }, { path: 'x/y/z' }]).ok);
  });
});

describe('a selection of a selection', () => {
  it('adds to what was left out before', () => {
    const once = leftOutOf(files.slice(0, 3), [{ path: 'src/a.js', hunks: [0, 2] }, { path: 'src/b.js' }]);
    assert.deepEqual(once, [
      { path: 'src/a.js', hunks: 1, whole: false },
      { path: 'logo.png', hunks: 0, whole: true },
    ]);
    const again = leftOutOf([file('src/a.js', 2), file('src/b.js', 1)], [{ path: 'src/a.js', hunks: [1] }, { path: 'src/b.js' }], once);
    assert.deepEqual(again, [{ path: 'src/a.js', hunks: 2, whole: false }, once[1]]);
    assert.deepEqual(countLeftOut(again), { filesLeftOut: 1, hunksLeftOut: 2 });
    const last = leftOutOf([file('src/a.js', 1), file('src/b.js', 1)], [{ path: 'src/b.js' }], again);
    assert.deepEqual(last[0], { path: 'src/a.js', hunks: 3, whole: true });
    assert.deepEqual(countLeftOut(last), { filesLeftOut: 2, hunksLeftOut: 0 });
  });
});
