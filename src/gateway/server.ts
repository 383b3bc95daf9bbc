import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { z } from 'zod';
import { messageOf } from '../base/errors.ts';
import type { MissionId } from '../base/ids.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { TokenVerifier } from '../contracts/capability.ts';
import type { ModelEndpoint, Upstream } from '../contracts/models.ts';
import { invalidRequest, sendProblem, type ApiProblem } from './apiProblem.ts';
import { defaultTimeouts, type UpstreamTimeouts } from './callUpstream.ts';
import { ChatCompletions, type Caller, type ChatCompletionsDeps, type GatewayMission } from './chatCompletions.ts';
import { bearerOf, guardProblem, readBody } from './requestGuards.ts';
import { UpstreamAgents } from './upstreamAgents.ts';

const BODY_BYTES = 8 * 1024 * 1024;

export interface GatewayOptions extends Omit<ChatCompletionsDeps, 'agents' | 'timeouts'> {
  readonly verifier: TokenVerifier;
  /** Where calls go now; `undefined` while no model is set up. Read for each call. */
  readonly upstream: () => Upstream | undefined;
  /** A mission that may spend now; `undefined` for any other. */
  readonly missionOf: (missionId: MissionId) => GatewayMission | undefined;
  readonly timeouts?: Partial<UpstreamTimeouts>;
}

/**
 * Serves `POST /v1/chat/completions` and `GET /v1/models` on a free port of 127.0.0.1, for bearers of a running mission's token only.
 * Everything that goes wrong is answered in OpenAI's error shape.
 *
 * @throws the system's error when no port can be opened.
 */
export async function startGateway(options: GatewayOptions): Promise<ModelEndpoint> {
  const gateway = new Gateway(options);
  return gateway.listen();
}

/** A request that is not answered yet. */
interface Running {
  readonly leaving: AbortController;
  /** Known once its token was verified. */
  mission: MissionId | undefined;
}

class Gateway {
  readonly #options: GatewayOptions;
  readonly #agents = new UpstreamAgents();
  readonly #completions: ChatCompletions;
  readonly #running = new Map<Promise<void>, Running>();
  readonly #server: Server;
  #closing = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#completions = new ChatCompletions({ ...options, agents: this.#agents, timeouts: { ...defaultTimeouts, ...options.timeouts } });
    this.#server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 60_000 }, (request, response) =>
      this.#accept(request, response),
    );
  }

  async listen(): Promise<ModelEndpoint> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return {
      baseUrl: `http://127.0.0.1:${this.#port}/v1`,
      endCalls: (missionId) => this.#end(({ mission }) => mission === missionId),
      close: () => this.#close(),
    };
  }

  get #port(): number {
    return z.object({ port: z.number() }).parse(this.#server.address()).port;
  }

  #accept(request: IncomingMessage, response: ServerResponse): void {
    const leaving = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) leaving.abort();
    });
    const running: Running = { leaving, mission: undefined };
    const handled = this.#handle(request, response, running)
      .catch((error: unknown) => {
        this.#options.logger.log(leaving.signal.aborted ? 'debug' : 'error', 'gateway request failed', { error: messageOf(error) });
        if (!response.headersSent && !response.destroyed) sendProblem(response, BROKEN);
        else response.destroy();
      })
      .finally(() => this.#running.delete(handled));
    this.#running.set(handled, running);
  }

  async #handle(request: IncomingMessage, response: ServerResponse, running: Running): Promise<void> {
    if (this.#closing) return sendProblem(response, CLOSING);
    const refused = guardProblem(request, this.#port);
    if (refused) return sendProblem(response, refused);
    const caller = await this.#authenticate(request);
    if (!caller.ok) return sendProblem(response, caller.error);
    running.mission = caller.value.claims.missionId;
    const upstream = this.#options.upstream();
    const path = (request.url ?? '').split('?')[0];
    if (path === '/v1/models' && request.method === 'GET') return sendModels(response, upstream);
    if (path !== '/v1/chat/completions' || request.method !== 'POST') {
      const message = 'Only `POST /v1/chat/completions` and `GET /v1/models` are served here.';
      return sendProblem(response, invalidRequest(404, 'not_found', message));
    }
    const body = await readBody(request, BODY_BYTES);
    if (!body.ok) return sendProblem(response, body.error);
    if (upstream === undefined) return sendProblem(response, NO_MODEL);
    await this.#completions.handle(body.value, response, caller.value, upstream, running.leaving.signal);
  }

  async #authenticate(request: IncomingMessage): Promise<Result<Caller, ApiProblem>> {
    const { verifier, clock, missionOf } = this.#options;
    const token = bearerOf(request);
    const verified = await verifier.verify(token, clock.now());
    if (!verified.ok) return err(unauthorised(verified.error.message));
    const claims = verified.value;
    const mission = missionOf(claims.missionId);
    if (token === undefined || mission?.workspaceId !== claims.workspaceId) {
      return err(unauthorised('The token belongs to a mission that is not running here. Stop.'));
    }
    return ok({ claims, token, mission });
  }

  /** What runs settles its reservation before it goes. */
  async #end(which: (running: Running) => boolean): Promise<void> {
    const ending = [...this.#running].filter(([, running]) => which(running));
    for (const [, { leaving }] of ending) leaving.abort();
    await Promise.all(ending.map(([handled]) => handled));
  }

  async #close(): Promise<void> {
    this.#closing = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await this.#end(() => true);
    this.#server.closeAllConnections();
    await closed;
    this.#agents[Symbol.dispose]();
  }
}

const BROKEN: ApiProblem = { status: 500, type: 'server_error', code: 'internal_error', message: 'The gateway failed. Try again.' };
const CLOSING: ApiProblem = { status: 503, type: 'server_error', code: 'closing', message: 'The gateway is closing. Stop.' };
const NO_MODEL: ApiProblem = {
  status: 503,
  type: 'server_error',
  code: 'no_model',
  message: 'No model is set up. A person can run GoNoGo: Set Up Model…, or turn on `gonogo.models.demo`. Stop and say so.',
};

function unauthorised(message: string): ApiProblem {
  return { status: 401, type: 'authentication_error', code: 'invalid_api_key', message };
}

function sendModels(response: ServerResponse, upstream: Upstream | undefined): void {
  const data = upstream
    ? [{ id: upstream.model, object: 'model', created: 0, owned_by: upstream.demo ? 'demo' : new URL(upstream.baseUrl).hostname }]
    : [];
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ object: 'list', data }));
}
