import type { Json } from '../base/canonicalJson.ts';
import type { Millis } from '../base/clock.ts';
import type { CorrelationId, EntryId, MissionId } from '../base/ids.ts';
import type { MicroUsd } from '../base/money.ts';
import type { Domain, Principal, Surface } from './action.ts';

export type LedgerResult = 'success' | 'failure' | 'blocked';

export interface LedgerEntry {
  readonly id: EntryId;
  /** 1, 2, 3 … without gaps. */
  readonly seq: number;
  readonly timestamp: Millis;
  readonly userId: string;
  readonly workspaceId: string;
  readonly tenantId: string;
  readonly missionId?: MissionId;
  readonly principal: Principal;
  readonly surface: Surface;
  /** `file.write`, `mission.queued`, `approval.decided` … */
  readonly action: string;
  /** What the entry records of it: the decision, then its effect. Events have neither. */
  readonly phase: 'decision' | 'effect' | 'event';
  readonly domain: Domain;
  readonly resource: string;
  /** Arguments with secrets redacted; `undefined` once it was pruned. */
  readonly payload: Json | undefined;
  /** SHA-256 of a salt of the entry's own and the payload: what the entry keeps of a payload that is pruned. */
  readonly payloadSha256: string;
  readonly result: LedgerResult;
  readonly reason?: string;
  readonly cost: MicroUsd;
  readonly correlationId: CorrelationId;
  /** The decision, approval request or grant this rests on. */
  readonly restsOn?: string;
  /** Which rules were in force. */
  readonly policyVersion: string;
  /** Where the request came from; `local` when it never left this machine. */
  readonly ipAddress: string;
  /** The program the request came through: `gonogo/0.1.0 (Visual Studio Code 1.139.1)`. */
  readonly userAgent: string;
}

/** What a room says of an entry; the ledger adds the rest. */
export type LedgerDraft = Omit<
  LedgerEntry,
  'id' | 'seq' | 'timestamp' | 'userId' | 'payload' | 'payloadSha256' | 'policyVersion' | 'ipAddress' | 'userAgent'
> & { readonly payload: Json };

export interface LedgerQuery {
  readonly workspaceId?: string;
  readonly missionId?: MissionId;
  readonly result?: LedgerResult;
  /** Entries with a smaller `seq`, newest first. */
  readonly beforeSeq?: number;
  /** 1–1000. */
  readonly limit: number;
}

/** Append-only. Nothing here changes or removes an entry. */
export interface Ledger {
  /**
   * Appends within the unit of work that is running: the entry becomes durable with it or not at all.
   * MUST be called inside `UnitOfWork.run`. Redacts before it stores.
   */
  append(draft: LedgerDraft): LedgerEntry;
  /** Newest first. */
  query(query: LedgerQuery): readonly LedgerEntry[];
}
