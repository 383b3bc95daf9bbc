/** What was done to a ledger, as far as can be told. */
export type DamageKind =
  /** An entry does not say any more what it said when it was recorded. */
  | 'edited'
  /** A payload is not the one that was recorded. */
  | 'payload-edited'
  /** A payload is gone, and no entry says that it was pruned. */
  | 'payload-missing'
  /** An entry was taken out. */
  | 'missing'
  /** An entry was put in between. */
  | 'inserted'
  /** Entries stand in another order. */
  | 'reordered'
  /** The newest entries are gone. */
  | 'cut-tail'
  /** A row that no ledger writes. */
  | 'malformed'
  /** The stored tree does not belong to the entries. */
  | 'tree-damaged'
  /** A checkpoint does not belong to the entries: the history was written anew. */
  | 'forked'
  /** The file is an older state of this ledger. */
  | 'rolled-back'
  /** A checkpoint is signed by a key that the ledger does not know. */
  | 'unknown-key'
  /** A checkpoint's signature does not hold, or it cannot be read. */
  | 'bad-signature';

export interface Damage {
  readonly kind: DamageKind;
  /** The first and last entry it is about, as far as it can be narrowed down. */
  readonly from: number;
  readonly to: number;
  /** One sentence for a person. */
  readonly message: string;
}

export interface VerifyReport {
  /** True when nothing was found. */
  readonly intact: boolean;
  readonly entries: number;
  /** Root over all entries, in base64. */
  readonly root: string;
  /** Size of the newest checkpoint that holds; entries after it are signed by nothing yet. */
  readonly signedUpTo: number;
  /** Size of the largest outside checkpoint that holds: nobody can have changed what is before it. `0` when there was none. */
  readonly witnessedUpTo: number;
  /** Payloads that are gone because an entry says that they were pruned. */
  readonly pruned: number;
  /** At most `MAX_DAMAGES`. */
  readonly damages: readonly Damage[];
  /** How many more there are. */
  readonly more: number;
  /** What this cannot tell, in sentences. */
  readonly limits: readonly string[];
}

export const MAX_DAMAGES = 100;

/** A checkpoint that is kept somewhere else, and where. */
export interface OutsideCheckpoint {
  /** As a sentence names it: `the file ledger.checkpoint`. */
  readonly place: string;
  readonly note: string;
  /** It lies beside the store: whoever changes the one can change the other. */
  readonly sameFolder: boolean;
}
