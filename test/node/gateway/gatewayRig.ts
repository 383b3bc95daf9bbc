import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteBudget } from '../../../src/budget/sqliteBudget.ts';
import type { Clock, Millis } from '../../../src/base/clock.ts';
import { idSource, type CorrelationId, type MissionId } from '../../../src/base/ids.ts';
import { microUsd, usdToMicro, type MicroUsd } from '../../../src/base/money.ts';
import type { Gate } from '../../../src/contracts/gate.ts';
import type { ModelEndpoint, ModelPrice, Upstream } from '../../../src/contracts/models.ts';
import type { UnitOfWork } from '../../../src/contracts/unitOfWork.ts';
import type { GatewayMission } from '../../../src/gateway/chatCompletions.ts';
import { startGateway, type GatewayOptions } from '../../../src/gateway/server.ts';
import { JoseTokens } from '../../../src/gate/joseTokens.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { RecordingLogger } from '../../support/recordingLogger.ts';
import { ScriptedUpstream, type Script } from '../../support/scriptedUpstream.ts';
import { TestGate } from '../../support/testGate.ts';

/** A clock that runs twenty times as fast and remembers what was waited for. */
export class HurriedClock implements Clock {
  readonly delays: Millis[] = [];
  readonly #pending = new Set<NodeJS.Timeout>();

  get pending(): number {
    return this.#pending.size;
  }

  now(): Millis {
    return Date.now();
  }

  after(delay: Millis, task: () => void): Disposable {
    this.delays.push(delay);
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      task();
    }, delay / 20);
    this.#pending.add(timer);
    return {
      [Symbol.dispose]: () => {
        clearTimeout(timer);
        this.#pending.delete(timer);
      },
    };
  }
}

export const PRICE: ModelPrice = { inputUsdPerMTok: 3, outputUsdPerMTok: 15 };
export const MISSION = 'mission-1' as MissionId;
export const MODEL = 'scripted-1';

export interface RigOptions {
  readonly scripts?: readonly Script[];
  readonly upstream?: Partial<Upstream>;
  readonly missionBudget?: MicroUsd;
  readonly timeouts?: GatewayOptions['timeouts'];
  /** What the gate objects to, after the money is reserved. */
  readonly objection?: string;
  readonly gate?: Gate;
  readonly unitOfWork?: (real: UnitOfWork) => UnitOfWork;
}

/** A gateway over a real store, budget and token issuer, a gate that reserves, and a scripted upstream. */
export class GatewayRig {
  readonly clock = new HurriedClock();
  readonly logger = new RecordingLogger();
  /** What was said of waiting, in order; `onWaiting` hears the next. */
  readonly waited: (string | undefined)[] = [];
  onWaiting: (words: string | undefined) => void = () => undefined;
  readonly tokens: JoseTokens;
  readonly store: Store;
  readonly budget: SqliteBudget;
  readonly gate: TestGate;
  upstream!: ScriptedUpstream;
  endpoint!: ModelEndpoint;
  token!: string;
  readonly #home: string;

  private constructor(options: RigOptions) {
    this.#home = mkdtempSync(join(tmpdir(), 'gonogo-gateway-'));
    const store = openStore(this.#home);
    if (!store.ok) throw store.error;
    this.store = store.value;
    const limits = { mission: options.missionBudget ?? usdToMicro(0.5), day: usdToMicro(10), month: usdToMicro(100) };
    const ids = idSource(process.env);
    this.budget = new SqliteBudget({ store: this.store, ids, limits: () => limits });
    this.tokens = new JoseTokens(Buffer.alloc(32, 7), () => 'token-1');
    this.gate = new TestGate(async (draft) => {
      const reserved = await this.store.unitOfWork.run(() =>
        this.budget.reserve({
          requestId: draft.idempotencyKey ?? '',
          missionId: draft.missionId ?? MISSION,
          workspaceId: draft.workspaceId,
          amount: draft.estimatedCost,
          at: this.clock.now(),
        }),
      );
      return reserved.ok ? options.objection : reserved.error.message;
    });
  }

  static async start(options: RigOptions = {}): Promise<GatewayRig> {
    const rig = new GatewayRig(options);
    rig.upstream = await ScriptedUpstream.start(...(options.scripts ?? []));
    const upstream: Upstream = {
      protocol: 'openai',
      baseUrl: `http://127.0.0.1:${rig.upstream.port}/v1`,
      model: MODEL,
      price: PRICE,
      apiKey: 'upstream-key',
      demo: false,
      ...options.upstream,
    };
    const mission: GatewayMission = {
      workspaceId: 'workspace-1',
      tenantId: 'local',
      sessionId: 'session-1',
      correlationId: 'correlation-1' as CorrelationId,
      domain: 'code',
      cwd: '/worktree',
      budget: options.missionBudget ?? usdToMicro(0.5),
    };
    rig.endpoint = await startGateway({
      gate: options.gate ?? rig.gate,
      budget: rig.budget,
      unitOfWork: options.unitOfWork?.(rig.store.unitOfWork) ?? rig.store.unitOfWork,
      verifier: rig.tokens,
      upstream: () => upstream,
      missionOf: (id) => (id === MISSION ? mission : undefined),
      clock: rig.clock,
      ids: idSource(process.env),
      logger: rig.logger,
      onWaiting: (_, words) => {
        rig.waited.push(words);
        rig.onWaiting(words);
      },
      timeouts: { ...options.timeouts },
    });
    rig.token = await rig.issue();
    return rig;
  }

  issue(claims: { missionId?: string; workspaceId?: string; expiresAt?: Millis } = {}): Promise<string> {
    return this.tokens.issue({
      principalId: 'builtin/coder',
      missionId: (claims.missionId ?? MISSION) as MissionId,
      workspaceId: claims.workspaceId ?? 'workspace-1',
      scopes: ['model.call'],
      expiresAt: claims.expiresAt ?? Date.now() + 3_600_000,
    });
  }

  post(body: unknown, init: { signal?: AbortSignal; token?: string } = {}): Promise<Response> {
    return fetch(`${this.endpoint.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${init.token ?? this.token}` },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...(init.signal ? { signal: init.signal } : {}),
    });
  }

  /** For headers that `fetch` will not send. */
  raw(method: string, path: string, headers: Readonly<Record<string, string>>): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const url = new URL(this.endpoint.baseUrl);
      const request = httpRequest({ host: '127.0.0.1', port: url.port, method, path, headers }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
      request.on('error', reject).end();
    });
  }

  /** What the mission's meter says. */
  get money(): { spent: MicroUsd; reserved: MicroUsd } {
    const meter = this.budget.meters(MISSION, Date.now()).find(({ scope }) => scope === 'mission');
    return { spent: meter?.spent ?? microUsd(-1), reserved: meter?.reserved ?? microUsd(-1) };
  }

  /** What the last call left in the ledger. */
  get outcome(): Readonly<Record<string, unknown>> {
    const last = this.gate.outcomes.at(-1);
    return { result: last?.result, ...(last?.summary as Record<string, unknown>) };
  }

  async stop(): Promise<void> {
    await this.endpoint.close();
    await this.upstream.close();
    this.store[Symbol.dispose]();
    rmSync(this.#home, { recursive: true, force: true });
  }
}

export const MESSAGES = [{ role: 'user', content: 'Round the totals half-even.' }];

/** The tokens the gateway estimates for a body. */
export function estimate(body: unknown): number {
  return Math.ceil(Buffer.byteLength(typeof body === 'string' ? body : JSON.stringify(body)) / 4);
}
