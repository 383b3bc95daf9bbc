import type Database from 'better-sqlite3';
import { canonicalJson, type Json } from '../base/canonicalJson.ts';
import type { Clock } from '../base/clock.ts';
import type { EntryId, IdSource } from '../base/ids.ts';
import type { Ledger, LedgerDraft, LedgerEntry, LedgerQuery } from '../contracts/ledger.ts';
import type { Redactor } from '../contracts/secrets.ts';
import type { Store } from '../store/store.ts';
import { takeEarlierEntries, type EarlierEntry } from './earlierEntries.ts';
import { entryFromRow } from './entryRow.ts';
import { envelopeLimits, fitText, formatEnvelope, type Envelope } from './envelope.ts';
import { leafHashOfText } from './merkle/hash.ts';
import { payloadSha256, Salts } from './payload.ts';
import { SqliteTree } from './sqliteTree.ts';

/** Text beyond this is cut, and so is what all texts of one payload have beyond the second: the digest in the decision still names all of it. */
const MAX_TEXT = 12_000;
const MAX_PAYLOAD = 48_000;

/** What every entry of a process has in common. */
export interface LedgerOrigin {
  /** The local person every entry of this process is booked under. */
  readonly userId: string;
  readonly userAgent: string;
  readonly policyVersion: () => string;
}

export interface LedgerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly redactor: Redactor;
  readonly origin: LedgerOrigin;
}

export class SqliteLedger implements Ledger {
  readonly #options: LedgerOptions;
  readonly #tree: SqliteTree;
  readonly #insert: Database.Statement;
  readonly #salts = new Salts();

  constructor(options: LedgerOptions) {
    this.#options = options;
    const { db } = options.store;
    this.#tree = new SqliteTree(db);
    this.#insert = db.prepare('INSERT INTO leaves (seq, envelope, leaf_hash, payload, salt) VALUES (?, ?, unhex(?), ?, ?)');
    db.transaction(() => takeEarlierEntries(db, ({ envelope, payload }) => void this.#keep(envelope, payload))).immediate();
  }

  append(draft: LedgerDraft): LedgerEntry {
    const { store, clock, ids, redactor, origin } = this.#options;
    store.unitOfWork.assertInside();
    const { payload, ...rest } = draft;
    const who = { id: ids.next<EntryId>(), timestamp: clock.now(), userId: origin.userId };
    return this.#keep({ ...rest, ...who }, redactedJson(payload, redactor));
  }

  query(query: LedgerQuery): readonly LedgerEntry[] {
    const limit = Math.min(Math.max(Math.trunc(query.limit), 1), 1_000);
    const wanted: [string, unknown][] = [
      ['workspace_id = ?', query.workspaceId],
      ['mission_id = ?', query.missionId],
      ['result = ?', query.result],
      ['seq < ?', query.beforeSeq],
    ];
    const given = wanted.filter(([, value]) => value !== undefined);
    const where = given.length > 0 ? `WHERE ${given.map(([sql]) => sql).join(' AND ')}` : '';
    const rows = this.#options.store.db
      .prepare(`SELECT seq, envelope, payload FROM entries ${where} ORDER BY seq DESC LIMIT ?`)
      .all(...given.map(([, value]) => value), limit);
    return rows.map(entryFromRow);
  }

  /** Appends a leaf with its payload. Texts are redacted and cut here, so that whatever comes in fits. */
  #keep(entry: EarlierEntry['envelope'], payload: Json): LedgerEntry {
    const { redactor, origin } = this.#options;
    const limits = envelopeLimits;
    const text = (value: string, bytes: number): string => fitText(redactor.redact(value.toWellFormed()), bytes);
    const json = canonicalJson(payload);
    const salt = this.#salts.next();
    const envelope: Envelope = {
      ...entry,
      seq: this.#tree.size + 1,
      userAgent: origin.userAgent,
      ipAddress: 'local',
      policyVersion: origin.policyVersion(),
      principal: { kind: entry.principal.kind, id: text(entry.principal.id, limits.principal) },
      action: text(entry.action, limits.action),
      resource: text(entry.resource, limits.resource),
      payloadSha256: payloadSha256(salt, json),
      ...(entry.reason === undefined ? {} : { reason: text(entry.reason, limits.reason) }),
    };
    const leaf = formatEnvelope(envelope);
    this.#insert.run(envelope.seq, leaf, leafHashOfText(leaf), json, salt);
    this.#tree.grow(envelope.seq);
    return { ...envelope, payload };
  }
}

/** Redacts every string and key, and cuts what is long, so that what is stored stays JSON. */
function redactedJson(value: Json, redactor: Redactor): Json {
  let left = MAX_PAYLOAD;
  const shorten = (text: string): string => {
    const shown = clip(redactor.redact(text.toWellFormed()), Math.min(MAX_TEXT, left));
    left = Math.max(0, left - shown.length);
    return shown;
  };
  const walk = (each: Json): Json => {
    if (typeof each === 'string') return shorten(each);
    if (typeof each !== 'object' || each === null) return each;
    if (Array.isArray(each)) return each.map(walk);
    return Object.fromEntries(
      Object.entries(each).map(([key, member]) => [clip(redactor.redact(key.toWellFormed()), MAX_TEXT), walk(member)]),
    );
  };
  return walk(value);
}

function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit).toWellFormed()} … (${text.length - limit} more characters)`;
}
