import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import pRetry from 'p-retry';
import type { Clock, Millis } from '../base/clock.ts';
import { sha256 } from '../base/digest.ts';
import { systemCode } from '../base/errors.ts';
import type { Logger } from '../contracts/logger.ts';
import type { Upstream } from '../contracts/models.ts';
import type { Permit } from '../contracts/permit.ts';
import { pause, withTimeLimit } from '../resilience/wait.ts';
import { errorMessageOf } from './completionParts.ts';
import type { UpstreamAgents } from './upstreamAgents.ts';
import { CallerLeftError, cut, refusedByUpstream, slow, unreachable, UpstreamError } from './upstreamError.ts';

export interface UpstreamTimeouts {
  /** Until the first byte of the answer to a streaming call. */
  readonly firstByteMs: Millis;
  /** Until the first byte of the answer to any other call, which comes when the model has said all. */
  readonly wholeAnswerMs: Millis;
  /** Between two pieces of an answer. */
  readonly idleMs: Millis;
}

export const defaultTimeouts: UpstreamTimeouts = { firstByteMs: 30_000, wholeAnswerMs: 300_000, idleMs: 60_000 };

/** Two more attempts, while nothing of an answer has come. */
const RETRIES = 2;
const FIRST_DELAY_MS = 500;
/** A server that wants to be left alone for longer gets its wish: the call fails and says so. */
const LONGEST_RETRY_AFTER_MS = 10_000;
const ERROR_BODY_BYTES = 64 * 1024;
/** How long a finished answer may take to end before its connection is dropped. */
const ENDING_MS = 1_000;

interface UpstreamCall {
  readonly upstream: Upstream;
  readonly body: string;
  readonly stream: boolean;
  readonly signal: AbortSignal;
  /** Called when a request has gone out in full: from here on the provider may be working. */
  readonly onSent: () => void;
}

interface UpstreamDeps {
  readonly agents: UpstreamAgents;
  readonly timeouts: UpstreamTimeouts;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** An answer of status 2xx. */
export interface UpstreamAnswer {
  readonly host: string;
  readonly contentType: string | undefined;
  /** @throws UpstreamError when the answer stalls or breaks, CallerLeftError when the signal was aborted. */
  chunks(): AsyncGenerator<Buffer, void, void>;
  /** Nothing more is wanted of this answer, and the server is about to end it: leaving `chunks` keeps the connection for the next call. */
  finish(): void;
  /** Drops the connection unless the answer has ended. Repeating it changes nothing. */
  close(): void;
}

/**
 * The one way to a model: spends the permit and sends the request it was given for. Proxy settings of the environment are ignored,
 * redirects are not followed.
 *
 * @throws UpstreamError, or CallerLeftError when the signal was aborted.
 */
export async function callUpstream(permit: Permit, call: UpstreamCall, deps: UpstreamDeps): Promise<UpstreamAnswer> {
  const action = permit.redeem('model.call');
  if (sha256(call.body) !== action.input.requestSha256) throw new Error('the request is not the one that was decided; submit it again');
  try {
    return await pRetry(() => attempt(call, deps), {
      retries: RETRIES,
      minTimeout: 0,
      signal: call.signal,
      // p-retry's own delay is a real timer, so it is set to none and our clock waits here.
      shouldRetry: async ({ error, attemptNumber }) => {
        if (!(error instanceof UpstreamError) || !error.transient) return false;
        const delay = error.retryAfterMs ?? FIRST_DELAY_MS * 2 ** (attemptNumber - 1);
        if (delay > LONGEST_RETRY_AFTER_MS) return false;
        deps.logger.log('info', 'model call will be repeated', { code: error.code, attemptNumber, delay });
        await pause(deps.clock, delay, call.signal);
        return true;
      },
    });
  } catch (error) {
    throw call.signal.aborted ? new CallerLeftError() : error;
  }
}

function attempt(call: UpstreamCall, { agents, timeouts, clock }: UpstreamDeps): Promise<UpstreamAnswer> {
  const { upstream, body, stream, signal } = call;
  const url = new URL(`${upstream.baseUrl.replace(/\/+$/, '')}/chat/completions`);
  const secure = url.protocol === 'https:';
  const { promise, resolve, reject } = Promise.withResolvers<UpstreamAnswer>();
  const request = (secure ? https : http).request(url, {
    method: 'POST',
    agent: secure ? agents.https : agents.http,
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      accept: stream ? 'text/event-stream' : 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'gonogo',
      ...(upstream.apiKey === undefined ? {} : { authorization: `Bearer ${upstream.apiKey}` }),
    },
  });
  const limit = stream ? timeouts.firstByteMs : timeouts.wholeAnswerMs;
  const timer = clock.after(limit, () => request.destroy(slow(url.host, limit)));
  const onAbort = (): void => void request.destroy(new CallerLeftError());
  const release = (): void => {
    timer[Symbol.dispose]();
    signal.removeEventListener('abort', onAbort);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  request.once('finish', call.onSent);
  request.once('close', release);
  // `on`: a request may fail more than once on its way down, and an error without a listener ends the process.
  request.on('error', (error) => reject(networkError(url.host, error)));
  request.once('response', (response) => {
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) {
      timer[Symbol.dispose]();
      signal.removeEventListener('abort', onAbort);
      resolve(answerOf(response, url.host, signal, timeouts.idleMs, clock));
      return;
    }
    readAll(response, ERROR_BODY_BYTES).then(
      (text) => reject(refusedByUpstream(url.host, status, sayings(text), retryAfter(response.headers['retry-after'], clock.now()))),
      (error: unknown) => reject(networkError(url.host, error)),
    );
  });
  request.end(body);
  if (signal.aborted) onAbort();
  return promise;
}

