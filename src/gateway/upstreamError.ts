import { CodedError } from '../base/errors.ts';
import type { Millis } from '../base/clock.ts';
import type { ApiProblem } from './apiProblem.ts';

type UpstreamErrorCode =
  | 'upstream-unreachable'
  | 'upstream-slow'
  | 'upstream-cut'
  | 'upstream-garbage'
  | 'upstream-key-refused'
  | 'upstream-busy'
  | 'upstream-refused';

/** Why a model's server gave no answer, or half of one. The message is a sentence for the agent and the person alike. */
export class UpstreamError extends CodedError<UpstreamErrorCode> {
  /** What the agent is answered. */
  readonly status: number;
  /** The same call may go well in a moment. */
  readonly transient: boolean;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs: Millis | undefined;

  constructor(
    code: UpstreamErrorCode,
    message: string,
    options: { status: number; transient?: boolean; retryAfterMs?: Millis | undefined; cause?: unknown },
  ) {
    super(code, message, { cause: options.cause });
    this.status = options.status;
    this.transient = options.transient ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }

  get problem(): ApiProblem {
    return {
      status: this.status,
      type: this.status < 500 && this.status !== 429 ? 'invalid_request_error' : this.status === 429 ? 'rate_limit_error' : 'server_error',
      code: this.code.replaceAll('-', '_'),
      message: this.message,
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
    };
  }
}

/** The agent broke its own call off, or the gateway is closing. */
export class CallerLeftError extends CodedError<'caller-left'> {
  constructor() {
    super('caller-left', 'the caller left before the answer was complete');
  }
}

export function unreachable(host: string, cause: unknown, transient: boolean): UpstreamError {
  return new UpstreamError(
    'upstream-unreachable',
    `The model's server at \`${host}\` cannot be reached. Check that it runs and that its address is right, then try again.`,
    { status: 502, transient, cause },
  );
}

export function slow(host: string, limit: Millis): UpstreamError {
  return new UpstreamError('upstream-slow', `The model's server at \`${host}\` sent nothing for ${seconds(limit)}. Try again later.`, {
    status: 504,
  });
}

export function cut(host: string, cause?: unknown): UpstreamError {
  return new UpstreamError('upstream-cut', `The model's server at \`${host}\` ended its answer half-way. Try again.`, {
    status: 502,
    cause,
  });
}

export function garbage(host: string): UpstreamError {
  return new UpstreamError(
    'upstream-garbage',
    `The model's server at \`${host}\` sent something that is not a chat completion. Check that its address is right.`,
    { status: 502 },
  );
}

/** For an answer of status 3xx to 5xx. `said` is the message in its body. */
export function refusedByUpstream(host: string, status: number, said: string | undefined, retryAfterMs: Millis | undefined): UpstreamError {
  const words = said === undefined ? '' : ` It says: ${said}`;
  if (status === 401 || status === 403) {
    // What it says may quote the key.
    return new UpstreamError('upstream-key-refused', `The model's server at \`${host}\` refused the key it was given. Check the key.`, {
      status: 502,
    });
  }
  if (status === 429) {
    const message = `The model's server at \`${host}\` asks for fewer calls. Try again later.${words}`;
    return new UpstreamError('upstream-busy', message, { status: 429, transient: true, retryAfterMs });
  }
  if (status >= 500) {
    const message = `The model's server at \`${host}\` failed with status ${status}. Try again later.${words}`;
    return new UpstreamError('upstream-busy', message, { status: 502, transient: status === 502 || status === 503, retryAfterMs });
  }
  const message = `The model's server at \`${host}\` refused the request with status ${status}.${words || ' Change the request and try again.'}`;
  return new UpstreamError('upstream-refused', message, { status: status >= 400 && status !== 402 ? status : 502 });
}

function seconds(limit: Millis): string {
  return limit < 1_000 ? `${limit} ms` : `${Math.round(limit / 1_000)} s`;
}
