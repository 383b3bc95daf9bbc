import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import pRetry from 'p-retry';
import type { Clock, Millis } from '../base/clock.ts';
import { sha256 } from '../base/digest.ts';
import type { Logger } from '../contracts/logger.ts';
import type { Upstream } from '../contracts/models.ts';
import type { Permit } from '../contracts/permit.ts';
import { pause } from '../resilience/wait.ts';
import { errorMessageOf } from './completionParts.ts';
import { dialects } from './dialects.ts';
import type { UpstreamAgents } from './upstreamAgents.ts';
import { answerOf, type UpstreamAnswer } from './upstreamAnswer.ts';
import { CallerLeftError, refusedByUpstream, slow, unreachable, UpstreamError, waiting } from './upstreamError.ts';

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

interface UpstreamCall {
  readonly upstream: Upstream;
  /** In the upstream's own dialect. */
  readonly body: string;
  readonly stream: boolean;
  readonly signal: AbortSignal;
  /** Whether the provider may be working: from the moment a request has gone out in full, unless the server says no to it. */
  readonly onWorking: (working: boolean) => void;
  /** What the call waits for before its next attempt, in words for a person; `undefined` when that is over. */
  readonly onWaiting: (words: string | undefined) => void;
}

interface UpstreamDeps {
  readonly agents: UpstreamAgents;
  readonly timeouts: UpstreamTimeouts;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The one way to a model: spends the permit and sends the request it was given for. The answer reads as OpenAI's, whoever gave it.
 * Proxy settings of the environment are ignored, redirects are not followed.
 *
 * @throws UpstreamError, or CallerLeftError when the signal was aborted.
 */
export async function callUpstream(permit: Permit, call: UpstreamCall, deps: UpstreamDeps): Promise<UpstreamAnswer> {
  const action = permit.redeem('model.call');
  if (sha256(call.body) !== action.input.requestSha256) throw new Error('the request is not the one that was decided; submit it again');
  const { stream, signal } = call;
  const limitMs = stream ? deps.timeouts.firstByteMs : deps.timeouts.wholeAnswerMs;
  const path = dialects[call.upstream.protocol].callPath;
  try {
    const answer = await pRetry(() => attempt({ ...call, path, limitMs }, deps), {
      retries: RETRIES,
      minTimeout: 0,
      signal,
      // p-retry's own delay is a real timer, so it is set to none and our clock waits here.
      shouldRetry: async ({ error, attemptNumber }) => {
        if (!(error instanceof UpstreamError) || !error.transient) return false;
        const delay = error.retryAfterMs ?? FIRST_DELAY_MS * 2 ** (attemptNumber - 1);
        if (delay > LONGEST_RETRY_AFTER_MS) return false;
        deps.logger.log('info', 'model call will be repeated', { code: error.code, attemptNumber, delay });
        call.onWaiting(waiting(delay, error));
        try {
          await pause(deps.clock, delay, signal);
        } finally {
          call.onWaiting(undefined);
        }
        return true;
      },
    });
    return dialects[call.upstream.protocol].answer(answer, stream, deps.clock.now());
  } catch (error) {
    throw signal.aborted ? new CallerLeftError() : error;
  }
}

interface UpstreamProbe {
  readonly upstream: Pick<Upstream, 'protocol' | 'baseUrl' | 'apiKey'>;
  /** In the upstream's own dialect; `undefined` when only the list is asked for. */
  readonly body: string | undefined;
  /** Until the list, and until the answer to the call. */
  readonly listMs: Millis;
  readonly callMs: Millis;
  readonly signal: AbortSignal;
}

/** The two requests of a connection test, each made once and without a second attempt. They throw what `callUpstream` throws. */
interface ProbeRequests {
  list(): Promise<UpstreamAnswer>;
  /** MUST NOT be called without a body. */
  call(): Promise<UpstreamAnswer>;
}

/** Spends the permit of a person's connection test. */
export function probeUpstream(permit: Permit, probe: UpstreamProbe, deps: UpstreamDeps): ProbeRequests {
  const { input } = permit.redeem('model.probe');
  const { upstream, body, signal } = probe;
  const sum = body === undefined ? null : sha256(body);
  if (upstream.baseUrl !== input.baseUrl || sum !== input.requestSha256)
    throw new Error('the test is not the one that was decided; start it again');
  const dialect = dialects[upstream.protocol];
  return {
    list: () => attempt({ upstream, path: dialect.listPath, body: undefined, stream: false, signal, limitMs: probe.listMs }, deps),
    call: async () => {
      if (body === undefined) throw new Error('there is no call in this test');
      const answer = await attempt({ upstream, path: dialect.callPath, body, stream: false, signal, limitMs: probe.callMs }, deps);
      return dialect.answer(answer, false, deps.clock.now());
    },
  };
}

interface Request {
  readonly upstream: Pick<Upstream, 'protocol' | 'baseUrl' | 'apiKey'>;
  readonly path: string;
  /** `undefined` for a GET. */
  readonly body: string | undefined;
  readonly stream: boolean;
  readonly signal: AbortSignal;
  readonly limitMs: Millis;
  readonly onWorking?: (working: boolean) => void;
}

function attempt(call: Request, { agents, timeouts, clock }: UpstreamDeps): Promise<UpstreamAnswer> {
  const { upstream, body, stream, signal, limitMs } = call;
  const { apiKey } = upstream;
  const url = new URL(`${upstream.baseUrl.replace(/\/+$/, '')}${call.path}`);
  const secure = url.protocol === 'https:';
  const { promise, resolve, reject } = Promise.withResolvers<UpstreamAnswer>();
  const request = (secure ? https : http).request(url, {
    method: body === undefined ? 'GET' : 'POST',
    agent: secure ? agents.https : agents.http,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      accept: stream ? 'text/event-stream' : 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'gonogo',
      ...dialects[upstream.protocol].headers(apiKey),
    },
  });
  const keyless = (said: string): string => (apiKey === undefined ? said : said.replaceAll(apiKey, '[key]'));
  const timer = clock.after(limitMs, () => request.destroy(slow(url.host, limitMs)));
  const onAbort = (): void => void request.destroy(new CallerLeftError());
  const release = (): void => {
    timer[Symbol.dispose]();
    signal.removeEventListener('abort', onAbort);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  request.once('finish', () => call.onWorking?.(true));
  request.once('close', release);
  // `on`: a request may fail more than once on its way down, and an error without a listener ends the process.
  request.on('error', (error) => reject(networkError(url.host, error)));
  request.once('response', (response) => {
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) {
      timer[Symbol.dispose]();
      signal.removeEventListener('abort', onAbort);
      resolve(answerOf(response, { host: url.host, keyless, signal, idleMs: timeouts.idleMs, clock }));
      return;
    }
    call.onWorking?.(false);
    readAll(response, ERROR_BODY_BYTES).then(
      (text) => {
        const said = sayings(text);
        reject(
          refusedByUpstream(url.host, {
            status,
            said: said === undefined ? undefined : keyless(said),
            retryAfterMs: retryAfter(response.headers['retry-after'], clock.now()),
            location: originOf(response.headers.location, url),
            hadKey: apiKey !== undefined,
          }),
        );
      },
      (error: unknown) => reject(networkError(url.host, error)),
    );
  });
  request.end(body);
  if (signal.aborted) onAbort();
  return promise;
}

function networkError(host: string, error: unknown): Error {
  return error instanceof UpstreamError || error instanceof CallerLeftError ? error : unreachable(host, error);
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

/** Where a redirect leads, without its path, which may hold anything. */
function originOf(location: string | undefined, from: URL): string | undefined {
  return location !== undefined && URL.canParse(location, from.href) ? new URL(location, from).origin : undefined;
}

/** RFC 9110, 10.2.3: seconds or a date. */
function retryAfter(header: string | undefined, now: Millis): Millis | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
