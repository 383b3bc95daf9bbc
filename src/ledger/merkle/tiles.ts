import { HASH_BYTES, nodeHash, type Hash } from './hash.ts';
import type { HashReader } from './tree.ts';

/** Hashes in a full tile (C2SP tlog-tiles): the leaves of a subtree of height 8. */
export const TILE_WIDTH = 256;
const TILE_HEIGHT = 8;

/**
 * One tile of C2SP tlog-tiles, as it lies in a file: the hashes of `width` neighbouring subtrees of `256^level` leaves each, one after
 * another, 32 bytes each.
 */
export interface TileName {
  readonly level: number;
  readonly index: number;
  /** 1 to 256; below 256 it is the partial tile at the tree's right edge. */
  readonly width: number;
}

/**
 * The path of a tile below the log's prefix: `tile/<level>/<index>[.p/<width>]`, the index in groups of three digits, all but the last
 * with an `x` before them. With the level `entries` it names a bundle of entries.
 */
export function tilePath(level: number | 'entries', index: number, width: number): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.match(/\d{3}/g) ?? [];
  const path = groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/');
  return `tile/${level}/${path}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** Every tile of a tree of `size` leaves, level by level, and no empty one. */
export function* tilesOf(size: number): Generator<TileName> {
  for (let level = 0, hashes = size; hashes > 0; level += 1, hashes = Math.floor(hashes / TILE_WIDTH)) {
    const full = Math.floor(hashes / TILE_WIDTH);
    for (let index = 0; index < full; index += 1) yield { level, index, width: TILE_WIDTH };
    if (hashes % TILE_WIDTH > 0) yield { level, index: full, width: hashes % TILE_WIDTH };
  }
}

/** The hash over all leaves of a full tile. */
export function tileRoot(tile: Uint8Array): Hash {
  return withinTile(tile, TILE_HEIGHT, 0);
}

/** Reads subtree hashes from tiles. `tile` gives the bytes of a tile as wide as there is one. */
export function tileReader(tile: (level: number, index: number) => Uint8Array): HashReader {
  return (level, index) => {
    const tileLevel = Math.floor(level / TILE_HEIGHT);
    const height = level % TILE_HEIGHT;
    const perTile = TILE_WIDTH / 2 ** height;
    return withinTile(tile(tileLevel, Math.floor(index / perTile)), height, index % perTile);
  };
}

/** The hash of the `index`-th subtree of `2^height` hashes of a tile. */
function withinTile(tile: Uint8Array, height: number, index: number): Hash {
  if (height > 0) return nodeHash(withinTile(tile, height - 1, 2 * index), withinTile(tile, height - 1, 2 * index + 1));
  const hash = tile.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
  if (hash.length < HASH_BYTES) throw new RangeError(`the tile ends before its hash ${index}`);
  return hash;
}
