import { z } from 'zod';
import { abortReason } from '../base/abort.ts';
import type { Millis } from '../base/clock.ts';
import type { Sha256 } from '../base/digest.ts';
import type { EntryId, GrantId, IdSource, MissionId, RequestId } from '../base/ids.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { ApprovalDecision, ApprovalRequest, ApprovalState } from '../contracts/approval.ts';
import type { Approvals, DecisionError, NewApproval } from '../contracts/approvals.ts';
import type { Store } from '../store/store.ts';
import { hasLapsed } from './hasLapsed.ts';
import { grantMac, grantMacValid } from './grantMac.ts';
import { parseRequest } from './requestRow.ts';

type Settled = Exclude<ApprovalState, { status: 'pending' }>;

export interface ApprovalsOptions {
  readonly store: Store;
  readonly ids: IdSource;
  /** HMAC key for grants. */
  readonly key: Uint8Array;
  /** How long a grant lives: it is used right after the click. */
  readonly grantTtl: Millis;
}

const requestRow = z.object({ request: z.string() });
const grantRow = z.object({
  id: z.string(),
  request_id: z.string(),
  digest: z.string(),
  expires_at: z.number(),
  used_by: z.string().nullable(),
  mac: z.string(),
});

export class SqliteApprovals implements Approvals {
  readonly #options: ApprovalsOptions;
  readonly #waiting = new Map<RequestId, Set<(state: Settled) => void>>();

  constructor(options: ApprovalsOptions) {
    this.#options = options;
  }

  request(request: NewApproval, content: string): ApprovalRequest {
    const { store, ids } = this.#options;
    store.unitOfWork.assertInside();
    const id = ids.next<RequestId>();
    if (request.missionId !== undefined) {
      for (const older of this.#pendingOf(request.missionId)) {
        if (older.kind === request.kind && older.resource === request.resource)
          this.#settle(older, { status: 'superseded', at: request.askedAt, by: id });
      }
    }
    const created: ApprovalRequest = { ...request, id, state: { status: 'pending' } };
    store.db
      .prepare(
        `INSERT INTO approvals (id, mission_id, kind, workspace_id, asked_at, expires_at, status, request, content) VALUES (?, ?, ?, ?, ?, ?, 'pending', ?, ?)`,
      )
      .run(
        id,
        request.missionId ?? null,
        request.kind,
        request.workspaceId,
        request.askedAt,
        request.expiresAt,
        JSON.stringify(created),
        content,
      );
    return created;
  }

