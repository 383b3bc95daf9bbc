export interface SecretMatch {
  /** `aws-secret-key`, `github-token`, `private-key` … */
  readonly kind: string;
  /** UTF-16 offsets into the scanned text; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

export interface SecretScanner {
  /** Every secret found. `path` only helps file-type rules. Comments in the text cannot silence it. */
  scan(text: string, path: string): Promise<readonly SecretMatch[]>;
}

/** Takes secrets out of text before it is stored, logged or shown. */
export interface Redactor {
  /** Synchronous and linear, because it runs inside the unit of work. Replaces each secret with `[redacted: kind]`. */
  redact(text: string): string;
}
