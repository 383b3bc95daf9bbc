import { CodedError, systemCode } from '../base/errors.ts';
import type { Millis } from '../base/clock.ts';
import type { ApiProblem } from './apiProblem.ts';

type UpstreamErrorCode =
  | 'upstream-unreachable'
  | 'upstream-tls'
  | 'upstream-slow'
  | 'upstream-cut'
  | 'upstream-garbage'
  | 'upstream-key-refused'
  | 'upstream-key-missing'
  | 'upstream-moved'
  | 'upstream-busy'
  | 'upstream-refused';

/** Why a model's server gave no answer, or half of one. The message is a sentence for the agent and the person alike. */
export class UpstreamError extends CodedError<UpstreamErrorCode> {
  /** What the agent is answered. */
  readonly status: number;
  /** What the server answered, if it did. */
  readonly answered: number | undefined;
  /** The same call may go well in a moment. */
  readonly transient: boolean;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs: Millis | undefined;

  constructor(
    code: UpstreamErrorCode,
    message: string,
    options: { status: number; answered?: number; transient?: boolean; retryAfterMs?: Millis | undefined; cause?: unknown },
  ) {
    super(code, message, { cause: options.cause });
    this.status = options.status;
    this.answered = options.answered;
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

/** Names of system errors after which the same request may go well. */
const TRANSIENT = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE']);
const UNKNOWN_NAME = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME']);
const NO_WAY = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL']);

/** For a request that got no answer at all. */
export function unreachable(host: string, cause: unknown): UpstreamError {
  const code = systemCode(cause) ?? '';
  const distrust = certificateTrouble(code);
  if (distrust !== undefined)
    return new UpstreamError('upstream-tls', `The model's server at \`${host}\` cannot be trusted: ${distrust}.`, { status: 502, cause });
  return new UpstreamError('upstream-unreachable', `The model's server at \`${host}\` cannot be reached: ${networkTrouble(code)}.`, {
    status: 502,
    transient: TRANSIENT.has(code),
    cause,
  });
}

function networkTrouble(code: string): string {
  if (UNKNOWN_NAME.has(code)) return 'there is no machine of that name; correct the address, or look whether this machine is online';
  if (code === 'ECONNREFUSED') return 'nothing answers there; start it, or correct its address';
  if (NO_WAY.has(code)) return 'no way leads there from here; check the network, VPN and firewall';
  if (code.startsWith('HPE_')) return 'what answers does not speak HTTP; check the port, and whether the address begins with `https://`';
  return 'it hung up before it answered; try again, and check the port and whether the address begins with `https://`';
}

/** Codes of Node's TLS, which are those of OpenSSL's certificate verification and of its handshake. */
function certificateTrouble(code: string): string | undefined {
  switch (code) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return 'its certificate is signed by itself; add the certificate to those this machine trusts and restart the editor';
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'CERT_UNTRUSTED':
      return 'nobody this machine trusts has signed its certificate; add the signer to those this machine trusts and restart the editor';
    case 'CERT_HAS_EXPIRED':
      return 'its certificate has expired; whoever runs it has to renew it, unless the clock of this machine is wrong';
    case 'CERT_NOT_YET_VALID':
      return 'its certificate is not valid yet; check the clock of this machine';
    case 'CERT_REVOKED':
      return 'its certificate was revoked; whoever runs it has to replace it';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'its certificate is for another name; correct the address';
    default:
      if (!/^(ERR_SSL_|ERR_TLS_|CERT_|EPROTO$)/.test(code)) return undefined;
      return 'it does not speak TLS as it should; check the port, and begin the address with `http://` if it is on your own network';
  }
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

export interface Refusal {
  /** 300 to 599. */
  readonly status: number;
  /** The message in its body, without the key. */
  readonly said?: string | undefined;
  readonly retryAfterMs?: Millis | undefined;
  /** Where a redirect leads. */
  readonly location?: string | undefined;
  /** Whether a key went with the request. */
  readonly hadKey: boolean;
}

/** For an answer of status 3xx to 5xx. */
export function refusedByUpstream(host: string, { status, said, retryAfterMs, location, hadKey }: Refusal): UpstreamError {
  const words = said === undefined ? '' : ` It says: ${said}`;
  const server = `The model's server at \`${host}\``;
  if (status === 401 || status === 403) {
    // What it says may quote the key.
    return hadKey
      ? new UpstreamError(
          'upstream-key-refused',
          `${server} refused the key (status ${status}); run GoNoGo: Set Up Model… to give it another.`,
          { status: 502, answered: status },
        )
      : new UpstreamError('upstream-key-missing', `${server} wants a key; run GoNoGo: Set Up Model… to give it one.`, {
          status: 502,
          answered: status,
        });
  }
  if (status === 429) {
    const when = retryAfterMs === undefined ? 'later' : `in ${duration(retryAfterMs)}`;
    const message = `${server} asks for fewer calls; try again ${when}.${words}`;
    return new UpstreamError('upstream-busy', message, { status: 429, answered: status, transient: true, retryAfterMs });
  }
  if (status < 400) {
    const message = `${server} answers with status ${status}${location === undefined ? '' : ` and points to \`${location}\``}, which is not followed, so that a key stays where it belongs; set the right address.`;
    return new UpstreamError('upstream-moved', message, { status: 502, answered: status });
  }
  if (status >= 500) {
    const message = `${server} failed with status ${status}. Try again later.${words}`;
    const transient = status === 502 || status === 503 || status === OVERLOADED;
    return new UpstreamError('upstream-busy', message, { status: 502, answered: status, transient, retryAfterMs });
  }
  if (status === 402) {
    const message = `${server} wants to be paid first (status 402); add credit at the provider.${words}`;
    return new UpstreamError('upstream-refused', message, { status: 502, answered: status });
  }
  const message = `${server} refused the request with status ${status}.${words || ' Change the request and try again.'}`;
  return new UpstreamError('upstream-refused', message, { status, answered: status });
}

/** Anthropic's word for busy. */
const OVERLOADED = 529;

/** What a person reads while a call waits for its next attempt. */
export function waiting(delay: Millis, why: UpstreamError): string {
  const reason = why.answered === 429 ? 'asks for fewer calls' : why.answered === undefined ? 'did not answer' : 'is not ready';
  return `Waiting ${duration(delay)}: the model's server ${reason}`;
}

function seconds(limit: Millis): string {
  return limit < 1_000 ? `${limit} ms` : `${Math.round(limit / 1_000)} s`;
}

function duration(wait: Millis): string {
  return wait < 120_000 ? `${Math.max(1, Math.ceil(wait / 1_000))} s` : `${Math.ceil(wait / 60_000)} min`;
}
