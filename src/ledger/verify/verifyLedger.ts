import type Database from 'better-sqlite3';
import { z } from 'zod';
import { leafHashOfText, HASH_BYTES, sameHash } from '../merkle/hash.ts';
import { Frontier } from '../merkle/frontier.ts';
import { TILE_WIDTH } from '../merkle/tiles.ts';
import { openCheckpoint } from '../note/checkpoint.ts';
import { parseVerifierKey, type NoteVerifier } from '../note/signedNote.ts';
import { payloadSha256 } from '../payload.ts';
import { KEY_ACTION, keyPayload, PRUNED_ACTION, prunedPayload } from '../ownEntries.ts';
import { damage, explainOddRows, type OddRow } from './oddRows.ts';
import { MAX_DAMAGES, type Damage, type OutsideCheckpoint, type VerifyReport } from './report.ts';

export interface VerifyOptions {
  readonly outside: readonly OutsideCheckpoint[];
  /** Keys known from elsewhere; those that the ledger itself names come on top. */
  readonly trusted: readonly NoteVerifier[];
  readonly onProgress?: (done: number, of: number) => void;
  readonly signal: AbortSignal;
}

const PAGE = 1_024;
/** Beyond this, what happened to single rows is not looked into any more. */
const MAX_ODD = 10_000;

interface Row {
  readonly seq: number;
  readonly envelope: string;
  readonly leaf_hash: Uint8Array;
  readonly payload: string | null;
  readonly salt: string | null;
}

/** By hand, because it is asked a million times. */
function isRow(found: unknown): found is Row {
  if (typeof found !== 'object' || found === null) return false;
  const { seq, envelope, leaf_hash, payload, salt } = found as Partial<Record<keyof Row, unknown>>;
  const isText = (value: unknown): boolean => value === null || typeof value === 'string';
  return (
    typeof seq === 'number' && seq > 0 && typeof envelope === 'string' && leaf_hash instanceof Uint8Array && isText(payload) && isText(salt)
  );
}

/** One look at the whole file, on a connection of its own: nothing that is written meanwhile is seen. */
export async function verifyLedger(db: Database.Database, options: VerifyOptions): Promise<VerifyReport> {
  db.exec('BEGIN');
  try {
    return await new Verification(db, options).run();
  } finally {
    db.exec('ROLLBACK');
  }
}

interface KnownCheckpoint {
  readonly size: number;
  readonly note: string;
  /** Where it is kept, when not in the file. */
  readonly place?: string;
  readonly sameFolder?: boolean;
}

