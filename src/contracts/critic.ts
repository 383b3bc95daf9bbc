import type { Finding } from './verdict.ts';

export interface CriticFile {
  readonly path: string;
  /** Text before and after; `undefined` where the side does not exist or is binary. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Looks at content and says what is wrong with it. Pure apart from its scanners: never writes, spawns or fetches. */
export interface Critic {
  readonly name: string;
  /** Rejects when it could not look; the caller treats that as a NO-GO. */
  review(files: readonly CriticFile[], signal: AbortSignal): Promise<readonly Finding[]>;
}
