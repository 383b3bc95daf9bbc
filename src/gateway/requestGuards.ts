import type { IncomingMessage } from 'node:http';
import { err, ok, type Result } from '../base/result.ts';
import { invalidRequest, type ApiProblem } from './apiProblem.ts';

/** Bytes of a refused body that are read and thrown away, so that the refusal is heard, before the connection is dropped. */
const DISCARD_FACTOR = 8;

/** A page in a browser can reach a loopback port: by a name of its own that resolves to it, or with an `Origin`. Neither gets in. */
export function guardProblem(request: IncomingMessage, port: number): ApiProblem | undefined {
  const { host, origin } = request.headers;
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
    return { status: 403, type: 'permission_error', code: 'wrong_host', message: `Address this server as \`127.0.0.1:${port}\`.` };
  }
  if (origin !== undefined) {
    return {
      status: 403,
      type: 'permission_error',
      code: 'wrong_origin',
      message: 'This server does not answer web pages. Call it from the agent.',
    };
  }
  return undefined;
}

/** The token of `Authorization: Bearer …`. */
export function bearerOf(request: IncomingMessage): string | undefined {
  return /^bearer ([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** Reads the body of a request. @throws Error when the caller leaves meanwhile. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Result<Buffer, ApiProblem>> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    return err(
      invalidRequest(415, 'unsupported_encoding', `The content encoding \`${encoding.slice(0, 40)}\` is not read here. Send plain JSON.`),
    );
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else chunks.length = 0;
    if (size > limit * DISCARD_FACTOR) request.destroy();
  }
  if (size > limit) {
    const megabytes = Math.floor(limit / (1024 * 1024));
    return err(
      invalidRequest(
        413,
        'request_too_large',
        `The request is larger than ${megabytes} MB. Send less at a time, or start a new conversation.`,
      ),
    );
  }
  return ok(Buffer.concat(chunks));
}
