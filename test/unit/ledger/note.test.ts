import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { parseCheckpoint, checkpointText, openCheckpoint, signCheckpoint } from '../../../src/ledger/note/checkpoint.ts';
import { formatProof, parseProof } from '../../../src/ledger/note/proof.ts';
import { formatNote, noteSigner, openNote, parseNote, parseVerifierKey } from '../../../src/ledger/note/signedNote.ts';

const ours = noteSigner('example.com/log', Buffer.alloc(32, 1));
const other = noteSigner('example.com/witness', Buffer.alloc(32, 2));
const sameName = noteSigner('example.com/log', Buffer.alloc(32, 3));
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

function codeOf(result: { ok: true } | { ok: false; error: { code: string } }): string {
  return result.ok ? 'ok' : result.error.code;
}

describe('a signed note', () => {
  const text = 'first\n\nlast\n';
  const note = formatNote(text, [ours, other]);

  it('opens for whoever knows one of its keys, and names whose signatures hold', () => {
    for (const [known, by] of [
      [[ours], ['example.com/log']],
      [
        [ours, other],
        ['example.com/log', 'example.com/witness'],
      ],
      [[sameName, other], ['example.com/witness']],
    ] as const) {
      const opened = openNote(
        note,
        known.map(({ verifier }) => verifier),
      );
      assert.deepEqual(opened.ok && [opened.value.text, opened.value.by.map(({ name }) => name)], [text, by]);
    }
    assert.equal(codeOf(openNote(note, [sameName.verifier])), 'unknown-key');
    assert.equal(codeOf(openNote(note, [])), 'unknown-key');
  });

  it('is spoiled by one signature that does not hold, though another does', () => {
    const broken = note.replace(
      /^(— example\.com\/witness .{20})(.)/mu,
      (_, head: string, one: string) => head + (one === 'A' ? 'B' : 'A'),
    );
    assert.notEqual(broken, note);
    assert.equal(codeOf(openNote(broken, [ours.verifier, other.verifier])), 'bad-signature');
    assert.equal(codeOf(openNote(broken, [ours.verifier])), 'ok');
  });

  it('does not open after any byte of it has changed', () => {
    const bytes = Buffer.from(formatNote(text, [ours]));
    for (let at = 0; at < bytes.length; at += 1)
      for (const bit of [1, 32, 128]) {
        const changed = Buffer.from(bytes);
        changed[at]! ^= bit;
        assert.notEqual(
          codeOf(openNote(changed.toString('latin1') === bytes.toString('latin1') ? '' : changed.toString(), [ours.verifier])),
          'ok',
        );
      }
  });

  const malformed: readonly [string, string][] = [
    ['nothing', ''],
    ['no signature', 'text\n\n'],
    ['no empty line', 'text\n— a AAAAAAAA\n'],
    ['no last newline', note.slice(0, -1)],
    ['CRLF', note.replaceAll('\n', '\r\n')],
    ['a NUL', `\0${note}`],
    ['a lone surrogate', `\ud800${note}`],
    ['a hyphen for the dash', note.replaceAll('—', '-')],
    ['a plus in a name', note.replaceAll('example.com/log', 'a+b')],
    ['Base64 in another form', note.replace(/=\n/, '\n')],
    ['a signature without bytes', 'text\n\n— a AAAAAA==\n'],
    ['too many signatures', `text\n\n${'— a AAAAAAAA\n'.repeat(101)}`],
  ];
  for (const [what, bad] of malformed) it(`cannot be read with ${what}`, () => assert.equal(codeOf(parseNote(bad)), 'malformed-note'));

  it('may hold any text', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[^\p{Cc}]*$/u)), (lines) => {
        const any = `${lines.join('\n')}\n`;
        const opened = openNote(formatNote(any, [ours]), [ours.verifier]);
        assert.equal(opened.ok && opened.value.text, any);
      }),
    );
  });
});

