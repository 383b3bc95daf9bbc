import assert from 'node:assert/strict';
import { StoreWatch } from '../../../src/store/storeWatch.ts';
import { ManualClock } from '../../support/manualClock.ts';
import { TempStore } from '../../support/tempStore.ts';

function unexpected(error?: unknown): never {
  throw new Error('must not be called', { cause: error });
}

describe('StoreWatch', () => {
  it('tells of what others write, not of its own writes, and stops when it is disposed of', async () => {
    using temp = new TempStore();
    const [mine, other] = [temp.open(), temp.open()];
    const clock = new ManualClock();
    let told = 0;
    const watch = new StoreWatch(mine, clock, 100, () => (told += 1), unexpected);
    const write = (store: typeof mine, name: string): void =>
      void store.db.prepare('INSERT INTO leases (name, owner, token, expires_at) VALUES (?, ?, 1, 1)').run(name, '');

    write(mine, 'own');
    await clock.advance(1_000);
    assert.equal(told, 0);
    write(other, 'a');
    write(other, 'b');
    await clock.advance(99);
    assert.equal(told, 0);
    await clock.advance(1);
    assert.equal(told, 1);
    await clock.advance(1_000);
    assert.equal(told, 1);
    watch[Symbol.dispose]();
    write(other, 'c');
    await clock.advance(1_000);
    assert.deepEqual([told, clock.pending], [1, 0]);
  });

  it('says when the store cannot be read, and looks again', async () => {
    using temp = new TempStore();
    const store = temp.open();
    const clock = new ManualClock();
    const errors: unknown[] = [];
    using _watch = new StoreWatch(store, clock, 100, unexpected, (error) => errors.push(error));
    temp.closeAll();
    await clock.advance(250);
    assert.equal(errors.length, 2);
    assert.match(String(errors[0]), /not open/);
  });
});
