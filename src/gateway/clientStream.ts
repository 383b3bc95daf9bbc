import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Clock, Millis } from '../base/clock.ts';
import { withTimeLimit } from '../resilience/wait.ts';
import { problemEvent, sendProblem, type ApiProblem } from './apiProblem.ts';
import { CallerLeftError } from './upstreamError.ts';

/** The answer to an agent: begins with the first write, waits while the agent does not read, and always ends. */
export class ClientStream {
  readonly #response: ServerResponse;
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  readonly #idleMs: Millis;

  /** @param signal aborted when the agent has left */
  constructor(response: ServerResponse, signal: AbortSignal, clock: Clock, idleMs: Millis) {
    this.#response = response;
    this.#signal = signal;
    this.#clock = clock;
    this.#idleMs = idleMs;
  }

  /** @throws CallerLeftError when the agent has left, or has read nothing for the idle limit. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#signal.aborted) throw new CallerLeftError();
    if (!this.#response.headersSent) {
      this.#response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    }
    if (this.#response.write(bytes)) return;
    try {
      const drained = once(this.#response, 'drain', { signal: this.#signal });
      await withTimeLimit(this.#clock, this.#idleMs, drained, this.#signal, () => new CallerLeftError());
    } catch {
      throw new CallerLeftError();
    }
  }

  /** Ends a stream that has begun. */
  end(tail: Buffer): void {
    this.#response.end(tail);
  }

  /** Answers a call that was not a stream. */
  send(contentType: string, body: Buffer): void {
    this.#response.writeHead(200, { 'content-type': contentType, 'content-length': body.length });
    this.#response.end(body);
  }

  /** Before the first byte an error answer, after it an error event. */
  fail(problem: ApiProblem): void {
    if (this.#response.writableEnded || this.#response.destroyed) return;
    if (this.#response.headersSent) this.#response.end(problemEvent(problem));
    else sendProblem(this.#response, problem);
  }
}