describe('a verifier key', () => {
  it('comes back as it was written', () => {
    const read = parseVerifierKey(`${ours.verifier.vkey}\n`);
    assert.deepEqual(read.ok && [read.value.name, read.value.id, read.value.vkey], [
      'example.com/log',
      ours.verifier.id,
      ours.verifier.vkey,
    ]);
    // The example in C2SP signed-note.
    const example = parseVerifierKey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k');
    const text = 'This is an example message.\n';
    const line = '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';
    assert.equal(example.ok && openNote(`${text}\n${line}`, [example.value]).ok, true);
  });

  for (const [what, vkey] of [
    ['the id of another', ours.verifier.vkey.replace(ours.verifier.id, other.verifier.id)],
    ['another type', `a+00000000+${Buffer.concat([Buffer.from([4]), randomBytes(32)]).toString('base64')}`],
    ['a short key', `a+00000000+${Buffer.concat([Buffer.from([1]), randomBytes(31)]).toString('base64')}`],
    ['no name', ours.verifier.vkey.slice('example.com/log'.length)],
    ['a space', `a b${ours.verifier.vkey.slice('example.com/log'.length)}`],
  ] as const)
    it(`is refused with ${what}`, () => assert.equal(codeOf(parseVerifierKey(vkey)), 'bad-key'));
});

describe('a checkpoint', () => {
  it('comes back as it was signed', () => {
    fc.assert(
      fc.property(fc.nat(), hash, (size, root) => {
        const checkpoint = { origin: 'example.com/log', size, root: Buffer.from(root) };
        const opened = openCheckpoint(signCheckpoint(checkpoint, [ours, other]), [ours.verifier]);
        assert.deepEqual(opened.ok && { ...opened.value, by: undefined }, { ...checkpoint, by: undefined });
      }),
      { numRuns: 30 },
    );
  });

  const good = checkpointText({ origin: 'o', size: 10, root: Buffer.alloc(32) });
  for (const [what, text] of [
    ['two lines', 'o\n10\n'],
    ['no last newline', good.slice(0, -1)],
    ['a size with a zero before it', good.replace('10', '010')],
    ['a negative size', good.replace('10', '-1')],
    ['a size that is too large', good.replace('10', '9007199254740993')],
    ['no origin', good.slice(1)],
    ['an empty line', `${good}\n`],
    ['a short root', `o\n10\n${Buffer.alloc(31).toString('base64')}\n`],
    ['a root in another form', good.replace('=\n', '\n')],
  ] as const)
    it(`cannot be read with ${what}`, () => assert.equal(codeOf(parseCheckpoint(text)), 'malformed-note'));

  it('may have extension lines', () => assert.equal(codeOf(parseCheckpoint(`${good}more\n`)), 'ok'));
});

describe('a proof on paper', () => {
  const checkpoint = signCheckpoint({ origin: 'o', size: 10, root: Buffer.alloc(32) }, [ours]);

  it('comes back as it was written', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(hash, { maxLength: 20 }), (index, hashes) => {
        const proof = { index, hashes: hashes.map((each) => Buffer.from(each)), checkpoint };
        assert.deepEqual(parseProof(formatProof(proof)), { ok: true, value: proof });
      }),
    );
  });

  it('passes an extra line over', () => {
    const text = formatProof({ index: 1, hashes: [], checkpoint }).replace('index', 'extra QUJD\nindex');
    assert.equal(parseProof(text).ok, true);
  });

  const good = formatProof({ index: 7, hashes: [Buffer.alloc(32)], checkpoint });
  for (const [what, text] of [
    ['nothing', ''],
    ['another version', good.replace('@v1', '@v2')],
    ['no index', good.replace(/index.*\n/, '')],
    ['an index with a zero before it', good.replace('index 7', 'index 07')],
    ['a short hash', good.replace(/\nA{42}/, '\nAAAA')],
    ['no empty line', good.replaceAll('\n\n', '\n')],
  ] as const)
    it(`is refused with ${what}`, () => assert.equal(parseProof(text).ok, false));
});
