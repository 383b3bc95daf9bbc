import type Database from 'better-sqlite3';
import { z } from 'zod';
import { canonicalJson, type Json } from '../base/canonicalJson.ts';
import type { Clock } from '../base/clock.ts';
import type { EntryId, IdSource } from '../base/ids.ts';
import type { Ledger, LedgerDraft, LedgerEntry, LedgerQuery } from '../contracts/ledger.ts';
import type { Redactor } from '../contracts/secrets.ts';
import type { Store } from '../store/store.ts';
import { entryFromRow, rowSchema } from './entryRow.ts';

/** Text beyond this is cut, and so is what all texts of one payload have beyond the second: the digest in the decision still names all of it. */
const MAX_TEXT = 12_000;
const MAX_PAYLOAD = 48_000;

const lastSeqRow = z.object({ seq: z.number() });

export interface LedgerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly redactor: Redactor;
  /** The local person every entry of this process is booked under. */
  readonly userId: string;
}

export class SqliteLedger implements Ledger {
  readonly #options: LedgerOptions;
  readonly #insert: Database.Statement;
  readonly #lastSeq: Database.Statement;

  constructor(options: LedgerOptions) {
    this.#options = options;
    const { db } = options.store;
    this.#lastSeq = db.prepare('SELECT COALESCE(MAX(seq), 0) AS seq FROM entries');
    this.#insert = db.prepare(
      `INSERT INTO entries (seq, id, timestamp, user_id, workspace_id, tenant_id, mission_id, principal, surface, action, phase, domain,
         resource, payload, result, reason, cost, correlation_id, rests_on)
       VALUES (@seq, @id, @timestamp, @user_id, @workspace_id, @tenant_id, @mission_id, @principal, @surface, @action, @phase, @domain,
         @resource, @payload, @result, @reason, @cost, @correlation_id, @rests_on)`,
    );
  }

  append(draft: LedgerDraft): LedgerEntry {
    const { store, clock, ids, redactor, userId } = this.#options;
    store.unitOfWork.assertInside();
    const { seq } = lastSeqRow.parse(this.#lastSeq.get());
    const text = (value: string): string => clip(redactor.redact(value.toWellFormed()), MAX_TEXT);
    const row = {
      seq: seq + 1,
      id: ids.next<EntryId>(),
      timestamp: clock.now(),
      user_id: userId,
      workspace_id: draft.workspaceId,
      tenant_id: draft.tenantId,
      mission_id: draft.missionId ?? null,
      principal: canonicalJson({ kind: draft.principal.kind, id: text(draft.principal.id) }),
      surface: draft.surface,
      action: text(draft.action),
      phase: draft.phase,
      domain: draft.domain,
      resource: text(draft.resource),
      payload: canonicalJson(redactedJson(draft.payload, redactor)),
      result: draft.result,
      reason: draft.reason === undefined ? null : text(draft.reason),
      cost: draft.cost,
      correlation_id: draft.correlationId,
      rests_on: draft.restsOn ?? null,
    };
    this.#insert.run(row);
    return entryFromRow(row);
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
      .prepare(`SELECT * FROM entries ${where} ORDER BY seq DESC LIMIT ?`)
      .all(...given.map(([, value]) => value), limit);
    return z.array(rowSchema).parse(rows).map(entryFromRow);
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
