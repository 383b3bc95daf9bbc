import { strict as assert } from 'node:assert';
import { WorktreeFault } from '../../../../src/agents/worktrees/fault.ts';
import { assertWithin, parseRawDiff } from '../../../../src/agents/worktrees/rawDiff.ts';

const [a, b, none] = ['a'.repeat(40), 'b'.repeat(40), '0'.repeat(40)];

describe('parseRawDiff', () => {
  const check = (output: string, expected: unknown): void => assert.deepEqual(parseRawDiff(Buffer.from(output)), expected);

  it('reads every kind of change', () => {
    check('', []);
    check(`:000000 100644 ${none} ${a} A\0new\0`, [{ path: 'new', kind: 'added', oldMode: '000000', newMode: '100644', newId: a }]);
    check(`:100644 000000 ${a} ${none} D\0old\0`, [{ path: 'old', kind: 'deleted', oldMode: '100644', newMode: '000000', oldId: a }]);
    check(`:100644 100755 ${a} ${a} M\0x\0`, [
      { path: 'x', kind: 'mode-changed', oldMode: '100644', newMode: '100755', oldId: a, newId: a },
    ]);
    check(`:100644 120000 ${a} ${b} T\0x\0`, [{ path: 'x', kind: 'modified', oldMode: '100644', newMode: '120000', oldId: a, newId: b }]);
    check(`:100644 100644 ${a} ${b} R087\0old\n\0new\0:100644 100644 ${a} ${b} M\0:100644\0`, [
      { path: 'new', oldPath: 'old\n', kind: 'renamed', oldMode: '100644', newMode: '100644', oldId: a, newId: b },
      { path: ':100644', kind: 'modified', oldMode: '100644', newMode: '100644', oldId: a, newId: b },
    ]);
  });

  const refuses = (output: string | Buffer, code: string): void =>
    assert.throws(
      () => parseRawDiff(Buffer.from(output)),
      (error) => error instanceof WorktreeFault && error.code === code,
    );

  it('refuses what cannot be written safely', () => {
    for (const path of [
      '.git/config',
      'a/.GIT/x',
      'a/../b',
      '..',
      '/etc/passwd',
      'a//b',
      './a',
      '',
      'GIT~1/x',
      '.git./x',
      '.git :x/y',
      '.g\u200cit/x',
    ]) {
      refuses(`:000000 100644 ${none} ${a} A\0${path}\0`, 'unsupported-entry');
    }
    refuses(Buffer.concat([Buffer.from(`:000000 100644 ${none} ${a} A\0`), Buffer.from([0xe9, 0])]), 'unsupported-entry');
    refuses(`:160000 000000 ${a} ${none} D\0sub\0`, 'unsupported-entry');
  });

  it('refuses output it does not know', () => {
    refuses(`:100644 100644 ${a} ${b} X\0x\0`, 'git-failed');
    refuses('something else', 'git-failed');
    refuses(`:000000 100644 ${none} ${a} A\0`, 'unsupported-entry');
  });
});

describe('assertWithin', () => {
  const change = (path: string, oldPath?: string): Parameters<typeof assertWithin>[1][number] => ({
    path,
    oldPath,
    kind: 'modified',
    oldMode: '100644',
    newMode: '100644',
  });

  it('lets through what lies in the folder', () => {
    assertWithin('', [change('a')]);
    assertWithin('app/', [change('app/a', 'app/b')]);
  });

  it('names what does not, neighbours with the same beginning and old names too', () => {
    assert.throws(
      () => assertWithin('app/', [change('app/a'), change('apple'), change('app/b', 'lib/b')]),
      (error) => error instanceof WorktreeFault && error.code === 'outside-workspace' && error.paths.join() === 'apple,lib/b',
    );
  });
});
