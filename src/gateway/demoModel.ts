import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { sha256 } from '../base/digest.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../contracts/logger.ts';
import type { ModelPrice, Upstream } from '../contracts/models.ts';
import { pause } from '../resilience/wait.ts';
import { invalidRequest, sendProblem, type ApiProblem } from './apiProblem.ts';
import { demoAnswer, wholeMessage, type DemoAnswer } from './demoAnswer.ts';
import { readDemoScript, type DemoScript } from './demoScript.ts';
import { demoRequestSchema, demoTurn, type DemoRequest } from './demoTurn.ts';
import { bearerOf, guardProblem, readBody } from './requestGuards.ts';
import { tokensOfBytes } from './tokens.ts';

const BODY_BYTES = 16 * 1024 * 1024;
/** What a capable model costs, so that the meters show something real. Nobody is billed. */
const PRICE: ModelPrice = { inputUsdPerMTok: 3, outputUsdPerMTok: 15 };

interface DemoModelOptions {
  /** A script as in docs/demo-script.md. */
  readonly scriptPath: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface DemoModel {
  readonly upstream: Upstream;
  close(): Promise<void>;
}

/**
 * A model that says what a script says: a real OpenAI-compatible server on 127.0.0.1 with a key of its own, so that a mission can be
 * flown without an account.
 *
 * @throws DemoScriptError when the script cannot be used.
 */
export async function startDemoModel({ scriptPath, clock, logger }: DemoModelOptions): Promise<DemoModel> {
  const script = readDemoScript(scriptPath);
  const apiKey = randomBytes(24).toString('base64url');
  const server = createServer((request, response) => {
    const left = new AbortController();
    response.once('close', () => left.abort());
    answer(request, response, left.signal).catch((error: unknown) => {
      if (!left.signal.aborted) logger.log('warn', 'demo model request failed', { error: messageOf(error) });
      response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());

  async function answer(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const refused = guardProblem(request, port) ?? (isKey(bearerOf(request), apiKey) ? undefined : WRONG_KEY);
    if (refused) return sendProblem(response, refused);
    if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
      return sendProblem(response, invalidRequest(404, 'not_found', 'Only `POST /v1/chat/completions` is served here.'));
    }
    const body = await readBody(request, BODY_BYTES);
    if (!body.ok) return sendProblem(response, body.error);
    const parsed = demoRequestSchema.safeParse(jsonOf(body.value));
    if (!parsed.success)
      return sendProblem(response, invalidRequest(400, 'invalid_request', 'The request is not a chat completion request.'));
    const turn = demoTurn(script, parsed.data);
    if (!turn.ok) return sendProblem(response, turn.error);
    const limit = Math.min(parsed.data.max_tokens ?? Infinity, parsed.data.max_completion_tokens ?? Infinity);
    await pause(clock, turn.value.turn.delayMs ?? 0, signal);
    send(response, script, parsed.data, demoAnswer(turn.value.turn, turn.value.number, limit), turn.value.number, clock.now());
  }

  return {
    upstream: { protocol: 'openai', baseUrl: `http://127.0.0.1:${port}/v1`, model: script.name, price: PRICE, apiKey, demo: true },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const WRONG_KEY: ApiProblem = {
  status: 401,
  type: 'authentication_error',
  code: 'invalid_api_key',
  message: 'The key is not the one of this demo model.',
};

/** Compared by hash, so that the time taken says nothing about the key. */
function isKey(given: string | undefined, key: string): boolean {
  return given !== undefined && timingSafeEqual(Buffer.from(sha256(given)), Buffer.from(sha256(key)));
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, script: DemoScript, request: DemoRequest, answer: DemoAnswer, number: number, now: number): void {
  const head = { id: `chatcmpl-demo-${number}`, created: Math.floor(now / 1000), model: script.name };
  const promptTokens = tokensOfBytes(Buffer.byteLength(JSON.stringify([request.messages, request.tools ?? null])));
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: answer.outputTokens,
    total_tokens: promptTokens + answer.outputTokens,
  };
  if (request.stream !== true) {
    const choices = [{ index: 0, message: wholeMessage(answer.pieces), finish_reason: answer.finish }];
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ...head, object: 'chat.completion', choices, usage }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  const write = (choices: readonly unknown[], more: object = {}): void => {
    response.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices, ...more })}\n\n`);
  };
  write([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]);
  for (const delta of answer.pieces) write([{ index: 0, delta, finish_reason: null }]);
  write([{ index: 0, delta: {}, finish_reason: answer.finish }]);
  if (request.stream_options?.include_usage === true) write([], { usage });
  response.end('data: [DONE]\n\n');
}
