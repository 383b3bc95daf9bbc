import assert from 'node:assert/strict';
import { microUsd } from '../../../src/base/money.ts';
import type { LedgerEntry } from '../../../src/contracts/ledger.ts';
import { localCalendar } from '../../../src/editor/approvals/words.ts';
import { ledgerJson, ledgerRow, type LedgerRow } from '../../../src/editor/ledgerRows.ts';
import { asked } from './approvals/samples.ts';
import { entry, hostile, view } from './samples.ts';

function row(change: Partial<LedgerEntry> = {}, now = asked): LedgerRow {
  return ledgerRow({ ...entry, ...change }, { goals: new Map([[view.id, view.goal]]), calendar: localCalendar('UTC'), now });
}

describe('a row of the ledger', () => {
  for (const [change, icon, word] of [
    [{}, 'pass', 'GO'],
    [{ result: 'blocked' }, 'circle-slash', 'NO-GO'],
    [{ result: 'blocked', restsOn: 'request' }, 'debug-pause', 'HOLD'],
    [{ phase: 'effect' }, 'pass', 'carried out'],
    [{ phase: 'effect', result: 'failure' }, 'error', 'did not succeed'],
    [{ phase: 'event' }, 'info', 'recorded'],
    [{ phase: 'event', result: 'blocked' }, 'circle-slash', 'refused'],
    [{ phase: 'event', result: 'failure' }, 'error', 'failed'],
  ] as const) {
    it(`says \`${word}\` for ${JSON.stringify(change)}`, () => {
      const { label, description } = row(change);
      assert.equal(label, `$(${icon}) file.write`);
      assert.equal(description.split(' · ')[0], word);
    });
  }

  it('says number, time, who and what it cost', () => {
    assert.equal(row({ cost: microUsd(1_200) }).description, 'GO · #12 · 14:02 · builtin/coder · $0.0012');
    assert.equal(row({}, asked + 86_400_000).description, 'GO · #12 · 20 Nov 2026, 14:02 · builtin/coder');
    assert.equal(row({ principal: { kind: 'mission', id: view.id } }).description, 'GO · #12 · 14:02 · mission');
  });

  it('names a mission by its goal, and adds the reason', () => {
    assert.equal(row({ resource: view.id }).detail, view.goal);
    assert.equal(row({ reason: 'outside of\nthe worktree' }).detail, 'src/total.js: outside of the worktree');
  });

  it('is plain text whatever an agent wrote', () => {
    const { label, description, detail } = row({
      action: hostile,
      resource: hostile,
      reason: hostile,
      principal: { kind: 'agent', id: hostile },
    });
    for (const text of [label.replace('$(pass)', ''), description, detail]) {
      assert.doesNotMatch(text, /[\u202E\u200B]|\$\([a-z]/);
    }
    assert.ok(row({ resource: 'x'.repeat(9_000) }).detail.length <= 160);
  });
});

describe('an entry as a document', () => {
  it('has all of it, readable', () => {
    const read = JSON.parse(ledgerJson({ ...entry, cost: microUsd(1_200) })) as Record<string, unknown>;
    assert.deepEqual(read, { ...entry, cost: '$0.0012', timestamp: '2026-11-20T14:02:00.000Z' });
  });

  it('hides nothing', () => assert.doesNotMatch(ledgerJson({ ...entry, resource: hostile }), /[\u202E\u200B]/));
});
