import { z } from 'zod';
import type { Clock, Millis } from '../base/clock.ts';
import { sha256 } from '../base/digest.ts';
import { messageOf } from '../base/errors.ts';
import type { ActionId, CorrelationId, IdSource } from '../base/ids.ts';
import { zeroUsd, type MicroUsd } from '../base/money.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { ActionDraft } from '../contracts/action.ts';
import type { EffectOutcome, Gate } from '../contracts/gate.ts';
import type { Logger } from '../contracts/logger.ts';
import type { ModelTarget, ModelTest } from '../contracts/models.ts';
import type { Permit } from '../contracts/permit.ts';
import { defaultTimeouts, probeUpstream } from './callUpstream.ts';
import { limitMemberOf } from './chatCompletions.ts';
import { readCompletion, type CompletionPart } from './completionParts.ts';
import { costOf } from './cost.ts';
import { dialects } from './dialects.ts';
import { judgeCall, notAnApi, type ProbeTrouble } from './probeTrouble.ts';
import { tokensOfBytes } from './tokens.ts';
import { UpstreamAgents } from './upstreamAgents.ts';
import { ANSWER_BYTES, type UpstreamAnswer } from './upstreamAnswer.ts';
import { CallerLeftError, garbage, UpstreamError } from './upstreamError.ts';

/** Some servers refuse to say less. */
const PROBE_TOKENS = 16;
const LIST_MS = 10_000;
/** A server on this machine may have to load the model first. */
const CALL_MS = 90_000;
const MOST_MODELS = 1_000;

export interface ModelProbeDeps {
  readonly gate: Gate;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  /** The local person's name for the record. */
  readonly userId: string;
  readonly agents?: UpstreamAgents;
  readonly limits?: { readonly listMs: Millis; readonly callMs: Millis };
}

/** What the two requests of a test found. */
interface Found {
  readonly models: readonly string[];
  readonly trouble?: ProbeTrouble;
  readonly completion?: Extract<CompletionPart, { kind: 'completion' }>;
}

/** Tests the way to a model for the person who asks: the list of models, and a call of a few tokens when a model is named. */
export class ModelProbe {
  readonly #deps: ModelProbeDeps;
  readonly #agents: UpstreamAgents;
  readonly #closing = new AbortController();

  constructor(deps: ModelProbeDeps) {
    this.#deps = deps;
    this.#agents = deps.agents ?? new UpstreamAgents();
  }