class Verification {
  readonly #db: Database.Database;
  readonly #options: VerifyOptions;
  readonly #tile: Database.Statement;
  /** Hash over each full tile, by the number of leaves below it. */
  readonly #tileRoots = new Map<number, Uint8Array[]>();
  readonly #frontier = new Frontier((width, hash) => {
    if (Number.isInteger(Math.log2(width) / Math.log2(TILE_WIDTH))) this.#tileRootsOf(width).push(hash);
  });
  readonly #odd: OddRow[] = [];
  readonly #damages: Damage[] = [];
  /** Announced in the ledger, with the entry that does. */
  readonly #keys: { readonly verifier: NoteVerifier; readonly from: number }[] = [];
  readonly #lawful: (readonly [number, number])[] = [];
  readonly #gone: number[] = [];
  /** Root at the sizes that checkpoints are for. */
  readonly #roots = new Map<number, Uint8Array>();
  /** From here on the leaves themselves are in doubt, and with them every root: no full tile vouches for them. */
  #blurredFrom: number | undefined;
  #more = 0;
  #next = 1;
  /** The tile looked at last, and its hashes in hexadecimal when it is a full one. */
  #tileIndex = -1;
  #tileHex: string | undefined;

  constructor(db: Database.Database, options: VerifyOptions) {
    this.#db = db;
    this.#options = options;
    this.#tile = db.prepare('SELECT hashes FROM tiles WHERE level = ? AND idx = ?').pluck();
  }

  async run(): Promise<VerifyReport> {
    const { outside, signal, onProgress } = this.#options;
    const checkpoints = this.#checkpoints();
    const wanted = new Set([...checkpoints.map(({ size }) => size), ...outside.map(({ note }) => sizeOf(note) ?? -1)]);
    const total = Number(this.#db.prepare('SELECT MAX(seq) FROM leaves').pluck().get() ?? 0);
    const page = this.#db.prepare('SELECT seq, envelope, leaf_hash, payload, salt FROM leaves WHERE seq >= ? ORDER BY seq LIMIT ?');
    for (let from = Number.MIN_SAFE_INTEGER; ;) {
      signal.throwIfAborted();
      const rows = page.all(from, PAGE);
      for (const found of rows) this.#look(found, wanted);
      const last = z.object({ seq: z.number() }).safeParse(rows.at(-1));
      if (!last.success || rows.length < PAGE) break;
      from = last.data.seq + 1;
      onProgress?.(Math.min(this.#next - 1, total), total);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const entries = this.#next - 1;
    if (this.#odd.length > 0) explainOddRows(this.#odd, (seq) => this.#sealedLeaf(seq)).forEach((each) => this.#report(each));
    this.#checkPayloads();
    this.#checkTail(entries, checkpoints);
    this.#checkTiles(entries);
    const signedUpTo = this.#checkCheckpoints(checkpoints, entries);
    const outsiders = this.#outsideCheckpoints();
    this.#checkCheckpoints(
      outsiders.filter((each) => each.sameFolder),
      entries,
      signedUpTo,
    );
    const witnessedUpTo = this.#checkCheckpoints(
      outsiders.filter((each) => !each.sameFolder),
      entries,
      signedUpTo,
    );
    return {
      intact: this.#damages.length === 0,
      entries,
      root: Buffer.from(this.#frontier.root()).toString('base64'),
      signedUpTo,
      witnessedUpTo,
      pruned: this.#gone.length,
      damages: this.#damages,
      more: this.#more,
      limits: limitsOf(entries, signedUpTo, witnessedUpTo),
    };
  }

  #look(found: unknown, wanted: ReadonlySet<number>): void {
    if (!isRow(found)) {
      this.#report(damage('malformed', this.#next, this.#next, `A row beside entry ${this.#next} is no entry of a ledger.`));
      return;
    }
    const { seq, envelope, leaf_hash, payload, salt } = found;
    if (seq > this.#next) this.#skip(seq);
    const stored = Buffer.from(leaf_hash.buffer, leaf_hash.byteOffset, leaf_hash.length).toString('hex');
    const hash = leafHashOfText(envelope);
    const sealed = this.#sealedLeaf(seq);
    const expected = sealed ?? stored;
    if (hash !== expected || !envelope.includes(`"seq":${seq},`)) {
      if (sealed === undefined) this.#blurredFrom ??= seq;
      if (this.#odd.length < MAX_ODD) this.#odd.push({ seq, envelope });
      else this.#more += 1;
    } else {
      if (stored !== hash) this.#report(damage('tree-damaged', seq, seq, `The hash beside entry ${seq} is not its own.`));
      this.#checkPayload(seq, envelope, payload, salt);
      this.#readOwn(seq, envelope, payload);
    }
    this.#frontier.add(Buffer.from(expected, 'hex'));
    this.#next = seq + 1;
    if (wanted.has(seq)) this.#roots.set(seq, this.#frontier.root());
  }

  /** Rows that are not there at all. Their leaves are taken from the tiles, so that what follows can still be checked. */
  #skip(to: number): void {
    const from = this.#next;
    const gone = to - from;
    this.#report(
      damage('missing', from, to - 1, gone === 1 ? `Entry ${from} is missing.` : `The entries ${from} to ${to - 1} are missing.`),
    );
    for (; this.#next < to; this.#next += 1) {
      const sealed = this.#sealedLeaf(this.#next);
      if (sealed === undefined) this.#blurredFrom ??= this.#next;
      this.#frontier.add(sealed === undefined ? Buffer.alloc(HASH_BYTES) : Buffer.from(sealed, 'hex'));
    }
  }

  /** The leaf that a full tile has for an entry. */
  #sealedLeaf(seq: number): string | undefined {
    const index = Math.floor((seq - 1) / TILE_WIDTH);
    if (index !== this.#tileIndex) {
      this.#tileIndex = index;
      const tile = this.#tileBytes(0, index);
      this.#tileHex = tile?.length === TILE_WIDTH * HASH_BYTES ? Buffer.from(tile).toString('hex') : undefined;
    }
    const at = ((seq - 1) % TILE_WIDTH) * 2 * HASH_BYTES;
    return this.#tileHex?.slice(at, at + 2 * HASH_BYTES);
  }

  #tileBytes(level: number, index: number): Uint8Array | undefined {
    return z.instanceof(Uint8Array).optional().catch(undefined).parse(this.#tile.get(level, index));
  }

  #checkPayload(seq: number, envelope: string, payload: string | null, salt: string | null): void {
    if (payload === null && salt === null) {
      this.#gone.push(seq);
      return;
    }
    if (payload !== null && salt !== null && envelope.includes(`"payloadSha256":"${payloadSha256(salt, payload)}"`)) return;
    this.#report(damage('payload-edited', seq, seq, `The payload of entry ${seq} is not the one that was recorded.`));
  }

  /** Entries that the ledger makes about itself. */
  #readOwn(seq: number, envelope: string, payload: string | null): void {
    if (payload === null || !envelope.startsWith('{"action":"ledger.')) return;
    if (envelope.startsWith(`{"action":"${KEY_ACTION}"`)) {
      const key = keyPayload.safeParse(JSON.parse(payload));
      const verifier = key.success ? parseVerifierKey(key.data.vkey) : undefined;
      if (verifier?.ok) this.#keys.push({ verifier: verifier.value, from: seq });
    } else if (envelope.startsWith(`{"action":"${PRUNED_ACTION}"`)) {
      const pruned = prunedPayload.safeParse(JSON.parse(payload));
      if (pruned.success) this.#lawful.push(...pruned.data.ranges);
    }
  }

  #checkPayloads(): void {
    const lawful = [...this.#lawful].sort((a, b) => a[0] - b[0]);
    let at = 0;
    let reach = 0;
    const unlawful: number[] = [];
    for (const seq of this.#gone) {
      for (let range = lawful[at]; range !== undefined && range[0] <= seq; range = lawful[++at]) reach = Math.max(reach, range[1]);
      if (seq > reach) unlawful.push(seq);
    }
    for (const [from, to] of rangesOf(unlawful)) {
      const what = from === to ? `The payload of entry ${from} is` : `The payloads of the entries ${from} to ${to} are`;
      this.#report(damage('payload-missing', from, to, `${what} gone, and no entry says that they were pruned.`));
    }
  }

  #tileRootsOf(width: number): Uint8Array[] {
    const found = this.#tileRoots.get(width) ?? [];
    this.#tileRoots.set(width, found);
    return found;
  }

  /** What was there once, by the tiles and checkpoints in the same file. */
  #checkTail(entries: number, checkpoints: readonly KnownCheckpoint[]): void {
    const tiles = Number(this.#db.prepare('SELECT COALESCE(MAX(idx) + 1, 0) FROM tiles WHERE level = 0').pluck().get()) * TILE_WIDTH;
    const once = Math.max(tiles, ...checkpoints.map(({ size }) => size));
    if (once > entries)
      this.#report(damage('cut-tail', entries + 1, once, `The newest entries are gone: there were ${once}, and ${entries} are left.`));
  }

  /** The tiles above the leaves, each against those below it. */
  #checkTiles(entries: number): void {
    for (let level = 0, count = Math.floor(entries / TILE_WIDTH); count > 0; level += 1, count = Math.floor(count / TILE_WIDTH)) {
      for (let index = 0; index < count; index += 1) {
        const width = TILE_WIDTH ** (level + 1);
        const isThere = level > 0 || this.#tileBytes(0, index)?.length === TILE_WIDTH * HASH_BYTES;
        const above = this.#tileBytes(level + 1, Math.floor(index / TILE_WIDTH));
        const at = (index % TILE_WIDTH) * HASH_BYTES;
        const root = this.#tileRootsOf(width)[index];
        if (isThere && root && above && sameHash(root, above.subarray(at, at + HASH_BYTES))) continue;
        const [from, to] = [index * width + 1, (index + 1) * width];
        this.#report(damage('tree-damaged', from, to, `The stored tree over the entries ${from} to ${to} is damaged.`));
      }
    }
  }

  #checkpoints(): readonly KnownCheckpoint[] {
    const rows = this.#db.prepare('SELECT size, note FROM checkpoints ORDER BY size').all();
    return z.array(z.object({ size: z.number(), note: z.string() })).parse(rows);
  }

  #outsideCheckpoints(): readonly KnownCheckpoint[] {
    return this.#options.outside.map((each) => ({ ...each, size: sizeOf(each.note) ?? 0 })).sort((a, b) => a.size - b.size);
  }

  /** @returns the size of the largest that holds */
  #checkCheckpoints(checkpoints: readonly KnownCheckpoint[], entries: number, signedUpTo?: number): number {
    const verifiers = [...this.#options.trusted, ...this.#keys.map(({ verifier }) => verifier)];
    let good = 0;
    let forked = false;
    for (const { size, note, place } of checkpoints) {
      const opened = openCheckpoint(note, verifiers);
      const which = place === undefined ? `The checkpoint over ${size} entries` : `The checkpoint in ${place}`;
      if (!opened.ok) {
        const kind = opened.error.code === 'unknown-key' ? 'unknown-key' : 'bad-signature';
        this.#report(damage(kind, good + 1, size, `${which} cannot be believed: ${opened.error.message}.`));
        continue;
      }
      const announced = opened.value.by.some((verifier) => this.#mayHaveSigned(verifier, size));
      if (!announced) {
        this.#report(damage('unknown-key', good + 1, size, `${which} is signed by a key that the ledger names only later.`));
        continue;
      }
      if (opened.value.size !== size) {
        this.#report(damage('bad-signature', good + 1, size, `${which} is filed under a size that is not its own.`));
        continue;
      }
      if (size > entries) {
        // What is gone from the file itself was reported with its tail.
        if (place === undefined) continue;
        const older = (signedUpTo ?? 0) < size;
        const message = older
          ? `The file is an older state of this ledger: it has ${entries} entries, and ${place} vouches for ${size}.`
          : `The newest entries are gone: ${place} vouches for ${size}, and ${entries} are left.`;
        if (!this.#damages.some(({ kind }) => kind === 'cut-tail')) this.#report(damage('rolled-back', entries + 1, size, message));
        continue;
      }
      const root = size === 0 ? new Frontier().root() : this.#roots.get(size);
      if (root && sameHash(root, opened.value.root)) good = Math.max(good, size);
      else if (!forked && (this.#blurredFrom ?? Infinity) > size) {
        forked = true;
        const message = `${which} is for another history: the entries ${good + 1} to ${size} were written anew after they were signed.`;
        this.#report(damage('forked', good + 1, size, message));
      }
    }
    return good;
  }

  #mayHaveSigned(verifier: NoteVerifier, size: number): boolean {
    const { trusted } = this.#options;
    return (
      trusted.some(({ vkey }) => vkey === verifier.vkey) ||
      this.#keys.some((key) => key.verifier.vkey === verifier.vkey && key.from <= size)
    );
  }

  #report(found: Damage): void {
    if (this.#damages.length < MAX_DAMAGES) this.#damages.push(found);
    else this.#more += 1;
  }
}

function sizeOf(note: string): number | undefined {
  const size = Number(note.split('\n')[1]);
  return Number.isSafeInteger(size) && size >= 0 ? size : undefined;
}

function* rangesOf(seqs: readonly number[]): Generator<readonly [number, number]> {
  let from = seqs[0];
  let to = from;
  for (const seq of seqs.slice(1)) {
    if (to !== undefined && seq === to + 1) to = seq;
    else {
      if (from !== undefined && to !== undefined) yield [from, to];
      from = to = seq;
    }
  }
  if (from !== undefined && to !== undefined) yield [from, to];
}

function limitsOf(entries: number, signedUpTo: number, witnessedUpTo: number): readonly string[] {
  const limits: string[] = [];
  if (signedUpTo < entries) limits.push(`No checkpoint covers the entries ${signedUpTo + 1} to ${entries} yet.`);
  if (witnessedUpTo === 0)
    limits.push(
      'No checkpoint from outside this folder was given: whoever holds the key and the file could have written all of it anew. Keep checkpoints elsewhere, and give one to verify.',
    );
  else if (witnessedUpTo < entries)
    limits.push(`Outside checkpoints vouch for the entries up to ${witnessedUpTo}; those after it rest on the key in this folder.`);
  return limits;
}
