import type { IncomingMessage } from 'node:http';
import type { Clock, Millis } from '../base/clock.ts';
import { withTimeLimit } from '../resilience/wait.ts';
import { CallerLeftError, cut, slow, UpstreamError } from './upstreamError.ts';

/** More than this without an end is no event of a stream, or no answer in one piece. */
export const EVENT_BYTES = 8 * 1024 * 1024;
export const ANSWER_BYTES = 32 * 1024 * 1024;
/** How long a finished answer may take to end before its connection is dropped. */
const ENDING_MS = 1_000;

/** An answer of status 2xx. */
export interface UpstreamAnswer {
  readonly host: string;
  readonly contentType: string | undefined;
  /** What the server says, without the key it was given. */
  readonly keyless: (said: string) => string;
  /** @throws UpstreamError when the answer stalls or breaks, CallerLeftError when the signal was aborted. */
  chunks(): AsyncGenerator<Buffer, void, void>;
  /** Nothing more is wanted of this answer, and the server is about to end it: leaving `chunks` keeps the connection for the next call. */
  finish(): void;
  /** Drops the connection unless the answer has ended. Repeating it changes nothing. */
  close(): void;
}

interface AnswerContext {
  readonly host: string;
  readonly keyless: (said: string) => string;
  readonly signal: AbortSignal;
  readonly idleMs: Millis;
  readonly clock: Clock;
}

export function answerOf(response: IncomingMessage, { host, keyless, signal, idleMs, clock }: AnswerContext): UpstreamAnswer {
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
    keyless,
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
