import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkConsistency, checkInclusion, checkSubtreeInclusion } from '../../../src/ledger/merkle/check.ts';
import { leafHash, nodeHash, type Hash } from '../../../src/ledger/merkle/hash.ts';
import { proveConsistency, proveInclusion, treeRoot } from '../../../src/ledger/merkle/tree.ts';
import { tilePath, tileReader, tileRoot, tilesOf, TILE_WIDTH } from '../../../src/ledger/merkle/tiles.ts';
import { memoryTree } from '../../support/memoryTree.ts';

const leaves = Array.from({ length: 70_000 }, (_, at) => leafHash(Buffer.from(`leaf ${at}`)));
const tree = memoryTree(leaves);
const sizes = fc.integer({ min: 1, max: 2_000 });

/** The tiles of a tree, cut as C2SP tlog-tiles defines them. */
function tilesFrom(size: number): Map<string, Buffer> {
  const cut = (level: number, index: number, width: number): Buffer =>
    Buffer.concat(Array.from({ length: width }, (_, at) => tree(8 * level, index * TILE_WIDTH + at)));
  return new Map([...tilesOf(size)].map(({ level, index, width }) => [`${level}/${index}`, cut(level, index, width)]));
}

describe('the Merkle tree', () => {
  it('proves every leaf of every small tree, and of no other', () => {
    for (let size = 1; size <= 40; size += 1) {
      const root = treeRoot(size, tree);
      for (let index = 0; index < size; index += 1) {
        const proof = proveInclusion(index, size, tree);
        for (let other = 0; other < size + 2; other += 1) {
          assert.equal(checkInclusion(other, size, tree(0, index), proof, root), other === index, `${other} for ${index} of ${size}`);
        }
        assert.equal(checkInclusion(index, size, tree(0, index), [...proof, root], root), false);
      }
    }
  });

  it('proves every earlier tree, and no other', () => {
    for (let size = 1; size <= 40; size += 1)
      for (let earlier = 1; earlier <= size; earlier += 1) {
        const proof = proveConsistency(earlier, size, tree);
        for (let other = 0; other <= size; other += 1) {
          const claimed = other === 0 ? treeRoot(earlier, tree) : treeRoot(other, tree);
          const right = other === earlier;
          assert.equal(checkConsistency(other, size, claimed, treeRoot(size, tree), proof), right, `${other} for ${earlier} of ${size}`);
        }
      }
  });

  it('refuses numbers that are no leaf and no size', () => {
    for (const [index, size] of [
      [3, 3],
      [-1, 3],
      [0.5, 3],
      [0, 2 ** 53],
      [Number.NaN, 3],
    ] as const) {
      assert.throws(() => proveInclusion(index, size, tree), RangeError);
      assert.equal(checkInclusion(index, size, tree(0, 0), [], tree(0, 0)), false);
    }
    assert.throws(() => proveConsistency(0, 3, tree), RangeError);
    assert.throws(() => proveConsistency(4, 3, tree), RangeError);
  });

  it('finds the split below large powers of two', () => {
    const zero = Buffer.alloc(32);
    const size = 2 ** 48 - 1;
    assert.equal(proveInclusion(0, size, () => zero).length, 48);
    assert.equal(proveInclusion(size - 1, size, () => zero).length, 47);
  });

  it('shows a leaf in a subtree', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), (size, a, b) => {
        const start = a % size;
        const widest = start === 0 ? size : Math.min(start & -start, size - start);
        const width = 1 + (b % widest);
        const shifted = (level: number, index: number): Hash => tree(level, index + start / 2 ** level);
        const subtree = { start, end: start + width, root: treeRoot(width, shifted) };
        const index = start + (b % width);
        const proof = proveInclusion(index - start, width, shifted);
        assert.equal(checkSubtreeInclusion(index, subtree, tree(0, index), proof), true);
        assert.equal(checkSubtreeInclusion(index + 1, subtree, tree(0, index), proof), false);
      }),
    );
  });
});

describe('tiles', () => {
  it('lie where C2SP tlog-tiles says', () => {
    assert.equal(tilePath(0, 1_234_067, 256), 'tile/0/x001/x234/067');
    assert.equal(tilePath(2, 0, 17), 'tile/2/000.p/17');
    assert.equal(tilePath('entries', 999, 256), 'tile/entries/999');
    assert.equal(tilePath('entries', 1_000, 1), 'tile/entries/x001/000.p/1');
  });

  it('are as many and as wide as its example says', () => {
    const tiles = [...tilesOf(70_000)];
    const of = (wanted: number) => tiles.filter((tile) => tile.level === wanted).map(({ width }) => width);
    assert.deepEqual(of(0), [...Array.from({ length: 273 }, () => 256), 112]);
    assert.deepEqual(of(1), [256, 17]);
    assert.deepEqual(of(2), [1]);
    assert.deepEqual(
      [...tilesOf(256)],
      [
        { level: 0, index: 0, width: 256 },
        { level: 1, index: 0, width: 1 },
      ],
    );
    assert.deepEqual([...tilesOf(0)], []);
  });

  it('hold all there is to know of a tree', () => {
    for (const size of [1, 255, 256, 257, 511, 65_535, 65_536, 65_537, 70_000]) {
      const tiles = tilesFrom(size);
      const read = tileReader((of, index) => tiles.get(`${of}/${index}`) ?? assert.fail(`there is no tile ${of}/${index}`));
      assert.deepEqual(Buffer.from(treeRoot(size, read)), Buffer.from(treeRoot(size, tree)), `size ${size}`);
      for (const index of [0, size >> 1, size - 1]) assert.deepEqual(proveInclusion(index, size, read), proveInclusion(index, size, tree));
      for (const earlier of [1, (size >> 1) + 1, size])
        assert.deepEqual(proveConsistency(earlier, size, read), proveConsistency(earlier, size, tree));
    }
  });

  it('have the root that the tile above has for them', () => {
    const tiles = tilesFrom(70_000);
    assert.deepEqual(Buffer.from(tileRoot(tiles.get('0/272')!)), tiles.get('1/1')!.subarray(16 * 32, 17 * 32));
    assert.deepEqual(Buffer.from(tileRoot(tiles.get('1/0')!)), Buffer.from(tree(16, 0)));
    assert.throws(() => tileRoot(tiles.get('0/273')!), RangeError);
  });
});

describe('hashes', () => {
  it('tell a leaf from a node', () => {
    const [a, b] = [leafHash(Buffer.from('a')), leafHash(Buffer.from('b'))];
    assert.notDeepEqual(Buffer.from(nodeHash(a, b)), Buffer.from(leafHash(Buffer.concat([a, b]))));
  });
});
