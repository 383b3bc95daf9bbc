import type Database from 'better-sqlite3';
import { z } from 'zod';
import { err, ok, type Result } from '../base/result.ts';
import type { Hash } from './merkle/hash.ts';
import { tilePath, tilesOf, TILE_WIDTH } from './merkle/tiles.ts';
import { proveConsistency, proveInclusion } from './merkle/tree.ts';
import { parseCheckpoint, type Checkpoint } from './note/checkpoint.ts';
import { formatProof } from './note/proof.ts';
import { parseNote, parseVerifierKey, type NoteVerifier } from './note/signedNote.ts';
import { SqliteTree } from './sqliteTree.ts';

export interface SignedCheckpoint extends Checkpoint {
  readonly note: string;
}

/** What the ledger has to show to others. Reads only; the errors are sentences. */
export class LedgerReader {
  readonly #db: Database.Database;
  readonly #tree: SqliteTree;

  constructor(db: Database.Database) {
    this.#db = db;
    this.#tree = new SqliteTree(db);
  }

  /** Every key the ledger says it has had, the newest last. */
  keys(): readonly NoteVerifier[] {
    const rows = z.array(z.string()).parse(this.#db.prepare('SELECT vkey FROM ledger_keys ORDER BY rowid').pluck().all());
    return rows.flatMap((vkey) => {
      const key = parseVerifierKey(vkey);
      return key.ok ? [key.value] : [];
    });
  }

  /** The newest, or the smallest one that covers an entry. */
  checkpoint(covering = 0): Result<SignedCheckpoint, string> {
    const order = covering > 0 ? 'WHERE size >= ? ORDER BY size LIMIT 1' : 'WHERE size >= ? ORDER BY size DESC LIMIT 1';
    const note = z
      .string()
      .optional()
      .parse(this.#db.prepare(`SELECT note FROM checkpoints ${order}`).pluck().get(covering));
    if (note === undefined)
      return err(
        covering > 0
          ? `no checkpoint covers entry ${covering} yet; one is signed within a second of it`
          : 'the ledger has no checkpoint yet',
      );
    const parsed = parseNote(note);
    const checkpoint = parsed.ok ? parseCheckpoint(parsed.value.text) : parsed;
    if (!checkpoint.ok) return err(`the newest checkpoint cannot be read (${checkpoint.error.message}); run \`gonogo ledger verify\``);
    return ok({ ...checkpoint.value, note });
  }

  /** A C2SP tlog-proof for an entry. */
  proveEntry(seq: number): Result<string, string> {
    const checkpoint = this.checkpoint(Math.max(seq, 1));
    if (seq < 1 || seq > this.#tree.size) return err(`there is no entry ${seq}; the ledger has ${this.#tree.size}`);
    if (!checkpoint.ok) return checkpoint;
    const { size, note } = checkpoint.value;
    return ok(formatProof({ index: seq - 1, hashes: proveInclusion(seq - 1, size, this.#tree.read), checkpoint: note }));
  }

  /** The proof that the ledger of `to` entries begins with that of `from`. */
  proveGrowth(from: number, to: number): Result<readonly Hash[], string> {
    const { size } = this.#tree;
    if (from < 1 || from > to || to > size) return err(`choose sizes with 1 ≤ from ≤ to ≤ ${size}`);
    return ok(proveConsistency(from, to, this.#tree.read));
  }

  /** The log as C2SP tlog-tiles lays it out, up to its newest checkpoint: path and content of every file. */
  *layout({ size, note }: SignedCheckpoint): Generator<readonly [path: string, content: Uint8Array]> {
    yield ['checkpoint', Buffer.from(note)];
    for (const { level, index, width } of tilesOf(size)) {
      yield [tilePath(level, index, width), this.#tree.tile(level, index).subarray(0, width * 32)];
      if (level === 0) yield [tilePath('entries', index, width), this.#bundle(index, width)];
    }
  }

  /** Entries, each behind its length in 16 bits. */
  #bundle(index: number, width: number): Uint8Array {
    const first = index * TILE_WIDTH;
    const rows = this.#db
      .prepare('SELECT envelope FROM leaves WHERE seq > ? AND seq <= ? ORDER BY seq')
      .pluck()
      .all(first, first + width);
    return Buffer.concat(
      z
        .array(z.string())
        .parse(rows)
        .flatMap((envelope) => {
          const entry = Buffer.from(envelope);
          const length = Buffer.alloc(2);
          length.writeUInt16BE(entry.length);
          return [length, entry];
        }),
    );
  }
}
