import assert from 'node:assert/strict';
import type { SqliteLedger } from '../../../src/ledger/sqliteLedger.ts';
import type { Store } from '../../../src/store/store.ts';
import { entryDraft } from '../../support/drafts.ts';
import { ledgerOf } from '../../support/ledgers.ts';
import { TempStore } from '../../support/tempStore.ts';

/** The first entry once more, under another number. */
function copy(seq: string, envelope = 'envelope'): string {
  return `(seq, envelope, leaf_hash, payload, salt) SELECT ${seq}, ${envelope}, leaf_hash, payload, salt FROM entries WHERE seq = 1`;
}

describe('SqliteLedger', () => {
  let temp: TempStore;
  let store: Store;
  let ledger: SqliteLedger;

  beforeEach(async () => {
    temp = new TempStore();
    store = temp.open();
    ledger = ledgerOf(store);
    await store.unitOfWork.run(() => [1, 2].forEach(() => ledger.append(entryDraft())));
  });
  afterEach(() => temp[Symbol.dispose]());

  const changes: readonly [string, RegExp][] = [
    [`UPDATE leaves SET envelope = json_set(envelope, '$.reason', 'better') WHERE seq = 1`, /append-only/],
    [`UPDATE leaves SET leaf_hash = zeroblob(32) WHERE seq = 1`, /append-only/],
    [`UPDATE leaves SET payload = '{"better":1}' WHERE seq = 1`, /append-only/],
    [`UPDATE leaves SET payload = NULL WHERE seq = 1`, /append-only|CHECK/],
    [`UPDATE leaves SET envelope = '{}', payload = NULL, salt = NULL WHERE seq = 1`, /append-only/],
    [`UPDATE entries SET resource = 'x' WHERE seq = 1`, /view/],
    ['UPDATE leaves SET seq = 7 WHERE seq = 2', /append-only/],
    ['DELETE FROM leaves', /append-only/],
    ['DELETE FROM leaves WHERE seq = 2', /append-only/],
    [`INSERT INTO leaves ${copy('1')}`, /UNIQUE/],
    [`INSERT OR REPLACE INTO leaves ${copy('1')}`, /append-only/],
    [`UPDATE OR REPLACE leaves SET seq = 1 WHERE seq = 2`, /append-only/],
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

  it('lets a payload and its salt be pruned, together and once', () => {
    const prune = 'UPDATE leaves SET payload = NULL, salt = NULL WHERE seq = 1';
    store.db.exec(prune);
    const [second, first] = ledger.query({ limit: 10 });
    assert.deepEqual([first?.payload, second?.payload], [undefined, {}]);
    assert.throws(() => store.db.exec(prune), /append-only/);
  });

  it('shares one numbering with another window', async () => {
    const other = temp.open();
    const elsewhere = ledgerOf(other);
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
    for (const forged of [`json_set(envelope, '$.principal.kind', 'god')`, `json_set(envelope, '$.more', 1)`, 'envelope']) {
      store.db.exec(`SAVEPOINT forged; INSERT INTO leaves ${copy('3', forged)}`);
      assert.throws(() => ledger.query({ limit: 10 }), /entry 3 cannot be read .*gonogo ledger verify/, forged);
      store.db.exec('ROLLBACK TO forged; RELEASE forged');
    }
  });
});
