import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { LedgerWorld } from '../../support/ledgerWorld.ts';

describe('CheckpointKeeper', () => {
  let world: LedgerWorld;
  beforeEach(async () => {
    world = await new LedgerWorld().open();
    await world.sign(9);
  });
  afterEach(() => world[Symbol.dispose]());

  const signed = (): unknown => world.store.db.prepare('SELECT MAX(size) FROM checkpoints').pluck().get();

  /** What opening the store again leads to, and that nothing was signed over it. */
  async function assertRefused(code: string): Promise<void> {
    const note = world.outside.read();
    await world.open();
    const before = signed();
    await world.append(1);
    const result = await world.keeper.sign();
    assert.equal(result.ok ? 'signed' : result.error.code, code);
    assert.deepEqual([signed(), world.outside.read()], [before, note]);
    assert.equal(world.keeper.health().level, 'unhealthy');
  }

  it('does not sign a file that was taken back to an older state', async () => {
    world.close();
    copyFileSync(world.file, `${world.file}.old`);
    await world.open();
    await world.sign(20);
    world.close();
    copyFileSync(`${world.file}.old`, world.file);
    await assertRefused('rolled-back');
  });

  it('does not sign a record that was changed', async () => {
    world.close();
    world.attack((db) => db.exec('UPDATE leaves SET leaf_hash = zeroblob(32) WHERE seq = 5'));
    await assertRefused('forked');
  });

  it('does not sign beside a checkpoint that is not of this ledger', async () => {
    world.close();
    world.outside.write('nothing\n');
    await assertRefused('bad-checkpoint');
  });

  it('records a key that takes the place of another, and verifies across both', async () => {
    const first = world.keeper.verifier.vkey;
    world.close();
    world.seed = Buffer.alloc(32, 8);
    await world.open();
    const second = world.keeper.verifier.vkey;
    assert.notEqual(second, first);
    const [entry] = world.ledger.query({ limit: 1 });
    assert.equal(entry?.action, 'ledger.key');
    assert.deepEqual(entry.payload, { vkey: second, previous: first, why: 'The key before is not in its place any more.' });
    const note = world.outside.read() ?? '';
    world.close();
    const report = await world.verify([note]);
    assert.deepEqual([report.intact, report.signedUpTo, report.witnessedUpTo], [true, 11, 11]);
  });
});
