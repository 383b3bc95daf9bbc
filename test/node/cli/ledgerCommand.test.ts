import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkConsistency, checkInclusion } from '../../../src/ledger/merkle/check.ts';
import { leafHash } from '../../../src/ledger/merkle/hash.ts';
import { tileReader, tilePath } from '../../../src/ledger/merkle/tiles.ts';
import { treeRoot } from '../../../src/ledger/merkle/tree.ts';
import { openCheckpoint } from '../../../src/ledger/note/checkpoint.ts';
import { parseProof } from '../../../src/ledger/note/proof.ts';
import { parseVerifierKey } from '../../../src/ledger/note/signedNote.ts';
import { ledgerCommand, type ledgerVerbs } from '../../../src/terminal/ledgerCommand.ts';
import { LedgerWorld } from '../../support/ledgerWorld.ts';

describe('gonogo ledger', () => {
  let world: LedgerWorld;
  let folder: string;

  async function run(verb: (typeof ledgerVerbs)[number], ...args: string[]): Promise<{ readonly code: number; readonly said: string }> {
    let said = '';
    const say = (text: string): void => void (said += text);
    const code = await ledgerCommand(verb, args, { home: world.temp.home, native: {}, say, signal: new AbortController().signal });
    return { code, said };
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gonogo-'));
    world = await new LedgerWorld().open();
    await world.sign(299);
    await world.sign(300);
    world.close();
  });
  after(() => {
    world[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });

  it('verifies what nobody touched, and says what it cannot know', async () => {
    const { code, said } = await run('verify');
    assert.equal(code, 0);
    assert.match(said, /^Intact: 600 entries, and nothing was done to any of them\.\n/);
    assert.match(said, /No checkpoint from outside this folder was given/);
    const note = join(folder, 'checkpoint');
    writeFileSync(note, (await run('checkpoint')).said);
    assert.match((await run('verify', '--checkpoint', note)).said, /vouched for from outside up to entry 600\.\n$/);
    const json = JSON.parse((await run('verify', '--json')).said) as { intact: boolean; signedUpTo: number };
    assert.deepEqual([json.intact, json.signedUpTo], [true, 600]);
  });

  it('fails on a damaged ledger, and says what was done to it', async () => {
    const copy = join(folder, 'copy.db');
    writeFileSync(copy, readFileSync(world.file));
    const other = await new LedgerWorld().open();
    try {
      other.close();
      writeFileSync(other.file, readFileSync(copy));
      other.attack((db) => db.exec(`UPDATE leaves SET envelope = json_set(envelope, '$.reason', 'better') WHERE seq = 17`));
      const { code, said } = await run('verify', '--db', other.file);
      assert.equal(code, 1);
      assert.match(said, /^Damaged: .*\n {2}✕ Entry 17 was edited after it was recorded\.\n/);
    } finally {
      other[Symbol.dispose]();
    }
  });

  it('gives a key, a checkpoint and proofs that anybody can check with nothing else', async () => {
    const vkey = parseVerifierKey((await run('vkey')).said);
    assert.ok(vkey.ok);
    const checkpoint = openCheckpoint((await run('checkpoint')).said, [vkey.value]);
    assert.ok(checkpoint.ok && checkpoint.value.size === 600);
    const proof = parseProof((await run('proof', '--seq', '17')).said);
    assert.ok(proof.ok);
    const signed = openCheckpoint(proof.value.checkpoint, [vkey.value]);
    assert.ok(signed.ok && signed.value.size === 300, 'the first checkpoint that covers it');
    const store = world.temp.open();
    const envelope = String(store.db.prepare('SELECT envelope FROM leaves WHERE seq = 17').pluck().get());
    world.temp.closeAll();
    assert.equal(checkInclusion(16, 300, leafHash(Buffer.from(envelope)), proof.value.hashes, signed.value.root), true);
    const growth = (await run('proof', '--from', '300', '--to', '600')).said.trim().split('\n');
    const hashes = growth.map((line) => Buffer.from(line, 'base64'));
    assert.equal(checkConsistency(300, 600, signed.value.root, checkpoint.value.root, hashes), true);
  });

  it('lays the log out as tiles from which all of it can be checked', async () => {
    const out = join(folder, 'log');
    assert.equal((await run('tiles', '--out', out)).code, 0);
    assert.deepEqual(
      readdirSync(out, { recursive: true, encoding: 'utf8' })
        .filter((path) => statSync(join(out, path)).isFile())
        .sort(),
      [
        'checkpoint',
        ...['0/000', '0/001', '0/002.p/88', '1/000.p/2', 'entries/000', 'entries/001', 'entries/002.p/88'].map((path) => `tile/${path}`),
      ],
    );
    const vkey = parseVerifierKey((await run('vkey')).said);
    const checkpoint = openCheckpoint(readFileSync(join(out, 'checkpoint'), 'utf8'), vkey.ok ? [vkey.value] : []);
    assert.ok(checkpoint.ok);
    const read = (name: string) => readFileSync(join(out, ...name.split('/')));
    const widths = new Map([
      ['0/2', 88],
      ['1/0', 2],
    ]);
    const tiles = tileReader((level, index) => read(tilePath(level, index, widths.get(`${level}/${index}`) ?? 256)));
    assert.deepEqual(Buffer.from(treeRoot(600, tiles)), Buffer.from(checkpoint.value.root));
    const bundle = read(tilePath('entries', 2, 88));
    let at = 0;
    for (let index = 512; index < 600; index += 1) {
      const length = bundle.readUInt16BE(at);
      assert.deepEqual(Buffer.from(leafHash(bundle.subarray(at + 2, at + 2 + length))), Buffer.from(tiles(0, index)));
      at += 2 + length;
    }
    assert.equal(at, bundle.length);
  });

  const wrong: readonly [verb: (typeof ledgerVerbs)[number], args: string[], why: RegExp][] = [
    ['proof', [], /say which proof/],
    ['proof', ['--seq', '0'], /there is no entry 0; the ledger has 600/],
    ['proof', ['--seq', '601'], /there is no entry 601/],
    ['proof', ['--seq', 'x'], /--seq `x` is not a whole number/],
    ['proof', ['--from', '7', '--to', '601'], /choose sizes with 1 ≤ from ≤ to ≤ 600/],
    ['tiles', [], /say where to write/],
    ['verify', ['--db', '/nowhere/gonogo.db'], /there is no store at/],
    ['verify', ['--checkpoint', '/nowhere/checkpoint'], /cannot be read .*name a file with a signed checkpoint/],
    ['verify', ['--sequence', '1'], /sequence/],
  ];
  for (const [verb, args, why] of wrong)
    it(`says what is wrong with \`${[verb, ...args].join(' ')}\``, async () => {
      await assert.rejects(run(verb, ...args), why);
    });
});
