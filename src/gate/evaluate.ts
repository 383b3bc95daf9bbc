import { z } from 'zod';
import { messageOf } from '../base/errors.ts';
import type { Clock, Millis } from '../base/clock.ts';
import type { Action } from '../contracts/action.ts';
import type { Check, CheckContext } from '../contracts/check.ts';
import { findingSchema, type Finding } from '../contracts/verdict.ts';
import { checkFailed } from './findings.ts';

const findingsSchema = z.array(findingSchema);

export interface EvaluateOptions {
  readonly clock: Clock;
  /** A check that takes longer is a NO-GO. */
  readonly timeout: Millis;
  /** Run every check even after a NO-GO, to explain. */
  readonly all: boolean;
}

/** Asks the checks in their order. Never throws: a check that fails in any way says NO-GO. */
export async function evaluate(
  checks: readonly Check[],
  action: Action,
  context: CheckContext,
  options: EvaluateOptions,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) {
    const said = await ask(check, action, context, options);
    findings.push(...said);
    if (!options.all && said.some((finding) => finding.effect === 'no-go')) break;
  }
  return findings;
}

async function ask(check: Check, action: Action, context: CheckContext, { clock, timeout }: EvaluateOptions): Promise<readonly Finding[]> {
  let timer: Disposable | undefined;
  try {
    const answer = check.evaluate(action, context);
    if (!(answer instanceof Promise)) return checked(answer);
    const late = new Promise<never>((_, reject) => {
      timer = clock.after(timeout, () => reject(new Error(`no answer within ${timeout} ms`)));
    });
    return checked(await Promise.race([answer, late]));
  } catch (error) {
    return [checkFailed(check.name, messageOf(error))];
  } finally {
    timer?.[Symbol.dispose]();
  }
}

/** A check is code too: an answer that is not a list of findings must not read as consent. */
function checked(answer: unknown): readonly Finding[] {
  const parsed = findingsSchema.safeParse(answer);
  if (!parsed.success) throw new Error('its answer is not a list of findings');
  return parsed.data;
}
