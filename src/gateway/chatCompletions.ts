import type { ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { sha256 } from '../base/digest.ts';
import { messageOf } from '../base/errors.ts';
import type { CorrelationId, IdSource, MissionId, RequestId, ReservationId } from '../base/ids.ts';
import { formatUsd, type MicroUsd } from '../base/money.ts';
import type { ActionDraft, Domain } from '../contracts/action.ts';
import type { Budget } from '../contracts/budget.ts';
import type { CapabilityClaims } from '../contracts/capability.ts';
import type { EffectOutcome, Gate, Performed } from '../contracts/gate.ts';
import type { Logger } from '../contracts/logger.ts';
import type { Upstream } from '../contracts/models.ts';
import type { Permit } from '../contracts/permit.ts';
import type { UnitOfWork } from '../contracts/unitOfWork.ts';
import { decisive, type Verdict } from '../contracts/verdict.ts';
import { invalidRequest, type ApiProblem } from './apiProblem.ts';
import { noRoom, planCall, quota, type CallPlan } from './callPlan.ts';
import { callUpstream, type UpstreamTimeouts } from './callUpstream.ts';
import { parseChatRequest, upstreamBody, type ChatRequest, type LimitMember } from './chatRequest.ts';
import { ClientStream } from './clientStream.ts';
import { dialects } from './dialects.ts';
import { relayStream, relayWhole, type Relayed } from './relay.ts';
import { Spending } from './spending.ts';
import type { UpstreamAgents } from './upstreamAgents.ts';
import { CallerLeftError, UpstreamError } from './upstreamError.ts';

/** What the gateway needs to know of a mission that may spend. */
export interface GatewayMission {
  readonly workspaceId: string;
  readonly tenantId: string;
  readonly sessionId: string;
  readonly correlationId: CorrelationId;
  readonly domain: Domain;
  /** Absolute folder the mission's agents work in. */
  readonly cwd: string;
  readonly budget: MicroUsd;
}

export interface ChatCompletionsDeps {
  readonly gate: Gate;
  readonly budget: Budget;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly agents: UpstreamAgents;
  readonly timeouts: UpstreamTimeouts;
  /** What a call of the mission waits for, in words for a person; `undefined` when that is over. */
  readonly onWaiting: (missionId: MissionId, words: string | undefined) => void;
}

/** A caller whose token was verified. */
export interface Caller {
  readonly claims: CapabilityClaims;
  readonly token: string;
  readonly mission: GatewayMission;
}

/** One call as it was decided. */
interface Call {
  readonly requestId: string;
  readonly missionId: MissionId;
  readonly request: ChatRequest;
  readonly upstream: Upstream;
  /** As it goes to the upstream, in its dialect. */
  readonly body: string;
  readonly plan: CallPlan;
}

/** `POST /v1/chat/completions`: plan what fits the budget, ask the gate, relay the answer, book what it cost, then end the answer. */
export class ChatCompletions {
  readonly #deps: ChatCompletionsDeps;

  constructor(deps: ChatCompletionsDeps) {
    this.#deps = deps;
  }

  /** Always answers, and settles what was reserved on every path. @param signal aborted when the agent has left */
  async handle(body: Buffer, response: ServerResponse, caller: Caller, upstream: Upstream, signal: AbortSignal): Promise<void> {
    const { clock, timeouts } = this.#deps;
    const client = new ClientStream(response, signal, clock, timeouts.idleMs);
    const request = parseChatRequest(body);
    if (!request.ok) return client.fail(request.error);
    const { model } = request.value;
    if (model !== undefined && model !== upstream.model) {
      const message = `The model \`${model}\` is not on offer here. Use \`${upstream.model}\`.`;
      return client.fail(invalidRequest(404, 'model_not_found', message));
    }
    const plan = this.#plan(request.value, upstream, caller.claims.missionId, caller.mission);
    if ('problem' in plan) return client.fail(plan.problem);
    const { maxOutputTokens } = plan;
    const sent = dialects[upstream.protocol].request(upstreamBody(request.value, upstream.model, maxOutputTokens, limitMemberOf(upstream)));
    if (!sent.ok) return client.fail(sent.error);
    const call: Call = {
      requestId: `model-call-${this.#deps.ids.next<RequestId>()}`,
      missionId: caller.claims.missionId,
      request: request.value,
      upstream,
      body: sent.value,
      plan,
    };
    const progress = { started: false };
    const effect = (permit: Permit): Promise<EffectOutcome<Relayed>> => {
      progress.started = true;
      return this.#spend(permit, call, client, signal);
    };
    const performed = await this.#deps.gate.perform(draftOf(call, caller), effect, { signal, onHold: 'refuse' });
    // An effect that began has settled what it could; what it could not book stays reserved.
    if (!progress.started) await this.#giveBack(call);
    this.#answer(performed, call, client, response);
  }

  #plan(request: ChatRequest, upstream: Upstream, missionId: MissionId, mission: GatewayMission): CallPlan | { problem: ApiProblem } {
    const { budget, clock } = this.#deps;
    const now = clock.now();
    const plan = planCall(request, upstream.price, budget.available(missionId, now));
    if (plan.ok) return plan.value;
    const meters = budget.meters(missionId, now);
    if (meters.length > 0) return { problem: noRoom(meters, plan.error) };
    return { problem: quota(`The mission's budget of ${formatUsd(mission.budget)} is spent. Stop and report what is done.`) };
  }

  /** The effect: the gate has said GO and holds the reservation. */
  async #spend(permit: Permit, call: Call, client: ClientStream, signal: AbortSignal): Promise<EffectOutcome<Relayed>> {
    const { budget } = this.#deps;
    const { upstream, request } = call;
    const reservation = budget.reservationFor(call.requestId);
    if (reservation === undefined) throw new Error('nothing was reserved for this call, so it was not made; try again');
    const spending = new Spending(request.inputTokens, upstream.price, reservation.amount);
    const progress = { working: false };
    let relayed: Relayed;
    try {
      const onWorking = (working: boolean): void => void (progress.working = working);
      const onWaiting = (words: string | undefined): void => this.#deps.onWaiting(call.missionId, words);
      const asked = { upstream, body: call.body, stream: request.stream, signal, onWorking, onWaiting };
      const answer = await callUpstream(permit, asked, this.#deps);
      relayed = request.stream
        ? await relayStream(answer, client, spending, { wantsUsage: request.wantsUsage, reserved: reservation.amount })
        : await relayWhole(answer, spending);
    } catch (error) {
      if (error instanceof CallerLeftError) {
        // The provider may have done the work and bills it, though nobody waited for the answer.
        if (progress.working) spending.breakOff();
        relayed = { kind: 'problem', problem: CALLER_LEFT };
      } else if (error instanceof UpstreamError) relayed = { kind: 'problem', problem: error.problem };
      else throw error;
    } finally {
      await this.#book(reservation.id, spending.cost);
    }
    const { usage, cost } = spending;
    return {
      value: relayed,
      result: relayed.kind === 'problem' ? 'failure' : 'success',
      summary: {
        model: upstream.model,
        demo: upstream.demo,
        ...(usage === undefined && cost !== undefined ? { estimated: true } : {}),
        ...(usage === undefined ? {} : { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, estimated: usage.estimated }),
        ...(relayed.kind === 'problem' ? { problem: relayed.problem.code, message: relayed.problem.message } : {}),
      },
      ...(cost === undefined ? {} : { cost }),
    };
  }

  /** Books what was used, or gives all of it back. Repeating it changes nothing. */
  async #book(id: ReservationId, cost: MicroUsd | undefined): Promise<void> {
    const { budget, unitOfWork, clock } = this.#deps;
    await unitOfWork.run(() => {
      if (cost === undefined) budget.release(id);
      else budget.commit(id, cost, clock.now());
    });
  }

  /** For a call that was never made. */
  async #giveBack(call: Call): Promise<void> {
    const { budget, unitOfWork } = this.#deps;
    await unitOfWork.run(() => {
      const reservation = budget.reservationFor(call.requestId);
      if (reservation !== undefined) budget.release(reservation.id);
    });
  }

  /** The decision, the cost and the outcome are on record: end the answer. */
  #answer(performed: Performed<Relayed>, call: Call, client: ClientStream, response: ServerResponse): void {
    switch (performed.status) {
      case 'done':
        return finish(performed.value, client, response);
      case 'refused':
        return client.fail(refusalOf(performed.verdict, performed.reason));
      case 'failed':
        this.#deps.logger.log('error', 'model call failed', { requestId: call.requestId, error: messageOf(performed.error) });
        return client.fail(FAILED);
    }
  }
}

