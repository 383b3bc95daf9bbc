import { lstat } from 'node:fs/promises';
import { sha256, type Sha256 } from '../base/digest.ts';
import { systemCode } from '../base/errors.ts';
import type { Json } from '../base/canonicalJson.ts';
import { resolveInside } from '../base/resolveInside.ts';
import type { Action, ActionDraft } from '../contracts/action.ts';
import type { EffectOutcome } from '../contracts/gate.ts';
import type { Permit } from '../contracts/permit.ts';
import { textBefore } from './workspace/textBefore.ts';

/** How a tool call that was permitted came to its end: as the agent said, or `unseen` when it said nothing. */
export type Observed = 'completed' | 'failed' | 'unseen';

interface Delegation {
  readonly toolCall: string;
  readonly digest: Sha256;
  readonly permit: Permit;
  readonly seen: PromiseWithResolvers<Observed>;
  /** What the agent had us do of it. */
  carrying: Promise<unknown> | undefined;
}

/**
 * What an agent may do itself and is doing now. A tool call that also asks us for the same thing is one action: it gets the permit
 * of its permission, once.
 */
export class Delegations {
  readonly #root: string;
  readonly #open = new Set<Delegation>();

  /** @param root real path of the worktree */
  constructor(root: string) {
    this.#root = root;
  }

  /** Resolves once the tool call has come to its end, with what was seen of it. */
  async follow(toolCall: string, permit: Permit): Promise<EffectOutcome<void>> {
    const delegation: Delegation = {
      toolCall,
      digest: contentOf(permit.action),
      permit,
      seen: Promise.withResolvers(),
      carrying: undefined,
    };
    this.#open.add(delegation);
    const observed = await delegation.seen.promise;
    this.#open.delete(delegation);
    // What we are doing of it comes to its end first; its own caller hears of its failure.
    await Promise.allSettled([delegation.carrying]);
    return outcomeOf(this.#root, delegation, observed);
  }

  /** Hands out the permit of an open tool call for exactly this, and follows `work`; `undefined` when there is none. */
  carry<T>(draft: ActionDraft, work: (permit: Permit) => Promise<T>): Promise<T> | undefined {
    const digest = contentOf(draft);
    const delegation = [...this.#open].find((each) => each.carrying === undefined && each.digest === digest);
    if (delegation === undefined) return undefined;
    const working = work(delegation.permit);
    delegation.carrying = working;
    return working;
  }

  observe(toolCall: string, observed: Observed): void {
    for (const delegation of this.#open) if (delegation.toolCall === toolCall) delegation.seen.resolve(observed);
  }

  /** The agent has ended: what nobody has heard of is unseen. */
  end(): void {
    for (const { seen } of this.#open) seen.resolve('unseen');
  }
}

/** The same content is the same action, whoever carries it out. Also of what the gate would not take, such as half a character. */
export function contentOf({ kind, resource, cwd, input }: Action | ActionDraft): Sha256 {
  return sha256(JSON.stringify([kind, resource, cwd, input]));
}

async function outcomeOf(root: string, delegation: Delegation, observed: Observed): Promise<EffectOutcome<void>> {
  const asDecided = await isAsDecided(root, delegation.permit.action);
  const summary: Json = {
    toolCall: delegation.toolCall.toWellFormed(),
    observed,
    carriedOutBy: delegation.carrying === undefined ? 'agent' : 'gonogo',
    ...(asDecided === undefined ? {} : { asDecided }),
  };
  // What can be looked at counts more than what is said of it.
  return { value: undefined, result: (asDecided ?? observed === 'completed') ? 'success' : 'failure', summary };
}

/** Whether a file is now as the decision has it; `undefined` where that cannot be told. */
async function isAsDecided(root: string, action: Action): Promise<boolean | undefined> {
  if (action.kind === 'file.write') return (await textBefore(root, action)) === action.input.content;
  if (action.kind !== 'file.delete') return undefined;
  const target = await resolveInside(root, action.cwd, action.resource);
  if (!target.ok) return false;
  try {
    await lstat(target.value.absolute);
    return false;
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return true;
    throw error;
  }
}
