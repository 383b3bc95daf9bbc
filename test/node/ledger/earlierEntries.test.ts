import assert from 'node:assert/strict';
import { migrations } from '../../../src/store/migrations.ts';
import { ledgerOf } from '../../support/ledgers.ts';
import { TempStore } from '../../support/tempStore.ts';

describe('entries from before the Merkle tree', () => {
  it('become its first leaves, once, with all they said', () => {
    using temp = new TempStore();
    const old = temp.open({ migrations: migrations.filter(({ version }) => version < 5) });
    const insert = old.db.prepare(
      `INSERT INTO entries VALUES (?, ?, 1000, 'ada', 'w', 'local', ?, '{"id":"builtin/coder","kind":"agent"}', 'acp', 'file.write', 'effect', 'code',
         'a.txt', '{"a":1}', 'success', ?, 5, 'c', ?)`,
    );
    insert.run(1, 'id-1', 'mission-1', null, null);
    insert.run(2, 'id-2', null, 'because', 'id-1');
    temp.closeAll();
    for (let round = 0; round < 2; round += 1) {
      const entries = ledgerOf(temp.open()).query({ limit: 10 });
      assert.deepEqual(
        entries.map(({ seq, id, timestamp, userId, missionId, reason, restsOn, payload, cost }) => ({
          ...{ seq, id, timestamp, userId, missionId, reason, restsOn, payload, cost },
        })),
        [
          {
            seq: 2,
            id: 'id-2',
            timestamp: 1000,
            userId: 'ada',
            missionId: undefined,
            reason: 'because',
            restsOn: 'id-1',
            payload: { a: 1 },
            cost: 5,
          },
          {
            seq: 1,
            id: 'id-1',
            timestamp: 1000,
            userId: 'ada',
            missionId: 'mission-1',
            reason: undefined,
            restsOn: undefined,
            payload: { a: 1 },
            cost: 5,
          },
        ],
      );
      temp.closeAll();
    }
  });
});
