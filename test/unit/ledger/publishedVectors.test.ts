import assert from 'node:assert/strict';
import { z } from 'zod';
import { checkConsistency, checkInclusion, checkSubtree, checkSubtreeInclusion } from '../../../src/ledger/merkle/check.ts';
import { emptyRoot, leafHash, type Hash } from '../../../src/ledger/merkle/hash.ts';
import { proveConsistency, proveInclusion, treeRoot } from '../../../src/ledger/merkle/tree.ts';
import { openCheckpoint, signCheckpoint } from '../../../src/ledger/note/checkpoint.ts';
import { noteSigner, parseVerifierKey } from '../../../src/ledger/note/signedNote.ts';
import { document } from '../../support/corpora.ts';
import { memoryTree } from '../../support/memoryTree.ts';

const bytes = z.string().transform((text) => Buffer.from(text, 'base64'));
const hashes = z
  .array(bytes)
  .nullish()
  .transform((each) => each ?? []);
const file = <T>(name: string, schema: z.ZodType<T>): T | undefined => {
  const found = document('01-tlog', name);
  return found === undefined ? undefined : schema.parse(found);
};

const roots = file(
  'kat-roots',
  z.object({
    empty_root_b64: bytes,
    leaves: z.array(z.object({ i: z.number(), leaf_b64: bytes, leaf_hash_b64: bytes, root_after_b64: bytes })),
  }),
);

/** Every way to flip one bit of one of the hashes. */
function* flipped(all: readonly Hash[], bits: readonly number[]): Generator<readonly Hash[]> {
  for (let at = 0; at < all.length; at += 1)
    for (const bit of bits) {
      const copy = all.map((each) => Buffer.from(each));
      copy[at]![bit >> 3]! ^= 1 << (bit & 7);
      yield copy;
    }
}

const everyBit = Array.from({ length: 256 }, (_, bit) => bit);
const someBits = [0, 7, 100, 255];

const absent = roots === undefined ? ' (skipped: no test data 01-tlog; set GONOGO_DATA to its folder)' : '';

describe(`the Merkle tree, against vectors of others${absent}`, function () {
  before(function () {
    if (roots === undefined) this.skip();
  });

  const tree = memoryTree(roots?.leaves.map((leaf) => leafHash(leaf.leaf_b64)) ?? []);

  it('has the roots of golang.org/x/mod/sumdb/tlog at every size', () => {
    assert.deepEqual(Buffer.from(emptyRoot()), roots!.empty_root_b64);
    for (const { i, leaf_b64, leaf_hash_b64, root_after_b64 } of roots!.leaves) {
      assert.deepEqual(Buffer.from(leafHash(leaf_b64)), leaf_hash_b64);
      assert.deepEqual(Buffer.from(treeRoot(i + 1, tree)), root_after_b64);
    }
  });

  it('proves inclusion byte for byte as it does, and refuses every flipped bit', () => {
    const cases = file('kat-inclusion', z.array(z.object({ leafIdx: z.number(), treeSize: z.number(), proof: hashes })))!;
    assert.equal(cases.length > 300, true);
    cases.forEach(({ leafIdx, treeSize, proof }, at) => {
      const made = proveInclusion(leafIdx, treeSize, tree);
      assert.deepEqual(
        made.map((each) => Buffer.from(each)),
        proof,
      );
      const leaf = roots!.leaves[leafIdx]!.leaf_hash_b64;
      const root = roots!.leaves[treeSize - 1]!.root_after_b64;
      assert.equal(checkInclusion(leafIdx, treeSize, leaf, made, root), true);
      for (const [first, last, ...rest] of flipped([leaf, root, ...made], at % 40 === 0 ? everyBit : someBits))
        assert.equal(checkInclusion(leafIdx, treeSize, first!, rest, last!), false);
    });
  });

  it('proves consistency byte for byte as it does, and refuses every flipped bit', () => {
    const cases = file('kat-consistency', z.array(z.object({ size1: z.number(), size2: z.number(), proof: hashes })))!;
    assert.equal(cases.length > 250, true);
    cases.forEach(({ size1, size2, proof }, at) => {
      const made = proveConsistency(size1, size2, tree);
      assert.deepEqual(
        made.map((each) => Buffer.from(each)),
        proof,
      );
      const [one, two] = [size1, size2].map((size) => roots!.leaves[size - 1]!.root_after_b64);
      assert.equal(checkConsistency(size1, size2, one!, two!, made), true);
      for (const [first, second, ...rest] of flipped([one!, two!, ...made], at % 40 === 0 ? everyBit : someBits))
        assert.equal(checkConsistency(size1, size2, first!, second!, rest), false);
    });
  });

  it('agrees with every vector of transparency-dev/merkle', () => {
    const vector = z.object({
      id: z.string(),
      wantErr: z.boolean(),
      proof: hashes,
      root: bytes.optional(),
      root1: bytes.optional(),
      root2: bytes.optional(),
      leafHash: bytes.optional(),
      leafIdx: z.number().default(0),
      treeSize: z.number().default(0),
      size: z.number().default(0),
      size1: z.number().default(0),
      size2: z.number().default(0),
      start: z.number().default(0),
      end: z.number().default(0),
    });
    const none = Buffer.alloc(0);
    const held = (each: z.infer<typeof vector>): boolean => {
      const { proof, root = none, root1 = none, root2 = none, leafHash: leaf = none } = each;
      switch (each.id.split('/')[0]) {
        case 'inclusion':
          return checkInclusion(each.leafIdx, each.treeSize, leaf, proof, root);
        case 'consistency':
          return checkConsistency(each.size1, each.size2, root1, root2, proof);
        case 'subtreeinclusion':
          return checkSubtreeInclusion(each.leafIdx, { start: each.start, end: each.end, root }, leaf, proof);
        case 'subtreeconsistency':
          return checkSubtree({ start: each.start, end: each.end, root: root1 }, each.size, root2, proof);
        default:
          throw new Error(`an unknown kind of vector: ${each.id}`);
      }
    };
    const vectors = file('merkle-vectors', z.array(vector))!;
    assert.deepEqual(
      vectors.filter((each) => held(each) === each.wantErr).map(({ id }) => id),
      [],
    );
    assert.equal(vectors.length, 264);
  });

  it('reads and signs checkpoints byte for byte as golang.org/x/mod/sumdb/note does', () => {
    const { cases, origin, vkey, seed_hex } = file(
      'kat-checkpoints',
      z.object({
        origin: z.string(),
        vkey: z.string(),
        seed_hex: z.string(),
        cases: z.array(z.object({ name: z.string(), note: z.string(), note_valid: z.boolean() })),
      }),
    )!;
    const signer = noteSigner(origin, Buffer.from(seed_hex, 'hex'));
    assert.equal(signer.verifier.vkey, vkey);
    const verifier = parseVerifierKey(vkey);
    assert.equal(verifier.ok, true);
    for (const { name, note, note_valid } of cases) {
      const opened = openCheckpoint(note, [signer.verifier]);
      assert.equal(opened.ok, note_valid, name);
      if (!name.startsWith('ok-')) continue;
      assert.equal(opened.ok && signCheckpoint(opened.value, [signer]), note);
    }
  });
});
