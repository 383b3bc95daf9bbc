import type { Action } from './action.ts';
import type { EntryId } from '../base/ids.ts';

const minted = new WeakSet<Permit>();

/**
 * Proof that the gate said GO to one action, and the only key to an effect: every function that writes, spawns or fetches
 * for an agent takes one and redeems it. Redeeming works once, and only for the action it was minted for.
 */
export class Permit {
  readonly action: Action;
  /** The ledger entry of the decision. */
  readonly decision: EntryId;
  /** Names the open intent that the outcome closes. */
  readonly intent: string;

  private constructor(action: Action, decision: EntryId, intent: string) {
    this.action = action;
    this.decision = decision;
    this.intent = intent;
  }

  /** MUST only be called by the gate, after the decision is durable. The architecture test holds this. */
  static mint(action: Action, decision: EntryId, intent: string = decision): Permit {
    const permit = new Permit(action, decision, intent);
    minted.add(permit);
    return permit;
  }

  /** @throws Error when the permit is forged, used before, or for another kind of action. */
  redeem<K extends Action['kind']>(kind: K): Extract<Action, { kind: K }> {
    if (!minted.delete(this)) throw new Error('this permit was used before or not given by the gate; submit the action again');
    if (!isOfKind(this.action, kind))
      throw new Error(`this permit is for \`${this.action.kind}\`, not for \`${kind}\`; submit that action`);
    return this.action;
  }
}

function isOfKind<K extends Action['kind']>(action: Action, kind: K): action is Extract<Action, { kind: K }> {
  return action.kind === kind;
}
