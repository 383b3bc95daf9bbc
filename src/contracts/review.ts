import type { Finding } from './verdict.ts';
import type { MicroUsd } from '../base/money.ts';
import type { Millis } from '../base/clock.ts';

export type ChangeKind = 'added' | 'modified' | 'deleted' | 'renamed' | 'mode-changed';

/** A git object id (SHA-1 or SHA-256 hex) of raw bytes: no filter, no end-of-line conversion. */
export type ObjectId = string;

/** One path whose bytes or mode differ between two trees. Paths are relative to the repository's top, with `/`. */
export interface FileChange {
  readonly path: string;
  /** Only for `renamed`. */
  readonly oldPath?: string;
  readonly kind: ChangeKind;
  /** Octal git mode, `000000` where the side does not exist. */
  readonly oldMode: string;
  readonly newMode: string;
  readonly oldId?: ObjectId;
  readonly newId?: ObjectId;
  /** SHA-256 of the raw bytes of each side that exists. */
  readonly beforeSha256?: string;
  readonly afterSha256?: string;
  readonly binary: boolean;
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

export type LineKind = 'context' | 'added' | 'removed';

export interface DiffLine {
  readonly kind: LineKind;
  readonly text: string;
  /** 1-based; absent on the side where the line does not exist. */
  readonly oldLine?: number;
  readonly newLine?: number;
  /** Set on a last line that does not end with a line break. */
  readonly noNewline?: boolean;
  /** Which stretches of a replaced line differ from the line in its place: start and end in UTF-16 units. */
  readonly words?: readonly (readonly [from: number, to: number])[];
  /** Where the same line was taken away or put in: the change moves it. */
  readonly moved?: { readonly path: string; readonly line: number };
}

export interface Hunk {
  readonly header: string;
  readonly lines: readonly DiffLine[];
}

export interface FileReview extends FileChange {
  readonly additions: number;
  readonly deletions: number;
  /** Empty for binaries and pure mode changes or renames. */
  readonly hunks: readonly Hunk[];
  /** Set when the diff was cut short; such a file cannot be read in full here and the native diff is one click away. */
  readonly truncated?: string;
}

/** What a person keeps of one file of a review. */
export interface FileSelection {
  readonly path: string;
  /** Indices into that file's `FileReview.hunks`; absent means the whole file. Renames, binaries and changes of the mode go whole only. */
  readonly hunks?: readonly number[];
}

export type TestRun =
  | {
      readonly status: 'passed' | 'failed';
      readonly summary: string;
      readonly output: string;
      readonly durationMs: Millis;
      readonly isolation: string;
    }
  | { readonly status: 'not-run'; readonly summary: string };

export interface Meter {
  readonly scope: 'mission' | 'day' | 'month';
  readonly spent: MicroUsd;
  readonly reserved: MicroUsd;
  readonly limit: MicroUsd;
}

/** What a NO-GO stopped on the way, so that the person sees what was tried. */
export interface Stopped {
  readonly at: Millis;
  readonly kind: string;
  readonly resource: string;
  readonly finding: Finding;
}
