import { strict as assert } from 'node:assert';
import { unreadable } from '../../../../src/agents/worktrees/diskEntry.ts';
import { WorktreeFault } from '../../../../src/agents/worktrees/fault.ts';

describe('unreadable', () => {
  const check = (code: string, expected: string | undefined): void => {
    const error = Object.assign(new Error(code), { code });
    const outcome = unreadable('folder/x', error);
    if (expected === undefined) assert.equal(outcome, error);
    else assert.ok(outcome instanceof WorktreeFault && outcome.code === expected && outcome.paths.join() === 'folder/x');
  };

  it('says which path may not be read, or was swapped, and leaves other errors as they are', () => {
    check('EACCES', 'unsupported-entry');
    check('EPERM', 'unsupported-entry');
    check('ELOOP', 'changed-meanwhile');
    check('EIO', undefined);
  });
});
