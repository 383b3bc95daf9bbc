import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { leafHashOfText } from '../../../src/ledger/merkle/hash.ts';
import type { VerifyReport } from '../../../src/ledger/verify/report.ts';
import { LedgerWorld } from '../../support/ledgerWorld.ts';

const found = ({ damages }: VerifyReport): readonly string[] => damages.map(({ kind, from, to }) => `${kind} ${from}-${to}`);

function edit(db: Database.Database, seq: number, member: string, value: string, rehash = false): void {
  db.prepare(`UPDATE leaves SET envelope = json_set(envelope, '$.${member}', ?) WHERE seq = ?`).run(value, seq);
  if (!rehash) return;
  const envelope = String(db.prepare('SELECT envelope FROM leaves WHERE seq = ?').pluck().get(seq));
  db.prepare('UPDATE leaves SET leaf_hash = unhex(?) WHERE seq = ?').run(leafHashOfText(envelope), seq);
}

/** Moves the entries from `from` on by `by`, up or down, and what follows them too. */
function shift(db: Database.Database, from: number, by: number): void {
  db.exec(`UPDATE leaves SET seq = -seq WHERE seq >= ${from}; UPDATE leaves SET seq = -seq + ${by} WHERE seq < 0`);
}

describe('verify', () => {
  let world: LedgerWorld;
  /** 700 entries, the key's own among them: two full tiles and a part of one, signed at 300, 600 and 700. */
  beforeEach(async () => {
    world = await new LedgerWorld().open();
    await world.sign(299);
    await world.sign(300);
    await world.sign(100);
    world.close();
  });
  afterEach(() => world[Symbol.dispose]());

  it('finds nothing in what nobody touched, and says what it cannot know', async () => {
    const report = await world.verify();
    const { intact, entries, signedUpTo, witnessedUpTo, damages, pruned } = report;
    assert.deepEqual(
      { intact, entries, signedUpTo, witnessedUpTo, damages, pruned },
      {
        ...{ intact: true, entries: 700, signedUpTo: 700, witnessedUpTo: 0, damages: [], pruned: 0 },
      },
    );
    assert.match(report.limits.join(' '), /No checkpoint from outside .* could have written all of it anew/);
    const witnessed = await world.verify([world.outside.read() ?? '']);
    assert.deepEqual([witnessed.witnessedUpTo, witnessed.limits, witnessed.intact], [700, [], true]);
  });

  it('says which entries nothing has signed yet', async () => {
    await world.open();
    await world.append(5);
    world.close();
    const report = await world.verify();
    assert.deepEqual([report.intact, report.entries, report.signedUpTo], [true, 705, 700]);
    assert.match(report.limits.join(' '), /No checkpoint covers the entries 701 to 705 yet/);
  });

  type Attack = readonly [what: string, change: (db: Database.Database) => void, expected: readonly string[]];
  const attacks: readonly Attack[] = [
    ['an edited entry', (db) => edit(db, 100, 'reason', 'better'), ['edited 100-100']],
    ['an edited entry in the last tile', (db) => edit(db, 650, 'reason', 'better'), ['edited 650-650']],
    ['an edited entry with a new hash', (db) => edit(db, 100, 'reason', 'better', true), ['edited 100-100']],
    ['an edited entry with a new hash in the last tile', (db) => edit(db, 650, 'reason', 'better', true), ['forked 601-700']],
    ['a hash that is not its own', (db) => db.exec('UPDATE leaves SET leaf_hash = zeroblob(32) WHERE seq = 7'), ['tree-damaged 7-7']],
    ['a missing entry', (db) => db.exec('DELETE FROM leaves WHERE seq = 42'), ['missing 42-42']],
    ['missing entries', (db) => db.exec('DELETE FROM leaves WHERE seq BETWEEN 42 AND 44'), ['missing 42-44']],
    [
      'a missing entry, the others moved up',
      (db) => {
        db.exec('DELETE FROM leaves WHERE seq = 42');
        shift(db, 43, -1);
      },
      ['missing 42-42', 'cut-tail 700-700'],
    ],
    [
      'an inserted entry, the others moved down',
      (db) => {
        shift(db, 42, 1);
        db.exec(
          `INSERT INTO leaves SELECT 42, json_set(envelope, '$.seq', 42, '$.reason', 'new'), leaf_hash, payload, salt FROM leaves WHERE seq = 41`,
        );
      },
      ['edited 42-42', 'inserted 42-42'],
    ],
    [
      'two entries in each other’s place',
      (db) =>
        db.exec(
          'UPDATE leaves SET seq = -10 WHERE seq = 10; UPDATE leaves SET seq = 10 WHERE seq = 20; UPDATE leaves SET seq = 20 WHERE seq = -10',
        ),
      ['reordered 10-20'],
    ],
    ['a foreign row', (db) => db.exec(`UPDATE leaves SET envelope = '{"seq":5}' WHERE seq = 5`), ['malformed 5-5']],
    [
      'a row that is no JSON',
      (db) => db.exec(`DROP INDEX leaves_by_mission; UPDATE leaves SET envelope = 'x' WHERE seq = 5`),
      ['malformed 5-5'],
    ],
    [
      'a row before the first',
      (db) => db.exec('INSERT INTO leaves SELECT 0, envelope, leaf_hash, payload, salt FROM leaves WHERE seq = 9'),
      ['malformed 1-1'],
    ],
    ['a cut tail', (db) => db.exec('DELETE FROM leaves WHERE seq > 650'), ['cut-tail 651-700']],
    [
      'a cut tail, and the checkpoints over it too',
      (db) => db.exec('DELETE FROM leaves WHERE seq > 620; DELETE FROM checkpoints WHERE size > 620'),
      [],
    ],
    ['an edited payload', (db) => db.exec(`UPDATE leaves SET payload = '{}' WHERE seq = 9`), ['payload-edited 9-9']],
    ['another salt', (db) => db.exec(`UPDATE leaves SET salt = 'x' WHERE seq = 9`), ['payload-edited 9-9']],
    [
      'payloads that are gone',
      (db) => db.exec(`UPDATE leaves SET payload = NULL, salt = NULL WHERE seq IN (9, 10, 12)`),
      ['payload-missing 9-10', 'payload-missing 12-12'],
    ],
    ['a damaged tile', (db) => db.exec('UPDATE tiles SET hashes = zeroblob(8192) WHERE level = 0 AND idx = 1'), ['*']],
    [
      'a damaged tile above',
      (db) => db.exec('UPDATE tiles SET hashes = zeroblob(64) WHERE level = 1'),
      ['tree-damaged 1-256', 'tree-damaged 257-512'],
    ],
    ['a missing tile', (db) => db.exec('DELETE FROM tiles WHERE level = 0 AND idx = 0'), ['tree-damaged 1-256']],
    [
      'a changed checkpoint',
      (db) => db.exec(`UPDATE checkpoints SET note = replace(note, '600', '599') WHERE size = 600`),
      ['bad-signature 301-600'],
    ],
    ['a checkpoint filed elsewhere', (db) => db.exec('UPDATE checkpoints SET size = 599 WHERE size = 600'), ['bad-signature 301-599']],
    ['a checkpoint of nobody', (db) => db.exec(`UPDATE checkpoints SET note = 'x' WHERE size = 600`), ['bad-signature 301-600']],
  ];
  for (const [what, change, expected] of attacks) {
    it(`finds ${what}`, async () => {
      world.attack(change);
      const report = await world.verify();
      if (expected[0] === '*') assert.equal(report.damages.length > 1, true);
      else assert.deepEqual(found(report), expected);
      assert.equal(report.intact, expected.length === 0);
      // What the file alone does not give away, a checkpoint from outside does.
      const witnessed = await world.verify([world.outside.read() ?? '']);
      assert.equal(witnessed.intact, false);
      for (const { message } of witnessed.damages) assert.match(message, /^[A-Z].*\.$/);
    });
  }

  it('finds a file that was taken back to an older state, by a checkpoint from outside', async () => {
    await world.open();
    world.close();
    copyFileSync(world.file, `${world.file}.old`);
    await world.open();
    await world.sign(10);
    const note = world.outside.read() ?? '';
    world.close();
    rmSync(world.file);
    copyFileSync(`${world.file}.old`, world.file);
    assert.equal((await world.verify()).intact, true);
    const report = await world.verify([note]);
    assert.deepEqual(found(report), ['rolled-back 701-710']);
    assert.match(report.damages[0]?.message ?? '', /older state of this ledger: it has 700 entries, and witness 1 vouches for 710/);
  });

  it('finds a history that was written anew and signed with the real key, by a checkpoint from outside', async () => {
    const note = world.outside.read() ?? '';
    const vkey = world.keeper.verifier;
    world[Symbol.dispose]();
    world = await new LedgerWorld().open();
    await world.sign(799);
    world.close();
    assert.equal((await world.verify()).intact, true);
    // The same key, so that only the history differs.
    assert.deepEqual(
      found(await world.verify([note])).map((each) => each.split(' ')[0]),
      ['unknown-key'],
    );
    assert.equal(vkey.name === world.keeper.verifier.name, false);
  });

  it('leaves checkpoints of a key that the ledger does not know', async () => {
    world.attack((db) =>
      db.exec(`DELETE FROM checkpoints WHERE size = 300; UPDATE checkpoints SET note = replace(note, 'gonogo.local/', 'gonogo.local/x')`),
    );
    assert.deepEqual(found(await world.verify()), ['unknown-key 1-1', 'unknown-key 1-600', 'unknown-key 1-700']);
  });

  it('reports the first hundred of many damages, and how many more', async () => {
    world.attack((db) => db.exec(`UPDATE leaves SET payload = '{}' WHERE seq > 1`));
    const report = await world.verify();
    assert.deepEqual([report.damages.length, report.more], [100, 599]);
  });

  it('stops when asked to', async () => {
    const db = world.temp.open().db;
    const { verifyLedger } = await import('../../../src/ledger/verify/verifyLedger.ts');
    await assert.rejects(verifyLedger(db, { outside: [], trusted: [], signal: AbortSignal.abort(new Error('enough')) }), /enough/);
    assert.equal(db.inTransaction, false);
  });

  it('sees every flipped bit of every entry', async () => {
    const bytes = readFileSync(world.file);
    assert.ok(bytes.length > 0);
    for (const column of ['envelope', 'payload', 'salt'] as const) {
      for (let at = 0; at < 40; at += 1) {
        const seq = 2 + ((at * 37) % 690);
        world.attack((db) => {
          db.exec('DROP INDEX IF EXISTS leaves_by_mission');
          const text = String(db.prepare(`SELECT ${column} FROM leaves WHERE seq = ?`).pluck().get(seq));
          const changed = Buffer.from(text);
          changed[(at * 13) % changed.length]! ^= 1 << (at % 7);
          db.prepare(`UPDATE leaves SET ${column} = ? WHERE seq = ?`).run(changed.toString(), seq);
        });
        const report = await world.verify();
        assert.deepEqual(
          report.damages.filter((each) => each.from <= seq && seq <= each.to).length,
          1,
          `${column} of ${seq}: ${JSON.stringify(report.damages)}`,
        );
        world.temp.closeAll();
        // Put it back.
        world.attack((db) => {
          const text = String(db.prepare(`SELECT ${column} FROM leaves WHERE seq = ?`).pluck().get(seq));
          const changed = Buffer.from(text);
          changed[(at * 13) % changed.length]! ^= 1 << (at % 7);
          db.prepare(`UPDATE leaves SET ${column} = ? WHERE seq = ?`).run(changed.toString(), seq);
        });
      }
    }
    assert.equal((await world.verify()).intact, true);
  }).timeout(60_000);
});