  async test(target: ModelTarget, apiKey: string | undefined): Promise<ModelTest> {
    const { gate, clock, logger } = this.#deps;
    const body = target.model === undefined ? ok(undefined) : callBody(target, target.model);
    if (!body.ok) return failure('bad-model', body.error);
    const started = clock.now();
    const performed = await gate.perform(this.#draft(target, body.value), (permit) => this.#ask(permit, target, apiKey, body.value), {
      signal: this.#closing.signal,
      onHold: 'refuse',
    });
    switch (performed.status) {
      case 'done': {
        const { models, trouble } = performed.value;
        return trouble ? failure(trouble.code, trouble.message, models) : { ok: true, models, tookMs: clock.now() - started };
      }
      case 'refused':
        return failure('refused', performed.reason);
      case 'failed':
        logger.log('warn', 'the test of a model could not be carried out', { error: messageOf(performed.error) });
        return failure('failed', 'The test could not be carried out or recorded; open GoNoGo: Show Health and try again.');
    }
  }

  close(): void {
    this.#closing.abort();
    this.#agents[Symbol.dispose]();
  }

  #draft(target: ModelTarget, body: string | undefined): ActionDraft {
    const { ids, userId } = this.#deps;
    const id = ids.next<ActionId>();
    return {
      kind: 'model.probe',
      domain: 'ops',
      principal: { kind: 'person', id: userId },
      resource: target.baseUrl,
      cwd: '',
      input: {
        protocol: target.protocol,
        baseUrl: target.baseUrl,
        model: target.model ?? null,
        requestSha256: body === undefined ? null : sha256(body),
      },
      workspaceId: '',
      tenantId: 'local',
      sessionId: id,
      correlationId: id as string as CorrelationId,
      estimatedCost: body === undefined ? zeroUsd : costIn(target, tokensOfBytes(Buffer.byteLength(body)), PROBE_TOKENS),
      surface: 'command',
      effect: 'ours',
    };
  }

  /** The effect. */
  async #ask(permit: Permit, target: ModelTarget, apiKey: string | undefined, body: string | undefined): Promise<EffectOutcome<Found>> {
    const { clock, logger, limits = { listMs: LIST_MS, callMs: CALL_MS } } = this.#deps;
    const upstream = { protocol: target.protocol, baseUrl: target.baseUrl, ...(apiKey === undefined ? {} : { apiKey }) };
    const requests = probeUpstream(
      permit,
      { upstream, body, ...limits, signal: this.#closing.signal },
      { agents: this.#agents, timeouts: { ...defaultTimeouts, idleMs: limits.callMs }, clock, logger },
    );
    const found = await this.#find(requests, target, body !== undefined);
    const usage = found.completion?.usage;
    return {
      value: found,
      result: found.trouble ? 'failure' : 'success',
      summary: {
        model: target.model ?? null,
        offered: found.models.length,
        ...(usage ? { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens } : {}),
        ...(found.trouble ? { problem: found.trouble.code, message: found.trouble.message } : {}),
      },
      ...(usage ? { cost: costIn(target, usage.inputTokens, usage.outputTokens) } : {}),
    };
  }

  async #find(requests: ReturnType<typeof probeUpstream>, target: ModelTarget, calls: boolean): Promise<Found> {
    const listed = await attempted(async () => modelsOf(await textOf(await requests.list(), target)));
    const models = listed.ok ? (listed.value ?? []) : [];
    if (!calls) {
      if (!listed.ok) return { models, trouble: judgeCall(target, listed.error, undefined) };
      return listed.value ? { models } : { models, trouble: notAnApi(target) };
    }
    // Not every server has a list, and not every key may read it: then the call decides.
    if (!listed.ok && (listed.error.answered === undefined || listed.error.answered === 401) && listed.error.code !== 'upstream-garbage')
      return { models, trouble: judgeCall(target, listed.error, undefined) };
    const called = await attempted(async () => readCompletion(await textOf(await requests.call(), target)));
    if (!called.ok) return { models, trouble: judgeCall(target, called.error, listed.ok ? models : undefined) };
    const completion = called.value;
    if (completion.kind !== 'completion') return { models, trouble: notAnApi(target) };
    return { models, completion };
  }
}

async function attempted<T>(work: () => Promise<T>): Promise<Result<T, UpstreamError>> {
  try {
    return ok(await work());
  } catch (error) {
    if (error instanceof UpstreamError) return err(error);
    throw error instanceof CallerLeftError ? new Error('GoNoGo is closing') : error;
  }
}

async function textOf(answer: UpstreamAnswer, target: ModelTarget): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.chunks()) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > ANSWER_BYTES) throw garbage(new URL(target.baseUrl).host);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const listSchema = z.object({ data: z.array(z.object({ id: z.string().min(1).max(200) })) });

/** OpenAI's and Anthropic's lists have the same shape in what matters here. */
function modelsOf(text: string): readonly string[] | undefined {
  try {
    return listSchema
      .parse(JSON.parse(text))
      .data.slice(0, MOST_MODELS)
      .map(({ id }) => id);
  } catch {
    return undefined;
  }
}

function callBody(target: ModelTarget, model: string): Result<string, string> {
  const chat = JSON.stringify({ model, messages: [{ role: 'user', content: 'Say ok.' }], [limitMemberOf(target)]: PROBE_TOKENS });
  const body = dialects[target.protocol].request(chat);
  return body.ok ? body : err(body.error.message);
}

function costIn({ price }: ModelTarget, inputTokens: number, outputTokens: number): MicroUsd {
  return price ? costOf({ inputTokens, outputTokens }, price) : zeroUsd;
}

function failure(code: string, message: string, models: readonly string[] = []): ModelTest {
  return { ok: false, code, message, models };
}
