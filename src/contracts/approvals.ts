import type { Sha256 } from '../base/digest.ts';
import type { EntryId, GrantId, MissionId, RequestId } from '../base/ids.ts';
import type { Millis } from '../base/clock.ts';
import type { Result } from '../base/result.ts';
import type { ApprovalDecision, ApprovalRequest, ApprovalState, DecisionRefusal } from './approval.ts';

export type NewApproval = Omit<ApprovalRequest, 'id' | 'state'>;

export interface DecisionError {
  readonly code: DecisionRefusal;
  readonly message: string;
}

/** Approval requests and their one-time grants. Calls MUST be inside `UnitOfWork.run` unless they say that they only read. */
export interface Approvals {
  /** A pending request; an older pending one for the same mission, kind and resource is superseded. `content` is the action in full, as text to read. */
  request(request: NewApproval, content: string): ApprovalRequest;
  /**
   * A person's decision. Refused when the request is unknown, the digest is not the one shown, or it was decided or has
   * expired. Approval makes a grant for exactly that digest.
   */
  decide(decision: ApprovalDecision, at: Millis): Result<ApprovalRequest, DecisionError>;
  /** Reads only: why a decision about exactly this would be refused now; `undefined` when it would not. */
  refusal(id: RequestId, digest: string, at: Millis): DecisionError | undefined;
  /** Ends every pending request of a mission. */
  withdraw(missionId: MissionId, reason: string, at: Millis): void;
  /** Ends what nobody answered; returns those requests. */
  expire(at: Millis): readonly ApprovalRequest[];
  /**
   * Uses the grant up for one action. True only for an unused, unexpired grant with this digest and a valid MAC; or for one whose
   * effect a crash interrupted (`takeOver` says so of the decision that used it), so that the effect can be completed.
   */
  consume(grantId: GrantId, digest: Sha256, decision: EntryId, at: Millis, takeOver: (decision: string) => boolean): boolean;
  /** Reads only: whether an approval of exactly this digest was given for the mission and used. Its MAC MUST be valid. */
  wasUsed(missionId: MissionId, digest: Sha256): boolean;
  /** Reads only. */
  get(id: RequestId): ApprovalRequest | undefined;
  /** Reads only: the action in full, as text. */
  contentOf(id: RequestId): string | undefined;
  /** Reads only. Oldest first. */
  pending(): readonly ApprovalRequest[];
  /** Resolves with the state once it is no longer pending, whoever decided; rejects when `signal` aborts. */
  settled(id: RequestId, signal: AbortSignal): Promise<Exclude<ApprovalState, { status: 'pending' }>>;
  /** Looks again for requests that were decided, here or by another process: `settled` answers then. Called once a decision is durable. */
  refresh(): void;
}
