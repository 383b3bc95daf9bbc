import type { Millis } from '../../base/clock.ts';
import { sseEvent, SseSplitter } from '../sseEvents.ts';
import { ANSWER_BYTES, EVENT_BYTES, type UpstreamAnswer } from '../upstreamAnswer.ts';
import { garbage } from '../upstreamError.ts';
import { MessageStream } from './messageStream.ts';
import { wholeMessage } from './wholeMessage.ts';

/** An answer of the Messages API that reads as one of OpenAI's. */
export function messageAnswer(answer: UpstreamAnswer, stream: boolean, now: Millis): UpstreamAnswer {
  return { ...answer, chunks: () => (stream ? streamed(answer, now) : whole(answer, now)) };
}

async function* streamed(answer: UpstreamAnswer, now: Millis): AsyncGenerator<Buffer, void, void> {
  const splitter = new SseSplitter();
  const messages = new MessageStream(now);
  for await (const chunk of answer.chunks()) {
    let text = '';
    let broken = false;
    for (const event of splitter.push(chunk)) {
      const said = messages.take(event.data);
      broken = said === undefined;
      if (broken) break;
      text += said ?? '';
    }
    // What came before the event that breaks it is still good.
    if (text !== '') yield Buffer.from(text);
    if (broken || splitter.rest.length > EVENT_BYTES) throw garbage(answer.host);
  }
  const rest = splitter.rest.length > 0 ? messages.take(sseEvent(splitter.rest).data) : '';
  if (rest === undefined) throw garbage(answer.host);
  if (rest !== '') yield Buffer.from(rest);
}

async function* whole(answer: UpstreamAnswer, now: Millis): AsyncGenerator<Buffer, void, void> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.chunks()) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > ANSWER_BYTES) throw garbage(answer.host);
  }
  yield Buffer.from(wholeMessage(Buffer.concat(chunks).toString('utf8'), now));
}
