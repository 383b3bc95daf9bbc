import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { StoreUnavailable } from '../../../src/contracts/unitOfWork.ts';
import type { Store } from '../../../src/store/store.ts';
import { TempStore } from '../../support/tempStore.ts';

describe('GroupCommit', () => {
  let temp: TempStore;
  let store: Store;

  beforeEach(() => {
    temp = new TempStore();
    store = temp.open();
  });
  afterEach(() => temp[Symbol.dispose]());

  const insert = (name: string): void => {
    store.unitOfWork.assertInside();
    store.db.prepare('INSERT INTO leases (name, owner, token, expires_at) VALUES (?, ?, 1, 1)').run(name, '');
  };
  const names = (): unknown[] => store.db.prepare(`SELECT name FROM leases ORDER BY name`).pluck().all();

  /** Frames of the log that end a transaction (https://sqlite.org/fileformat.html#wal_file_format). */
  function commits(): number {
    const wal = readFileSync(join(temp.home, 'gonogo.db-wal'));
    const frame = 24 + wal.readUInt32BE(8);
    let count = 0;
    for (let at = 32; at + frame <= wal.length; at += frame) if (wal.readUInt32BE(at + 4) !== 0) count += 1;
    return count;
  }

  it('makes works that wait together durable in one commit', async () => {
    const before = commits();
    const works = Array.from({ length: 100 }, (_, index) => store.unitOfWork.run(() => (insert(`n${index}`), index)));
    assert.deepEqual(await Promise.all(works), [...works.keys()]);
    assert.equal(commits() - before, 1);
    assert.equal(names().length, 100);
  });

  it('undoes exactly the works that throw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 20 }), async (plan) => {
        store.db.exec('DELETE FROM leases');
        const works = plan.map((good, index) =>
          store.unitOfWork.run(() => {
            insert(`n${index}`);
            if (!good) throw new Error(`no ${index}`);
            return index;
          }),
        );
        const settled = await Promise.allSettled(works);
        assert.deepEqual(
          settled.map((each) => (each.status === 'fulfilled' ? each.value : (each.reason as Error).message)),
          plan.map((good, index) => (good ? index : `no ${index}`)),
        );
        assert.deepEqual(names(), plan.flatMap((good, index) => (good ? [`n${index}`] : [])).sort());
        assert.equal(store.unitOfWork.failure, undefined);
      }),
      { numRuns: 30 },
    );
  });

  it('rejects every work when the commit fails, keeps nothing, and goes on', async () => {
    const poison = store.unitOfWork.run(() => {
      store.db.pragma('defer_foreign_keys = ON');
      store.db.prepare(`INSERT INTO grants (id, request_id, digest, expires_at, mac) VALUES ('g', 'nobody', '', 0, '')`).run();
    });
    const settled = await Promise.allSettled([store.unitOfWork.run(() => insert('a')), poison, store.unitOfWork.run(() => insert('b'))]);
    for (const each of settled) assert.ok(each.status === 'rejected' && each.reason instanceof StoreUnavailable, each.status);
    assert.deepEqual(names(), []);
    assert.match(String(store.unitOfWork.failure), /FOREIGN KEY/);
    await store.unitOfWork.run(() => insert('c'));
    assert.deepEqual([names(), store.unitOfWork.failure], [['c'], undefined]);
  });

  it('rejects when another process holds the store for too long, and goes on afterwards', async () => {
    const other = temp.open();
    store.db.pragma('busy_timeout = 20');
    other.db.exec('BEGIN IMMEDIATE');
    await assert.rejects(
      store.unitOfWork.run(() => insert('a')),
      (error) => error instanceof StoreUnavailable && /locked/.test(error.message),
    );
    other.db.exec('COMMIT');
    await store.unitOfWork.run(() => insert('b'));
    assert.deepEqual(names(), ['b']);
  });

  it('rejects what waits when the store is closed', async () => {
    const waiting = store.unitOfWork.run(() => insert('a'));
    temp.closeAll();
    await assert.rejects(waiting, /not open/);
  });

  it('knows when it is inside', async () => {
    assert.throws(() => insert('outside'), /inside a unit of work/);
    await store.unitOfWork.run(() => insert('inside'));
    await assert.rejects(
      store.unitOfWork.run(() => assert.fail('thrown')),
      /thrown/,
    );
    assert.throws(() => insert('outside'), /inside a unit of work/);
    assert.deepEqual(names(), ['inside']);
  });

  it('does a work that one work asks for in the next commit', async () => {
    const order: string[] = [];
    let inner: Promise<void> | undefined;
    await store.unitOfWork.run(() => {
      order.push('outer');
      inner = store.unitOfWork.run(() => void order.push('inner'));
      order.push('outer ends');
    });
    assert.deepEqual(order, ['outer', 'outer ends']);
    await inner;
    assert.deepEqual(order, ['outer', 'outer ends', 'inner']);
  });
});
