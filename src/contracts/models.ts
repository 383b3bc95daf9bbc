import type { Millis } from '../base/clock.ts';
import type { MissionId } from '../base/ids.ts';
import type { MicroUsd } from '../base/money.ts';

/** US dollars per million tokens. */
export interface ModelPrice {
  readonly inputUsdPerMTok: number;
  readonly outputUsdPerMTok: number;
}

/** What a model's server speaks: OpenAI's chat completions, or Anthropic's Messages. Agents speak the first to the gateway, whatever this is. */
export const modelProtocols = ['openai', 'anthropic'] as const;
export type ModelProtocol = (typeof modelProtocols)[number];

export interface Upstream {
  readonly protocol: ModelProtocol;
  /** Ends before `/chat/completions` or `/messages`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly price: ModelPrice;
  /** Goes to the origin of `baseUrl` and nowhere else. Never logged, never recorded. */
  readonly apiKey?: string;
  /** True for the scripted demo model: every cost and name is labelled DEMO. */
  readonly demo: boolean;
}

/** Names the server of a base URL: two spellings of one address are one server, and a key belongs to one server. */
export function serverOf(baseUrl: string): string {
  const { origin, pathname } = new URL(baseUrl);
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

/** What a connection test asks. Without a model it only asks which there are. */
export interface ModelTarget {
  readonly protocol: ModelProtocol;
  readonly baseUrl: string;
  readonly model?: string;
  /** For the record of what the test cost. */
  readonly price?: ModelPrice;
}

/** What a connection test found. `models` is what the server offers, as far as it says. */
export type ModelTest =
  | { readonly ok: true; readonly models: readonly string[]; readonly tookMs: Millis }
  /** One sentence that says what is wrong and what to do next. */
  | { readonly ok: false; readonly code: string; readonly message: string; readonly models: readonly string[] };

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
  /** Breaks off the calls of a mission and resolves once each is booked, as far as the store lets it. */
  endCalls(missionId: MissionId): Promise<void>;
  close(): Promise<void>;
}
