import type { Sha256 } from '../base/digest.ts';
import type { ActionId, GrantId, MissionId, RequestId } from '../base/ids.ts';
import type { Millis } from '../base/clock.ts';
import type { MicroUsd } from '../base/money.ts';
import type { ActionKind, Principal } from './action.ts';
import type { Finding } from './verdict.ts';

export type Risk = 'low' | 'medium' | 'high';

export type ApprovalState =
  | { readonly status: 'pending' }
  | { readonly status: 'approved'; readonly by: string; readonly at: Millis; readonly grantId: GrantId }
  | {
      readonly status: 'rejected';
      readonly by: string;
      readonly at: Millis;
      readonly reason: string;
      readonly comments?: readonly LineComment[];
    }
  | { readonly status: 'expired'; readonly at: Millis }
  /** A newer request for the same subject took its place. */
  | { readonly status: 'superseded'; readonly at: Millis; readonly by: RequestId }
  /** The mission or agent that asked has ended. */
  | { readonly status: 'withdrawn'; readonly at: Millis; readonly reason: string };

/** Something a person is asked to decide. `digest` names exactly what is shown. */
export interface ApprovalRequest {
  readonly id: RequestId;
  readonly actionId: ActionId;
  readonly kind: ActionKind;
  readonly digest: Sha256;
  readonly resource: string;
  readonly title: string;
  readonly missionId?: MissionId;
  readonly workspaceId: string;
  readonly askedBy: Principal;
  readonly askedAt: Millis;
  readonly expiresAt: Millis;
  readonly risk: Risk;
  readonly findings: readonly Finding[];
  readonly estimatedCost: MicroUsd;
  readonly state: ApprovalState;
}

/** What a person says of one line of a review. */
export interface LineComment {
  readonly path: string;
  /** Whose line number it is: `before` for a line that is taken away. */
  readonly side: 'before' | 'after';
  readonly line: number;
  readonly text: string;
}

/** What a click in the webview says. Parsed there; checked again here. */
export interface ApprovalDecision {
  readonly requestId: RequestId;
  /** The digest the person was shown. Anything else is refused. */
  readonly digest: string;
  readonly decision:
    { readonly kind: 'approve' } | { readonly kind: 'reject'; readonly reason: string; readonly comments?: readonly LineComment[] };
  readonly by: string;
}

export type DecisionRefusal =
  'unknown-request' | 'stale-digest' | 'already-decided' | 'expired' | 'unsaved-changes' | 'read-only' | 'store-unavailable';
