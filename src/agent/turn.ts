import type { AgentContext, StopReason } from '@agentclientprotocol/sdk';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { isStepCount, RetryError, streamText, type FinishReason } from 'ai';
import { assertNever } from '../base/assertNever.ts';
import { messageOf } from '../base/errors.ts';
import type { AgentEnvironment } from './agentEnvironment.ts';
import { modelTools } from './modelTools.ts';

const MAX_STEPS = 40;

export interface Turn {
  readonly client: AgentContext;
  readonly sessionId: string;
  /** What the agent is, for the system message. */
  readonly instructions: string;
  readonly task: string;
  readonly signal: AbortSignal;
}

/**
 * One prompt: the model works with its tools until it has nothing more to do. Whatever goes wrong with the model is said as a
 * message and ends the turn as a refusal, because the client can do nothing about it in this turn.
 */
export async function runTurn(environment: AgentEnvironment, turn: Turn): Promise<StopReason> {
  const { client, sessionId, signal } = turn;
  const say = (text: string): Promise<void> =>
    client.notify('session/update', { sessionId, update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } } });
  const provider = createOpenAICompatible({
    name: 'gonogo',
    baseURL: environment.gatewayUrl,
    apiKey: environment.gatewayToken,
    includeUsage: true,
  });
  const result = streamText({
    model: provider.chatModel(environment.model),
    instructions: turn.instructions,
    prompt: turn.task,
    tools: modelTools(client, sessionId),
    stopWhen: isStepCount(MAX_STEPS),
    toolCallConcurrency: 1,
    // The gateway retries where that is safe, and knows what it costs.
    maxRetries: 0,
    abortSignal: signal,
    // Errors come through the stream below as well.
    onError: () => undefined,
  });
  let finish: FinishReason | undefined;
  try {
    for await (const part of result.stream) {
      if (part.type === 'text-delta' && part.text !== '') await say(part.text);
      else if (part.type === 'finish') finish = part.finishReason;
      else if (part.type === 'error') throw part.error;
      else if (part.type === 'abort') return 'cancelled';
    }
  } catch (error) {
    if (signal.aborted) return 'cancelled';
    await say(`The model could not be used: ${reasonOf(error)}`);
    return 'refusal';
  }
  if (signal.aborted) return 'cancelled';
  return stopReasonOf(finish, say);
}

async function stopReasonOf(finish: FinishReason | undefined, say: (text: string) => Promise<void>): Promise<StopReason> {
  switch (finish) {
    case 'stop':
      return 'end_turn';
    case 'length':
      return 'max_tokens';
    case 'tool-calls':
      return 'max_turn_requests';
    case 'content-filter':
      await say('The model declined to answer.');
      return 'refusal';
    case 'error':
    case 'other':
    case 'interrupted':
    case undefined:
      await say('The model stopped in the middle of its answer.');
      return 'refusal';
    default:
      return assertNever(finish);
  }
}

function reasonOf(error: unknown): string {
  if (RetryError.isInstance(error)) return reasonOf(error.lastError);
  if (typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string') return error.message;
  return messageOf(error);
}
