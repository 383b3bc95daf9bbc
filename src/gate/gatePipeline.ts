import { canonicalJson, type Json } from '../base/canonicalJson.ts';
import type { Clock, Millis } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { ActionId, EntryId, GrantId, IdSource, MissionId, RequestId } from '../base/ids.ts';
import { zeroUsd } from '../base/money.ts';
import type { Action, ActionDraft } from '../contracts/action.ts';
import type { ApprovalRequest } from '../contracts/approval.ts';
import type { Approvals } from '../contracts/approvals.ts';
import type { Check, CheckContext } from '../contracts/check.ts';
import type { EffectOutcome, Gate, Performed, PerformOptions } from '../contracts/gate.ts';
import type { Ledger, LedgerDraft } from '../contracts/ledger.ts';
import type { Logger } from '../contracts/logger.ts';
import type { MissionFacts } from '../contracts/mission.ts';
import { Permit } from '../contracts/permit.ts';
import type { UnitOfWork } from '../contracts/unitOfWork.ts';
import { decisive, findingSchema, type Finding, type Verdict } from '../contracts/verdict.ts';
import { describe } from './describe.ts';
import { evaluate } from './evaluate.ts';
import { approved, badAction, checkFailed, grantRefused, notCovered } from './findings.ts';
import { parseAction } from './parseAction.ts';
import type { SqliteIntents } from './sqliteIntents.ts';
import { recordTakeOver } from './unfinished.ts';

export interface GateOptions {
  /** In the order they are asked: cheap ones first. */
  readonly checks: readonly Check[];
  readonly unitOfWork: UnitOfWork;
  readonly ledger: Ledger;
  readonly intents: SqliteIntents;
  readonly approvals: Approvals;
  readonly missionFacts: (id: MissionId) => MissionFacts | undefined;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly checkTimeout: Millis;
  readonly approvalExpires: () => Millis;
  /** After each decision, so that views can follow. */
  readonly onDecided: () => void;
}

interface Decision {
  readonly verdict: Verdict;
  /** Set on GO: the entry of the decision, and the intent that the outcome closes. */
  readonly go?: { readonly entry: EntryId; readonly intent: EntryId };
}

/** Undoes what the charges of a GO took, and carries the finding that stopped it. */
class ChargeRefused extends Error {
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(finding.reason);
    this.finding = finding;
  }
}