function answerOf(response: IncomingMessage, host: string, signal: AbortSignal, idleMs: Millis, clock: Clock): UpstreamAnswer {
  const onAbort = (): void => void response.destroy(new CallerLeftError());
  signal.addEventListener('abort', onAbort, { once: true });
  response.once('close', () => signal.removeEventListener('abort', onAbort));
  // Whoever reads has it from the iterator; when nobody reads any more, a broken connection is no news.
  response.on('error', () => undefined);
  if (signal.aborted) onAbort();
  let finished = false;
  return {
    host,
    contentType: response.headers['content-type'],
    async *chunks() {
      const iterator: AsyncIterator<Buffer> = response[Symbol.asyncIterator]();
      try {
        for (;;) {
          const step = await withTimeLimit(clock, idleMs, iterator.next(), signal, () => slow(host, idleMs));
          if (step.done === true) return;
          yield step.value;
        }
      } catch (error) {
        if (signal.aborted) throw new CallerLeftError();
        throw error instanceof UpstreamError ? error : cut(host, error);
      } finally {
        if (finished) dropAfterEnd(response, iterator, clock);
        else response.destroy();
      }
    },
    finish: () => void (finished = true),
    close: () => void response.destroy(),
  };
}

/** Reads on until the answer ends, for as long as that is worth a connection. */
function dropAfterEnd(response: IncomingMessage, iterator: AsyncIterator<Buffer>, clock: Clock): void {
  const timer = clock.after(ENDING_MS, () => response.destroy());
  const readOn = async (): Promise<void> => {
    while ((await iterator.next()).done !== true);
  };
  readOn()
    .catch(() => response.destroy())
    .finally(() => timer[Symbol.dispose]());
}

/** Names of system errors after which the same request may go well. */
const TRANSIENT = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

function networkError(host: string, error: unknown): Error {
  if (error instanceof UpstreamError || error instanceof CallerLeftError) return error;
  return unreachable(host, error, TRANSIENT.has(systemCode(error) ?? ''));
}

/** The first `limit` bytes; the rest is not waited for. */
async function readAll(response: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit).toString('utf8');
}

/** What the server says in its error body, if that is JSON of a known shape. */
function sayings(text: string): string | undefined {
  try {
    return errorMessageOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** RFC 9110, 10.2.3: seconds or a date. */
function retryAfter(header: string | undefined, now: Millis): Millis | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
