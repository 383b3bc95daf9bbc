import type { MicroUsd } from '../base/money.ts';

/** US dollars per million tokens. */
export interface ModelPrice {
  readonly inputUsdPerMTok: number;
  readonly outputUsdPerMTok: number;
}

export interface Upstream {
  /** Base URL of an OpenAI-compatible server, ending before `/chat/completions`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly price: ModelPrice;
  readonly apiKey?: string;
  /** True for the scripted demo model: every cost and name is labelled DEMO. */
  readonly demo: boolean;
}

export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** True when the upstream reported none and we counted. */
  readonly estimated: boolean;
}

/** Rounded up to a whole micro-dollar. */
export type CostOf = (usage: Pick<TokenUsage, 'inputTokens' | 'outputTokens'>, price: ModelPrice) => MicroUsd;

/** The local, OpenAI-compatible address agents spend through. */
export interface ModelEndpoint {
  /** `http://127.0.0.1:PORT/v1` */
  readonly baseUrl: string;
  close(): Promise<void>;
}
