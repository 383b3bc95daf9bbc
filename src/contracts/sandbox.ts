import type { Millis } from '../base/clock.ts';
import type { Permit } from './permit.ts';

export interface SandboxLimits {
  readonly wallMs: Millis;
  /** Bytes of stdout and stderr together that are kept; the rest is counted and dropped. */
  readonly outputBytes: number;
  readonly memoryBytes: number;
  readonly processes: number;
  readonly fileBytes: number;
}

export interface SandboxCommand {
  readonly argv: readonly string[];
  /** Absolute; inside `writable`. */
  readonly cwd: string;
  /** The only folder the command may write to, beside a private tmp. */
  readonly writable: string;
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: SandboxLimits;
}

export interface SandboxResult {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly cancelled: boolean;
  readonly output: string;
  readonly outputBytes: number;
  readonly durationMs: Millis;
  /** What held it: `bubblewrap, no network`. */
  readonly isolation: string;
}

export type SandboxHealth =
  { readonly available: true; readonly isolation: string } | { readonly available: false; readonly reason: string };

/** Runs one command with no network, no home and explicit binds, and kills its whole process tree at the end. */
export interface Sandbox {
  /** Really tries it once; the answer is kept. */
  health(): Promise<SandboxHealth>;
  /**
   * The permit's `shell.exec` argv MUST equal `command.argv`, and its folder MUST be `command.cwd`.
   * @throws CodedError `sandbox-unavailable` when nothing here can hold a command, `not-permitted` when the argv or a folder differs.
   */
  run(permit: Permit, command: SandboxCommand, signal: AbortSignal): Promise<SandboxResult>;
}
