import { digestOf } from '../../src/base/digest.ts';
import type { ActionId, EntryId } from '../../src/base/ids.ts';
import { actionInputs, type Action, type ActionDraft } from '../../src/contracts/action.ts';
import type { EffectOutcome, Gate, Performed, PerformOptions } from '../../src/contracts/gate.ts';
import { Permit } from '../../src/contracts/permit.ts';
import type { Finding, Verdict } from '../../src/contracts/verdict.ts';

/** What a rule says: nothing for GO, a reason for NO-GO. It may take its time, as a person would. */
export type Rule = (draft: ActionDraft, signal: AbortSignal) => string | undefined | Promise<string | undefined>;

/** A gate in memory that keeps the contract: parses, decides, mints a permit only on GO, records decision and outcome. */
export class TestGate implements Gate {
  readonly decisions: { readonly draft: ActionDraft; readonly verdict: Verdict }[] = [];
  readonly outcomes: { readonly kind: string; readonly resource: string; readonly result: string; readonly summary: unknown }[] = [];
  readonly #rule: Rule;
  readonly #waiting: (() => void)[] = [];
  #count = 0;

  constructor(rule: Rule = () => undefined) {
    this.#rule = rule;
  }

  async perform<T>(
    draft: ActionDraft,
    effect: (permit: Permit) => Promise<EffectOutcome<T>>,
    options: PerformOptions,
  ): Promise<Performed<T>> {
    const verdict = await this.#decide(draft, options.signal);
    this.decisions.push({ draft, verdict });
    if (verdict.effect !== 'go') return { status: 'refused', verdict, reason: `NO-GO: ${verdict.findings[0]?.reason ?? ''}` };
    const id = `action-${++this.#count}`;
    const { kind, resource, cwd, input } = draft;
    const action = { ...draft, id: id as ActionId, digest: digestOf({ kind, resource, cwd, input }) } as Action;
    try {
      const outcome = await effect(Permit.mint(action, id as EntryId));
      this.outcomes.push({ kind, resource, result: outcome.result, summary: outcome.summary });
      this.#waiting.splice(0).forEach((resolve) => resolve());
      return { status: 'done', value: outcome.value, action };
    } catch (error) {
      this.outcomes.push({ kind, resource, result: 'failure', summary: error instanceof Error ? error.message : String(error) });
      return { status: 'failed', error, action };
    }
  }

  /** Resolves when the next effect has ended well. */
  ended(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  explain(draft: ActionDraft): Promise<Verdict> {
    return this.#decide(draft, new AbortController().signal);
  }

  async #decide(draft: ActionDraft, signal: AbortSignal): Promise<Verdict> {
    const parsed = actionInputs[draft.kind].safeParse(draft.input);
    const reason = parsed.success ? await this.#rule(draft, signal) : 'the input is not valid';
    const finding: Finding =
      reason === undefined
        ? { check: 'test', effect: 'go', code: 'allowed', reason: 'the test allows it' }
        : { check: 'test', effect: 'no-go', code: 'refused', reason };
    return { effect: reason === undefined ? 'go' : 'no-go', findings: [finding] };
  }
}
