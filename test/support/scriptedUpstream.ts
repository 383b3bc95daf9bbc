import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface UpstreamRequest {
  readonly headers: IncomingMessage['headers'];
  readonly url: string;
  readonly body: string;
}

/** What the server does with one request. `closed` resolves when the connection of the answer has gone, whoever ended it. */
export type Script = (response: ServerResponse, closed: Promise<void>, request: UpstreamRequest) => void | Promise<void>;

/** A model's server on 127.0.0.1 that answers as told: the n-th request with the n-th script, the last one from then on. */
export class ScriptedUpstream {
  readonly requests: UpstreamRequest[] = [];
  readonly #server;
  readonly #waiting: (() => void)[] = [];
  readonly #answering = new Set<Promise<void>>();
  #connections = 0;

  private constructor(scripts: readonly Script[]) {
    this.#server = createServer((request, response) => void serve(request, response));
    const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
      const script = scripts[Math.min(this.requests.length, scripts.length - 1)];
      const seen = { headers: request.headers, url: request.url ?? '', body };
      this.requests.push(seen);
      this.#waiting.splice(0).forEach((resolve) => resolve());
      const closed = latch();
      this.#answering.add(closed.opened);
      response.once('close', () => {
        this.#answering.delete(closed.opened);
        closed.open();
      });
      await script?.(response, closed.opened, seen);
    };
    this.#server.on('connection', () => (this.#connections += 1));
  }

  static async start(...scripts: Script[]): Promise<ScriptedUpstream> {
    const upstream = new ScriptedUpstream(scripts);
    upstream.#server.listen(0, '127.0.0.1');
    await once(upstream.#server, 'listening');
    return upstream;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many were ever opened. */
  get connections(): number {
    return this.#connections;
  }

  /** Resolves when the next request has been read. */
  nextRequest(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when every answer so far has ended or was broken off. */
  async idle(): Promise<void> {
    await Promise.all(this.#answering);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

export interface Latch {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

export function latch(): Latch {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

/** One event of a stream. */
export function chunkEvent(choices: readonly unknown[], more: object = {}): string {
  return `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices, ...more })}\n\n`;
}

export function textEvent(content: string): string {
  return chunkEvent([{ index: 0, delta: { content }, finish_reason: null }]);
}

export const stopEvent = chunkEvent([{ index: 0, delta: {}, finish_reason: 'stop' }]);
export const doneEvent = 'data: [DONE]\n\n';

export function usageEvent(promptTokens: number, completionTokens: number): string {
  const usage = { prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens: promptTokens + completionTokens };
  return chunkEvent([], { usage });
}

/** Streams the parts as they are, each in a write of its own. */
export function streaming(...parts: readonly (string | Buffer)[]): Script {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const part of parts) await new Promise((resolve) => response.write(part, resolve));
    response.end();
  };
}

/** Streams the parts and then breaks the connection. */
export function cuttingAfter(...parts: readonly string[]): Script {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const part of parts) await new Promise((resolve) => response.write(part, resolve));
    response.destroy();
  };
}

/** Streams the parts and then says nothing more. */
export function stallingAfter(...parts: readonly string[]): Script {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const part of parts) response.write(part);
  };
}

export function answering(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Script {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

export const hangingUp: Script = (response) => void response.destroy();
export const silent: Script = () => undefined;