const CALLER_LEFT: ApiProblem = {
  status: 499,
  type: 'invalid_request_error',
  code: 'caller_left',
  message: 'The caller left before the answer was complete.',
};
const FAILED: ApiProblem = {
  status: 500,
  type: 'server_error',
  code: 'call_failed',
  message: 'The call could not be carried out or recorded. Try again; if it keeps failing, stop and report what is done.',
};

function finish(relayed: Relayed, client: ClientStream, response: ServerResponse): void {
  if (relayed.kind === 'streamed') client.end(relayed.tail);
  else if (relayed.kind === 'whole') client.send(relayed.contentType, relayed.body);
  else if (relayed.problem === CALLER_LEFT) response.destroy();
  else client.fail(relayed.problem);
}

function draftOf(call: Call, { claims, token, mission }: Caller): ActionDraft {
  return {
    kind: 'model.call',
    domain: mission.domain,
    principal: { kind: 'agent', id: claims.principalId },
    capability: token,
    resource: call.upstream.model,
    cwd: mission.cwd,
    input: {
      model: call.upstream.model,
      requestSha256: sha256(call.body),
      inputTokens: call.request.inputTokens,
      maxOutputTokens: call.plan.maxOutputTokens,
    },
    workspaceId: mission.workspaceId,
    tenantId: mission.tenantId,
    sessionId: mission.sessionId,
    correlationId: mission.correlationId,
    missionId: claims.missionId,
    estimatedCost: call.plan.worstCase,
    idempotencyKey: call.requestId,
    surface: 'gateway',
    effect: 'ours',
  };
}

const BUDGET_CODES = new Set(['budget-spent', 'mission-budget', 'daily-budget', 'monthly-budget']);

/** Budget findings are 402, a wait 429, everything else 403: none of them gets better by being repeated at once. */
function refusalOf(verdict: Verdict, reason: string): ApiProblem {
  if (verdict.effect === 'wait') {
    return { status: 429, type: 'rate_limit_error', code: 'wait', message: reason, retryAfterMs: verdict.retryAfterMs };
  }
  const code = decisive(verdict.findings)?.code ?? verdict.effect;
  if (BUDGET_CODES.has(code)) return quota(reason);
  return { status: 403, type: 'permission_error', code: code.replaceAll('-', '_'), message: reason };
}

/** OpenAI's own models refuse `max_tokens`; most others know nothing else. */
export function limitMemberOf(upstream: Pick<Upstream, 'baseUrl'>): LimitMember {
  const { hostname } = new URL(upstream.baseUrl);
  return hostname === 'api.openai.com' || hostname.endsWith('.openai.azure.com') ? 'max_completion_tokens' : 'max_tokens';
}
