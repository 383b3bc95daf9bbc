import type { ServerResponse } from 'node:http';

/**
 * What went wrong, for an agent: the status and the members of an OpenAI error body. `message` is one sentence or two that say what
 * happened and what to do next.
 */
export interface ApiProblem {
  readonly status: number;
  readonly type:
    'invalid_request_error' | 'authentication_error' | 'permission_error' | 'insufficient_quota' | 'rate_limit_error' | 'server_error';
  readonly code: string;
  readonly message: string;
  /** Sent as `Retry-After`. */
  readonly retryAfterMs?: number;
}

export function invalidRequest(status: number, code: string, message: string): ApiProblem {
  return { status, type: 'invalid_request_error', code, message };
}

/** `{"error":{"message","type","param","code"}}`, the error body of OpenAI's API. */
function problemBody(problem: ApiProblem): string {
  return JSON.stringify({ error: { message: problem.message, type: problem.type, param: null, code: problem.code } });
}

/** The same body as a server-sent event, for a stream that has begun. */
export function problemEvent(problem: ApiProblem): string {
  return `data: ${problemBody(problem)}\n\n`;
}

/** Answers with the problem. The response must not have begun. */
export function sendProblem(response: ServerResponse, problem: ApiProblem): void {
  const body = problemBody(problem);
  response.writeHead(problem.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(problem.retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(problem.retryAfterMs / 1000)) }),
    ...(problem.status === 413 ? { connection: 'close' } : {}),
  });
  response.end(body);
}
