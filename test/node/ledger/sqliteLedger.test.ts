import assert from 'node:assert/strict';
import { systemClock } from '../../../src/base/clock.ts';
import { idSource } from '../../../src/base/ids.ts';
import { SqliteLedger } from '../../../src/ledger/sqliteLedger.ts';
import type { Store } from '../../../src/store/store.ts';
import { entryDraft } from '../../support/drafts.ts';
import { TempStore } from '../../support/tempStore.ts';

/** The first entry once more, under another number and name. */
function copy(seq: string, id: string, principal = 'principal'): string {
  return `SELECT ${seq}, ${id}, timestamp, user_id, workspace_id, tenant_id, mission_id, ${principal}, surface, action, phase, domain, resource,
    payload, result, reason, cost, correlation_id, rests_on FROM entries WHERE seq = 1`;
}

describe('SqliteLedger', () => {
  let temp: TempStore;
  let store: Store;
  let ledger: SqliteLedger;

  const open = (on: Store): SqliteLedger =>
    new SqliteLedger({ store: on, clock: systemClock, ids: idSource({}), redactor: { redact: (text) => text }, userId: 'me' });

  beforeEach(async () => {
    temp = new TempStore();
    store = temp.open();
    ledger = open(store);
    await store.unitOfWork.run(() => [1, 2].forEach(() => ledger.append(entryDraft())));
  });
  afterEach(() => temp[Symbol.dispose]());

  const changes: readonly [string, RegExp][] = [
    [`UPDATE entries SET reason = 'better' WHERE seq = 1`, /append-only/],
    ['UPDATE entries SET seq = 7 WHERE seq = 2', /append-only/],
    ['DELETE FROM entries', /append-only/],
    ['DELETE FROM entries WHERE seq = 2', /append-only/],
    [`INSERT INTO entries SELECT * FROM entries WHERE seq = 1`, /append-only/],
    [`INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE seq = 1`, /append-only/],
    [`INSERT OR REPLACE INTO entries ${copy('3', 'id')}`, /append-only/],
    [`INSERT INTO entries ${copy('4', "'new'")}`, /append-only/],
    [`UPDATE OR REPLACE entries SET seq = 1 WHERE seq = 2`, /append-only/],
  ];
  for (const [sql, why] of changes) {
    it(`refuses \`${sql}\`, inside a unit of work and outside`, async () => {
      const before = ledger.query({ limit: 10 });
      assert.throws(() => store.db.exec(sql), why);
      await assert.rejects(
        store.unitOfWork.run(() => void store.db.exec(sql)),
        why,
      );
      assert.deepEqual(ledger.query({ limit: 10 }), before);
    });
  }

  it('shares one numbering with another window', async () => {
    const other = temp.open();
    const elsewhere = open(other);
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([
        store.unitOfWork.run(() => ledger.append(entryDraft())),
        other.unitOfWork.run(() => elsewhere.append(entryDraft())),
      ]);
    }
    assert.deepEqual(
      elsewhere.query({ limit: 100 }).map(({ seq }) => seq),
      [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1],
    );
  });

  it('does not read what somebody made up', () => {
    store.db.exec(`INSERT INTO entries ${copy('3', "'forged'", `'{"kind":"god","id":"x"}'`)}`);
    assert.throws(() => ledger.query({ limit: 10 }), /invalid|Invalid/);
  });
});