  decide(decision: ApprovalDecision, at: Millis): Result<ApprovalRequest, DecisionError> {
    const { store, ids, key, grantTtl } = this.#options;
    store.unitOfWork.assertInside();
    const refusal = this.refusal(decision.requestId, decision.digest, at);
    if (refusal) return err(refusal);
    const request = this.get(decision.requestId);
    if (!request) return err(unknownRequest);
    if (decision.decision.kind === 'reject') {
      const { reason, comments } = decision.decision;
      return ok(this.#settle(request, { status: 'rejected', by: decision.by, at, reason, ...(comments?.length ? { comments } : {}) }));
    }
    const grant = { id: ids.next<GrantId>(), requestId: request.id, digest: request.digest, expiresAt: at + grantTtl };
    store.db
      .prepare('INSERT INTO grants (id, request_id, digest, expires_at, used_by, mac) VALUES (?, ?, ?, ?, NULL, ?)')
      .run(grant.id, grant.requestId, grant.digest, grant.expiresAt, grantMac(key, grant));
    return ok(this.#settle(request, { status: 'approved', by: decision.by, at, grantId: grant.id }));
  }

  refusal(id: RequestId, digest: string, at: Millis): DecisionError | undefined {
    const request = this.get(id);
    if (!request) return unknownRequest;
    if (request.digest !== digest)
      return { code: 'stale-digest', message: 'What was shown is not what is asked now. Read the review again and decide.' };
    const { status } = request.state;
    if (status === 'expired' || (status === 'pending' && isOver(request, at)))
      return { code: 'expired', message: 'This request has expired. Open the mission again to have it checked and asked once more.' };
    return status === 'pending' ? undefined : { code: 'already-decided', message: `This request is already ${status}.` };
  }

  withdraw(missionId: MissionId, reason: string, at: Millis): void {
    this.#options.store.unitOfWork.assertInside();
    for (const request of this.#pendingOf(missionId)) this.#settle(request, { status: 'withdrawn', at, reason });
  }

  expire(at: Millis): readonly ApprovalRequest[] {
    this.#options.store.unitOfWork.assertInside();
    return this.pending()
      .filter((request) => isOver(request, at))
      .map((request) => this.#settle(request, { status: 'expired', at }));
  }

  consume(grantId: GrantId, digest: Sha256, decision: EntryId, at: Millis, takeOver: (decision: string) => boolean): boolean {
    const { store, key, grantTtl } = this.#options;
    store.unitOfWork.assertInside();
    const found = store.db.prepare('SELECT * FROM grants WHERE id = ?').get(grantId);
    if (found === undefined) return false;
    const row = grantRow.parse(found);
    const fields = { id: row.id, requestId: row.request_id, digest: row.digest, expiresAt: row.expires_at };
    if (!grantMacValid(key, fields, row.mac) || row.digest !== digest) return false;
    const fresh = row.used_by === null && !hasLapsed(row.expires_at, grantTtl, at);
    const interrupted = row.used_by !== null && takeOver(row.used_by);
    if (!fresh && !interrupted) return false;
    store.db.prepare('UPDATE grants SET used_by = ? WHERE id = ?').run(decision, grantId);
    return true;
  }

  wasUsed(missionId: MissionId, digest: Sha256): boolean {
    const { store, key } = this.#options;
    const rows = store.db
      .prepare(
        'SELECT grants.* FROM grants JOIN approvals ON approvals.id = grants.request_id WHERE approvals.mission_id = ? AND grants.digest = ? AND used_by IS NOT NULL',
      )
      .all(missionId, digest);
    return z
      .array(grantRow)
      .parse(rows)
      .some((row) => grantMacValid(key, { id: row.id, requestId: row.request_id, digest: row.digest, expiresAt: row.expires_at }, row.mac));
  }

  get(id: RequestId): ApprovalRequest | undefined {
    const found = this.#options.store.prepare('SELECT request FROM approvals WHERE id = ?').get(id);
    return found === undefined ? undefined : parseRequest(requestRow.parse(found).request);
  }

  contentOf(id: RequestId): string | undefined {
    const found = this.#options.store.db.prepare('SELECT content FROM approvals WHERE id = ?').get(id);
    return found === undefined ? undefined : z.object({ content: z.string() }).parse(found).content;
  }

  pending(): readonly ApprovalRequest[] {
    return this.#select(`status = 'pending'`);
  }

  settled(id: RequestId, signal: AbortSignal): Promise<Settled> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const state = this.get(id)?.state;
      if (state === undefined) throw new Error(`the request \`${id}\` is not known`);
      if (state.status !== 'pending') return resolve(state);
      const listeners = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, listeners);
      const done = (): void => {
        listeners.delete(listener);
        if (listeners.size === 0) this.#waiting.delete(id);
        signal.removeEventListener('abort', onAbort);
      };
      const listener = (settled: Settled): void => {
        done();
        resolve(settled);
      };
      const onAbort = (): void => {
        done();
        reject(abortReason(signal));
      };
      listeners.add(listener);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  refresh(): void {
    for (const [id, listeners] of [...this.#waiting]) {
      const state = this.get(id)?.state;
      if (state && state.status !== 'pending') for (const listener of [...listeners]) listener(state);
    }
  }

  #settle(request: ApprovalRequest, state: Settled): ApprovalRequest {
    const settled = { ...request, state };
    this.#options.store.db
      .prepare('UPDATE approvals SET status = ?, request = ? WHERE id = ?')
      .run(state.status, JSON.stringify(settled), request.id);
    return settled;
  }

  #pendingOf(missionId: MissionId): readonly ApprovalRequest[] {
    return this.#select(`status = 'pending' AND mission_id = ?`, missionId);
  }

  #select(where: string, ...values: string[]): readonly ApprovalRequest[] {
    const rows = this.#options.store.db.prepare(`SELECT request FROM approvals WHERE ${where} ORDER BY asked_at, id`).all(...values);
    return z
      .array(requestRow)
      .parse(rows)
      .map((row) => parseRequest(row.request));
  }
}

const unknownRequest: DecisionError = {
  code: 'unknown-request',
  message: 'This request is not known here. Open the list of approvals again.',
};

function isOver({ askedAt, expiresAt }: ApprovalRequest, at: Millis): boolean {
  return hasLapsed(expiresAt, expiresAt - askedAt, at);
}
