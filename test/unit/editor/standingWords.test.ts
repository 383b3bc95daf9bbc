import assert from 'node:assert/strict';
import type { FileStanding } from '../../../src/contracts/worktrees.ts';
import { hasConflictMarkers, partialWords, standingTitle, threeWays } from '../../../src/editor/standingWords.ts';

const file = (path: string, standing: FileStanding['standing'], more: Partial<FileStanding> = {}): FileStanding => ({
  change: {
    path,
    kind: 'modified',
    oldMode: '100644',
    newMode: '100644',
    oldId: 'a',
    newId: 'b',
    binary: false,
    beforeBytes: 1,
    afterBytes: 1,
  },
  standing,
  now: 'file',
  ...more,
});
const added = { ...file('x', 'ready').change, oldId: undefined };

describe('how files stand, in words', () => {
  const files = [file('a', 'ready'), file('b', 'changed'), file('c', 'there'), file('d', 'ready')];

  it('counts what can go back and what cannot', () => {
    assert.equal(standingTitle({ direction: 'back', top: '/', files }), 'Roll Back: 2 of 4 files can go back, 1 changed since');
    assert.equal(standingTitle({ direction: 'there', top: '/', files }), '1 file of 4 changed meanwhile');
  });

  it('tells each file three ways', () => {
    assert.equal(threeWays(file('a', 'ready')), 'untouched');
    assert.equal(threeWays(file('a', 'changed')), 'changed since');
    assert.equal(threeWays(file('a', 'changed', { now: 'absent' })), 'deleted since');
    assert.equal(threeWays(file('a', 'changed', { now: 'other' })), 'something else stands there');
    assert.equal(threeWays({ ...file('a', 'changed'), change: added }), 'no file before, changed since');
  });

  it('names what goes and what stays, and hides nothing in a name', () => {
    assert.equal(
      partialWords({ direction: 'back', top: '/', files: [...files, file('e\u202Etxt', 'changed')] }),
      'These get back exactly the content they had before:\na\nd\n\nThese stay as you have them now:\nb\ne⟦U+202E⟧txt',
    );
    const many = Array.from({ length: 11 }, (_, index) => file(`f${index}`, 'ready'));
    assert.match(partialWords({ direction: 'back', top: '/', files: many }), /f7\nand 3 more\n/);
  });

  for (const [text, expected] of [
    ['a\n<<<<<<< now\nb\n', true],
    ['a\r\n=======\r\nb\r\n', true],
    ['>>>>>>> before the mission', true],
    ['a\n======== a title\n', false],
    [' <<<<<<< now\n', false],
    ['', false],
  ] as const)
    it(`${JSON.stringify(text)} ${expected ? 'holds' : 'holds no'} conflict`, () => assert.equal(hasConflictMarkers(text), expected));
});
