import { digestOf } from '../base/digest.ts';
import { messageOf } from '../base/errors.ts';
import type { ActionId } from '../base/ids.ts';
import { err, ok, type Result } from '../base/result.ts';
import { actionInputs, type Action, type ActionDraft } from '../contracts/action.ts';

const MAX_RESOURCE = 4_096;

/** Parses the input by its kind and computes the digest. Text that cannot be hashed without doubt is refused. */
export function parseAction(draft: ActionDraft, id: ActionId): Result<Action, string> {
  const schema = Object.hasOwn(actionInputs, draft.kind) ? actionInputs[draft.kind] : undefined;
  if (!schema) return err(`\`${draft.kind}\` is not a kind of action this gate knows.`);
  if (draft.resource.length > MAX_RESOURCE)
    return err(`The resource is ${draft.resource.length} characters long; at most ${MAX_RESOURCE} are read.`);
  const input = schema.safeParse(draft.input);
  if (!input.success)
    return err(`The input of \`${draft.kind}\` is not valid: ${input.error.issues.map((issue) => issue.message).join('; ')}.`);
  try {
    const digest = digestOf({ kind: draft.kind, resource: draft.resource, cwd: draft.cwd, input: input.data });
    // The input was parsed by the schema of exactly this kind; the type system cannot follow that pairing.
    return ok({ ...draft, input: input.data, id, digest } as Action);
  } catch (error) {
    return err(`The action cannot be hashed: ${messageOf(error)}.`);
  }
}
