import type Database from 'better-sqlite3';
import { z } from 'zod';
import { HASH_BYTES, type Hash } from './merkle/hash.ts';
import { tileReader, tileRoot, TILE_WIDTH } from './merkle/tiles.ts';
import { treeRoot, type HashReader } from './merkle/tree.ts';

const blob = z.instanceof(Uint8Array);

/**
 * The Merkle tree over the entries, in SQLite. Full tiles of level 0 and all tiles above lie in `tiles`; the leaves that fill no tile yet
 * are read from the entries. Writes MUST be inside a unit of work.
 */
export class SqliteTree {
  readonly #size: Database.Statement;
  readonly #tile: Database.Statement;
  readonly #leaves: Database.Statement;
  readonly #insert: Database.Statement;
  readonly #extend: Database.Statement;

  constructor(db: Database.Database) {
    this.#size = db.prepare('SELECT MAX(seq) FROM leaves').pluck();
    this.#tile = db.prepare('SELECT hashes FROM tiles WHERE level = ? AND idx = ?').pluck();
    this.#leaves = db.prepare('SELECT leaf_hash FROM leaves WHERE seq > ? AND seq <= ? ORDER BY seq').pluck();
    this.#insert = db.prepare('INSERT INTO tiles (level, idx, hashes) VALUES (?, ?, ?)');
    this.#extend = db.prepare('UPDATE tiles SET hashes = CAST(hashes || ? AS BLOB) WHERE level = ? AND idx = ?');
  }

  /** How many entries there are. */
  get size(): number {
    return Number(this.#size.get() ?? 0);
  }

  /** Hashes of complete subtrees; throws for one that the tree does not have. */
  readonly read: HashReader = tileReader((level, index) => this.tile(level, index));

  root(size: number): Hash {
    return treeRoot(size, this.read);
  }

  /** The bytes of a tile, as wide as the tree is there. */
  tile(level: number, index: number): Uint8Array {
    const sealed = blob.optional().parse(this.#tile.get(level, index));
    if (sealed !== undefined) return sealed;
    return level > 0 ? new Uint8Array() : this.#openTile(index);
  }

  /** Called after the entry `seq` was inserted: seals the tile that it fills. */
  grow(seq: number): void {
    if (seq % TILE_WIDTH !== 0) return;
    let tile = this.#openTile(seq / TILE_WIDTH - 1);
    if (tile.length !== TILE_WIDTH * HASH_BYTES) throw new Error(`the ledger lacks some of the ${TILE_WIDTH} entries up to ${seq}`);
    this.#insert.run(0, seq / TILE_WIDTH - 1, tile);
    for (let level = 1, count = seq / TILE_WIDTH; ; level += 1, count /= TILE_WIDTH) {
      const index = Math.ceil(count / TILE_WIDTH) - 1;
      const hash = tileRoot(tile);
      if (count % TILE_WIDTH === 1) this.#insert.run(level, index, hash);
      else this.#extend.run(hash, level, index);
      if (count % TILE_WIDTH !== 0) return;
      tile = this.tile(level, index);
    }
  }

  #openTile(index: number): Uint8Array {
    return Buffer.concat(z.array(blob).parse(this.#leaves.all(index * TILE_WIDTH, (index + 1) * TILE_WIDTH)));
  }
}
