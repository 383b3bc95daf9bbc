import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FileView } from '../../../src/protocol/reviewView.ts';
import { toReviewView } from '../../../src/editor/approvals/reviewMapper.ts';
import { localCalendar } from '../../../src/editor/approvals/words.ts';
import { isHunkKept, keptOf, selectionOf, withFile, withHunk, type LeftOut } from '../../../webview-ui/approval/selection.ts';
import { asked, bigReview, detail } from '../editor/approvals/samples.ts';

const context = { now: asked, calendar: localCalendar('UTC'), trusted: true, stopped: false };
const files: readonly FileView[] = toReviewView({ ...detail, files: bigReview(3, 180) }, context).files;
const [first, second, third] = files;
assert.ok(first && second && third);
assert.equal(first.hunks.length, 3);

describe('what is kept of a review', () => {
  it('is everything at first, which is no selection', () => {
    assert.equal(selectionOf(files, []), undefined);
  });

  it('names whole files without hunks, and of others the hunks that stay', () => {
    const leftOut = withHunk(withFile([], second.path, false), first, 1, false);
    assert.deepEqual(selectionOf(files, leftOut), [{ path: first.path, hunks: [0, 2] }, { path: third.path }]);
    assert.deepEqual(
      files.map((file) => keptOf(leftOut, file)),
      ['some', 'none', 'all'],
    );
  });

  it('leaves the file out with its last hunk, and brings it back with one', () => {
    const none = [0, 1, 2].reduce<LeftOut>((out, hunk) => withHunk(out, first, hunk, false), []);
    assert.deepEqual(none, [{ path: first.path }]);
    assert.deepEqual(selectionOf([first], withHunk(none, first, 2, true)), [{ path: first.path, hunks: [2] }]);
  });

  it('is empty when nothing is kept', () => {
    assert.deepEqual(
      selectionOf(
        files,
        files.reduce<LeftOut>((out, { path }) => withFile(out, path, false), []),
      ),
      [],
    );
  });

  it('keeps exactly the hunks that were ticked last, in whatever order', () => {
    const clicks = fc.array(fc.record({ file: fc.nat(2), hunk: fc.nat(2), keep: fc.boolean() }), { maxLength: 40 });
    fc.assert(
      fc.property(clicks, (all) => {
        const kept = new Set(files.flatMap(({ path }) => [0, 1, 2].map((hunk) => `${path} ${hunk}`)));
        let leftOut: LeftOut = [];
        for (const { file, hunk, keep } of all) {
          const target = files[file];
          assert.ok(target);
          leftOut = withHunk(leftOut, target, hunk, keep);
          if (keep) kept.add(`${target.path} ${hunk}`);
          else kept.delete(`${target.path} ${hunk}`);
        }
        const shown = files.flatMap(({ path }) =>
          [0, 1, 2].filter((hunk) => isHunkKept(leftOut, path, hunk)).map((hunk) => `${path} ${hunk}`),
        );
        assert.deepEqual(new Set(shown), kept);
        const sent = selectionOf(files, leftOut) ?? files.map(({ path }) => ({ path, hunks: undefined }));
        assert.deepEqual(new Set(sent.flatMap(({ path, hunks }) => (hunks ?? [0, 1, 2]).map((hunk) => `${path} ${hunk}`))), kept);
      }),
    );
  });
});
