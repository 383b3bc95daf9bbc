import type { Readable, Writable } from 'node:stream';
import type { AnyMessage, Stream } from '@agentclientprotocol/sdk';
import { z } from 'zod';

/** The agent broke the protocol. The message completes "the agent …". */
export class WireError extends Error {
  override readonly name = 'WireError';
}

export interface WireLimits {
  readonly lineBytes: number;
  /** Requests of the agent without an answer that it has taken. */
  readonly openRequests: number;
}

const wireLimits: WireLimits = { lineBytes: 16 * 1024 * 1024, openRequests: 64 };

const id = z.union([z.string().max(200), z.number().int()]);
const envelope = z.union([
  z.object({ jsonrpc: z.literal('2.0'), method: z.string().max(200), params: z.unknown().optional(), id }),
  z.object({ jsonrpc: z.literal('2.0'), method: z.string().max(200), params: z.unknown().optional(), id: z.undefined().optional() }),
  z.object({ jsonrpc: z.literal('2.0'), method: z.undefined().optional(), id, result: z.unknown(), error: z.undefined().optional() }),
  z.object({
    jsonrpc: z.literal('2.0'),
    method: z.undefined().optional(),
    id,
    error: z.object({ code: z.number().int(), message: z.string(), data: z.unknown().optional() }),
  }),
]);

/**
 * ACP over stdio as a stream of messages (one JSON-RPC 2.0 message a line). Unlike the SDK's own, it ends at the first line
 * that is not one, at an answer nobody asked for, at a repeated id, at a line too long and at more open requests than
 * `limits` allow. Notifications go to `onNotification` and no further.
 */
export function acpStream(
  output: Readable,
  input: Writable,
  onNotification: (method: string, params: unknown) => void,
  limits: WireLimits = wireLimits,
): Stream {
  const asked = new Set<string | number>();
  const open = new Set<string | number>();

  function accept(line: string): AnyMessage | undefined {
    const message = parse(line);
    if ('method' in message && message.method !== undefined) {
      if (message.id === undefined) {
        onNotification(message.method, message.params);
        return undefined;
      }
      if (open.has(message.id)) throw new WireError('used one request id twice');
      if (open.size >= limits.openRequests) throw new WireError(`asked for ${open.size + 1} things at once`);
      open.add(message.id);
      return { jsonrpc: '2.0', id: message.id, method: message.method, params: message.params };
    }
    if (!asked.delete(message.id)) throw new WireError('answered a question that was not asked');
    return 'error' in message && message.error !== undefined
      ? { jsonrpc: '2.0', id: message.id, error: message.error }
      : { jsonrpc: '2.0', id: message.id, result: 'result' in message ? message.result : undefined };
  }

  let release = (): void => undefined;
  const readable = new ReadableStream<AnyMessage>({
    start(controller) {
      const lines = new Lines(limits.lineBytes);
      const onData = (chunk: Buffer): void => {
        try {
          for (const line of lines.push(chunk)) {
            const message = line.trim() === '' ? undefined : accept(line);
            if (message !== undefined) controller.enqueue(message);
          }
        } catch (error) {
          release();
          controller.error(error);
        }
      };
      const onEnd = (): void => {
        release();
        controller.close();
      };
      const onError = (error: Error): void => {
        release();
        controller.error(error);
      };
      release = () => {
        output.off('data', onData).off('end', onEnd).off('error', onError);
        // Flowing on, so that the agent does not block on a full pipe while it is being ended.
        output.on('error', () => undefined).resume();
      };
      output.on('data', onData).on('end', onEnd).on('error', onError);
    },
    cancel: () => release(),
  });

  const writable = new WritableStream<AnyMessage>({
    write(message) {
      if ('method' in message) {
        if ('id' in message && message.id !== null) asked.add(message.id);
      } else if (message.id !== null) open.delete(message.id);
      return new Promise((resolve, reject) => {
        input.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()));
      });
    },
  });
  return { readable, writable };
}

function parse(line: string): z.infer<typeof envelope> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new WireError('printed something that is not a message');
  }
  const parsed = envelope.safeParse(value);
  if (!parsed.success) throw new WireError('sent a message that does not follow JSON-RPC');
  return parsed.data;
}

/** Splits bytes into lines without ever holding more than one line too long. */
class Lines {
  readonly #limit: number;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  *push(chunk: Buffer): Generator<string> {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      this.#keep(chunk.subarray(start, end));
      start = end + 1;
      const line = Buffer.concat(this.#chunks).toString('utf8');
      this.#chunks.length = 0;
      this.#length = 0;
      yield line;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  #keep(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > this.#limit) throw new WireError(`sent a line of more than ${this.#limit} bytes`);
    this.#chunks.push(part);
  }
}
