import { formatUsd, type MicroUsd } from '../base/money.ts';
import type { ApiProblem } from './apiProblem.ts';
import { quota } from './callPlan.ts';
import type { ClientStream } from './clientStream.ts';
import { readCompletion, readPart, type CompletionPart } from './completionParts.ts';
import type { Spending } from './spending.ts';
import { sseEvent, SseSplitter, type SseEvent } from './sseEvents.ts';
import { ANSWER_BYTES, EVENT_BYTES, type UpstreamAnswer } from './upstreamAnswer.ts';
import { cut, garbage, refusedByUpstream } from './upstreamError.ts';

/** How an answer ended, and what is still to be sent once its cost is booked. */
export type Relayed =
  | { readonly kind: 'streamed'; readonly tail: Buffer }
  | { readonly kind: 'whole'; readonly contentType: string; readonly body: Buffer }
  | { readonly kind: 'problem'; readonly problem: ApiProblem };

interface StreamOptions {
  /** Whether the agent asked for the usage chunk; else it is kept from it. */
  readonly wantsUsage: boolean;
  readonly reserved: MicroUsd;
}

/**
 * Passes a stream on, event by event and byte for byte, counting as it goes. Nothing is written before the first piece of a real answer,
 * so that anything that goes wrong until then is an answer with a status. The last event is held back until the cost is booked.
 *
 * @throws UpstreamError, CallerLeftError
 */
export async function relayStream(
  answer: UpstreamAnswer,
  client: ClientStream,
  spending: Spending,
  options: StreamOptions,
): Promise<Relayed> {
  const splitter = new SseSplitter();
  let ready: Buffer[] = [];
  const seen = { begun: false, finished: false };

  /** Looks at one event; says how the stream ends if this event ends it. */
  const take = (event: SseEvent): Relayed | undefined => {
    const part = readPart(event.data);
    switch (part.kind) {
      case 'comment':
        ready.push(event.raw);
        return undefined;
      case 'done':
        if (!seen.begun) throw garbage(answer.host);
        spending.complete();
        answer.finish();
        return { kind: 'streamed', tail: event.raw };
      case 'error':
        return { kind: 'problem', problem: saidNo(answer, part.message) };
      case 'garbage':
        throw garbage(answer.host);
      case 'completion':
        spending.count(part);
        if (spending.overrun) return { kind: 'problem', problem: overrun(options.reserved) };
        seen.begun = true;
        seen.finished ||= part.finished;
        if (!part.usageOnly || options.wantsUsage) ready.push(event.raw);
        return undefined;
    }
  };
  const flush = async (): Promise<void> => {
    if (!seen.begun || ready.length === 0) return;
    const bytes = ready.length === 1 && ready[0] ? ready[0] : Buffer.concat(ready);
    ready = [];
    await client.write(bytes);
  };

  for await (const chunk of answer.chunks()) {
    let end: Relayed | undefined;
    try {
      for (const event of splitter.push(chunk)) {
        end = take(event);
        if (end) break;
      }
    } finally {
      // What came before the event that ends it, or breaks it, is still good.
      await flush();
    }
    if (end) return end;
    if (splitter.rest.length > EVENT_BYTES) throw garbage(answer.host);
  }
  // Some servers leave out the last blank line, or `[DONE]`.
  const end = splitter.rest.length > 0 ? take(sseEvent(splitter.rest)) : undefined;
  await flush();
  if (end) return end;
  if (!seen.begun) throw garbage(answer.host);
  if (!seen.finished) throw cut(answer.host);
  spending.complete();
  return { kind: 'streamed', tail: Buffer.alloc(0) };
}

/** Reads an answer in one piece. @throws UpstreamError, CallerLeftError */
export async function relayWhole(answer: UpstreamAnswer, spending: Spending): Promise<Relayed> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.chunks()) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > ANSWER_BYTES) throw garbage(answer.host);
  }
  const body = Buffer.concat(chunks);
  const part: CompletionPart = readCompletion(body.toString('utf8'));
  if (part.kind === 'error') return { kind: 'problem', problem: saidNo(answer, part.message) };
  if (part.kind !== 'completion') throw garbage(answer.host);
  spending.count(part);
  spending.complete();
  return { kind: 'whole', contentType: answer.contentType ?? 'application/json', body };
}

/** An error in the place of an answer, or in the middle of it. */
function saidNo(answer: UpstreamAnswer, message: string): ApiProblem {
  return refusedByUpstream(answer.host, { status: 500, said: answer.keyless(message), hadKey: true }).problem;
}

function overrun(reserved: MicroUsd): ApiProblem {
  return quota(
    `The answer was stopped: it cost more than the ${formatUsd(reserved)} set aside for this call. Ask for less at a time, or stop and report what is done.`,
  );
}