export class GatePipeline implements Gate {
  readonly #options: GateOptions;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  async perform<T>(
    draft: ActionDraft,
    effect: (permit: Permit) => Promise<EffectOutcome<T>>,
    options: PerformOptions,
  ): Promise<Performed<T>> {
    const { approvals, ids } = this.#options;
    const parsed = parseAction(draft, ids.next<ActionId>());
    if (!parsed.ok) return this.#unreadable(draft, parsed.error);
    const action = parsed.value;
    const decision = await this.#decide(action, options.signal, options.grantId);
    const { verdict } = decision;
    if (decision.go) return this.#carryOut(action, Permit.mint(action, decision.go.entry, decision.go.intent), effect);
    if (verdict.effect !== 'hold' || options.onHold === 'refuse') return refused(verdict);
    let outcome;
    try {
      outcome = await approvals.settled(verdict.request.id, options.signal);
    } catch (error) {
      return { status: 'refused', verdict, reason: `NO-GO: nobody waits for a decision any more (${messageOf(error)}).` };
    }
    switch (outcome.status) {
      case 'approved':
        return this.perform(draft, effect, { ...options, grantId: outcome.grantId, onHold: 'refuse' });
      case 'rejected':
        return { status: 'refused', verdict, reason: `NO-GO: a person rejected this: ${outcome.reason}` };
      default:
        return { status: 'refused', verdict, reason: `NO-GO: nobody approved this (${outcome.status}).` };
    }
  }

  async explain(draft: ActionDraft): Promise<Verdict> {
    const { ids } = this.#options;
    const parsed = parseAction(draft, ids.next<ActionId>());
    if (!parsed.ok) return { effect: 'no-go', findings: [badAction(parsed.error)] };
    const action = parsed.value;
    const { findings } = await this.#ask(action, new AbortController().signal, { all: true });
    if (findings.length === 0) return { effect: 'no-go', findings: [notCovered(action)] };
    const by = decisive(findings)?.effect ?? 'go';
    if (by !== 'hold') return by === 'wait' ? { effect: 'no-go', findings } : { effect: by, findings };
    const request: ApprovalRequest = { ...this.#newRequest(action, findings), id: ids.next<RequestId>(), state: { status: 'pending' } };
    return { effect: 'hold', findings, request };
  }

  async #decide(action: Action, signal: AbortSignal, grantId: GrantId | undefined): Promise<Decision> {
    const { unitOfWork } = this.#options;
    const { context, findings } = await this.#ask(action, signal, { all: false });
    try {
      return await unitOfWork.run(() => this.#settle(action, findings, context, grantId));
    } catch (error) {
      if (error instanceof ChargeRefused) return await this.#recordRefusal(action, [...findings, error.finding]);
      return this.#notRecorded(findings, error);
    } finally {
      this.#announce();
    }
  }

  async #ask(
    action: Action,
    signal: AbortSignal,
    options: { readonly all: boolean },
  ): Promise<{ context: CheckContext; findings: Finding[] }> {
    const { checks, clock, checkTimeout, missionFacts } = this.#options;
    const unknown: CheckContext = { now: clock.now(), mission: undefined, signal };
    try {
      const context = { ...unknown, mission: action.missionId === undefined ? undefined : missionFacts(action.missionId) };
      return { context, findings: await evaluate(checks, action, context, { clock, timeout: checkTimeout, ...options }) };
    } catch (error) {
      return { context: unknown, findings: [checkFailed('mission', messageOf(error))] };
    }
  }

  #announce(): void {
    const { onDecided, logger } = this.#options;
    try {
      onDecided();
    } catch (error) {
      logger.log('error', 'a decision could not be shown', { error: messageOf(error) });
    }
  }

  /** Inside the unit of work: charges, request or grant, and the decision's entry stand or fall together. */
  #settle(action: Action, findings: readonly Finding[], context: CheckContext, grantId: GrantId | undefined): Decision {
    const { ledger, intents, approvals, ids, clock } = this.#options;
    const by = decisive(findings);
    // Default deny: no check had anything to say, so nobody allowed it.
    if (!by && findings.length === 0) return this.#refuse(action, [notCovered(action)]);
    if (by?.effect === 'no-go' || by?.effect === 'wait') return this.#refuse(action, findings);
    if (by?.effect === 'hold') {
      if (!grantId) {
        const request = approvals.request(this.#newRequest(action, findings), describe(action).content);
        ledger.append({
          ...entryOf(action, 'decision', 'blocked', { digest: action.digest, findings: jsonOf(findings) }),
          reason: by.reason,
          restsOn: request.id,
        });
        return { verdict: { effect: 'hold', findings, request } };
      }
      const marker = ids.next<EntryId>();
      if (!approvals.consume(grantId, action.digest, marker, clock.now(), (decision) => recordTakeOver(decision, intents, ledger))) {
        return this.#refuse(action, [...findings, grantRefused]);
      }
      return this.#go(action, [...findings, approved], context, marker, grantId);
    }
    return this.#go(action, findings, context, ids.next<EntryId>(), undefined);
  }

  #go(action: Action, findings: readonly Finding[], context: CheckContext, intent: EntryId, grantId: GrantId | undefined): Decision {
    const { checks, ledger, intents } = this.#options;
    for (const check of checks) {
      const finding = charged(check, action, context);
      if (finding && finding.effect !== 'go') throw new ChargeRefused(finding);
    }
    const entry = ledger.append({
      ...entryOf(action, 'decision', 'success', { digest: action.digest, findings: jsonOf(findings), input: inputForRecord(action) }),
      ...(grantId ? { restsOn: grantId } : {}),
    });
    intents.open(intent, entry.id, action);
    return { verdict: { effect: 'go', findings }, go: { entry: entry.id, intent } };
  }

  #refuse(action: Action, findings: readonly Finding[]): Decision {
    const by = decisive(findings);
    this.#options.ledger.append({
      ...entryOf(action, 'decision', 'blocked', { digest: action.digest, findings: jsonOf(findings), input: inputForRecord(action) }),
      reason: by?.reason ?? 'not allowed',
    });
    return { verdict: { effect: 'no-go', findings } };
  }

  async #recordRefusal(action: Action, findings: readonly Finding[]): Promise<Decision> {
    try {
      return await this.#options.unitOfWork.run(() => this.#refuse(action, findings));
    } catch (error) {
      return this.#notRecorded(findings, error);
    }
  }

  /** A ledger that cannot be written stops effects. */
  #notRecorded(findings: readonly Finding[], error: unknown): Decision {
    this.#options.logger.log('error', 'a decision could not be recorded', { error: messageOf(error) });
    const finding: Finding = {
      check: 'ledger',
      effect: 'no-go',
      code: 'ledger-unavailable',
      reason: `The decision could not be recorded (${messageOf(error)}), so nothing is allowed. Open GoNoGo: Show Health.`,
    };
    return { verdict: { effect: 'no-go', findings: [...findings, finding] } };
  }

  async #carryOut<T>(action: Action, permit: Permit, effect: (permit: Permit) => Promise<EffectOutcome<T>>): Promise<Performed<T>> {
    const { unitOfWork, ledger, intents, logger } = this.#options;
    let performed: Performed<T>;
    let entry: LedgerDraft;
    try {
      const outcome = await effect(permit);
      performed = { status: 'done', value: outcome.value, action };
      entry = { ...entryOf(action, 'effect', outcome.result, outcome.summary), cost: outcome.cost ?? zeroUsd, restsOn: permit.decision };
    } catch (error) {
      performed = { status: 'failed', error, action };
      entry = { ...entryOf(action, 'effect', 'failure', {}), reason: messageOf(error), restsOn: permit.decision };
    }
    try {
      await unitOfWork.run(() => {
        ledger.append(entry);
        intents.close(permit.intent);
      });
    } catch (error) {
      // The intent stays open, so that whoever goes on with the mission finds it and says so.
      intents.abandon(permit.intent);
      logger.log('error', 'the outcome of an effect could not be recorded', { action: action.id, error: messageOf(error) });
      return { status: 'failed', error, action };
    }
    return performed;
  }

  async #unreadable<T>(draft: ActionDraft, why: string): Promise<Performed<T>> {
    const finding = badAction(why);
    const { unitOfWork, ledger, logger } = this.#options;
    try {
      await unitOfWork.run(() => {
        ledger.append({ ...entryOf(draft, 'decision', 'blocked', { findings: jsonOf([finding]) }), reason: finding.reason });
      });
    } catch (error) {
      logger.log('error', 'a refusal could not be recorded', { error: messageOf(error) });
    }
    return refused({ effect: 'no-go', findings: [finding] });
  }

  #newRequest(action: Action, findings: readonly Finding[]): Parameters<Approvals['request']>[0] {
    const { clock, approvalExpires } = this.#options;
    const { title, risk } = describe(action);
    const now = clock.now();
    return {
      actionId: action.id,
      kind: action.kind,
      digest: action.digest,
      resource: action.resource,
      title,
      ...(action.missionId === undefined ? {} : { missionId: action.missionId }),
      workspaceId: action.workspaceId,
      askedBy: action.principal,
      askedAt: now,
      expiresAt: now + approvalExpires(),
      risk,
      findings,
      estimatedCost: action.estimatedCost,
    };
  }
}

