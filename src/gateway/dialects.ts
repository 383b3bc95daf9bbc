import type { Millis } from '../base/clock.ts';
import { ok, type Result } from '../base/result.ts';
import type { ModelProtocol } from '../contracts/models.ts';
import { messageAnswer } from './anthropic/messageAnswer.ts';
import { messagesRequest } from './anthropic/messagesRequest.ts';
import type { ApiProblem } from './apiProblem.ts';
import type { UpstreamAnswer } from './upstreamAnswer.ts';

/** How a kind of server wants to be spoken to. Inside the gateway everything is OpenAI's chat completions. */
export interface Dialect {
  /** Below the base URL: where calls go, and where the list of models is. */
  readonly callPath: string;
  readonly listPath: string;
  headers(apiKey: string | undefined): Readonly<Record<string, string>>;
  /** The body for the server. `chat` is a chat completion request that names a limit for its output. */
  request(chat: string): Result<string, ApiProblem>;
  /** The answer as one of OpenAI's. */
  answer(answer: UpstreamAnswer, stream: boolean, now: Millis): UpstreamAnswer;
}

const openai: Dialect = {
  callPath: '/chat/completions',
  listPath: '/models',
  headers: (apiKey): Record<string, string> => (apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  request: ok,
  answer: (answer) => answer,
};

const anthropic: Dialect = {
  callPath: '/messages',
  listPath: '/models?limit=1000',
  headers: (apiKey) => ({ 'anthropic-version': '2023-06-01', ...(apiKey === undefined ? {} : { 'x-api-key': apiKey }) }),
  request: messagesRequest,
  answer: messageAnswer,
};

export const dialects: Readonly<Record<ModelProtocol, Dialect>> = { openai, anthropic };