const chargedSchema = findingSchema.optional();

/** What a check takes for a GO. One that breaks, or answers with anything but a finding, is a NO-GO. */
function charged(check: Check, action: Action, context: CheckContext): Finding | undefined {
  try {
    return chargedSchema.parse(check.charge?.(action, context));
  } catch (error) {
    return checkFailed(check.name, messageOf(error));
  }
}

function refused<T>(verdict: Verdict): Performed<T> {
  const reason = decisive(verdict.findings)?.reason ?? 'not allowed';
  return { status: 'refused', verdict, reason: `${verdict.effect === 'hold' ? 'HOLD' : 'NO-GO'}: ${reason}` };
}

function jsonOf(findings: readonly Finding[]): Json {
  return findings.map(({ check, effect, code, reason, location }) => ({
    check,
    effect,
    code,
    reason: reason.toWellFormed(),
    ...(location ? { location } : {}),
  }));
}

function inputForRecord(action: Action): Json {
  return JSON.parse(canonicalJson(action.input)) as Json;
}

function entryOf(action: Action | ActionDraft, phase: LedgerDraft['phase'], result: LedgerDraft['result'], payload: Json): LedgerDraft {
  return {
    workspaceId: action.workspaceId,
    tenantId: action.tenantId,
    ...(action.missionId === undefined ? {} : { missionId: action.missionId }),
    principal: action.principal,
    surface: action.surface,
    action: action.kind,
    phase,
    domain: action.domain,
    resource: action.resource,
    payload,
    result,
    cost: zeroUsd,
    correlationId: action.correlationId,
  };
}
