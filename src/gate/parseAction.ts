import { z } from 'zod';
import { digestOf } from '../base/digest.ts';
import { messageOf } from '../base/errors.ts';
import type { ActionId } from '../base/ids.ts';
import { err, ok, type Result } from '../base/result.ts';
import { visibleText } from '../base/visibleText.ts';
import { actionInputs, domains, surfaces, type Action, type ActionDraft } from '../contracts/action.ts';

const MAX_TEXT = 4_096;

const text = z
  .string()
  .max(MAX_TEXT, `holds a text of more than ${MAX_TEXT} characters`)
  .refine((value) => value.isWellFormed(), 'holds half of a surrogate pair');

const envelope = z.object({
  domain: z.enum(domains),
  principal: z.object({ kind: z.enum(['person', 'agent', 'mission', 'extension']), id: text.min(1) }),
  capability: z.string().optional(),
  resource: text,
  cwd: text,
  workspaceId: text,
  tenantId: text,
  sessionId: text,
  correlationId: text,
  missionId: text.optional(),
  estimatedCost: z.number().int().nonnegative(),
  idempotencyKey: text.min(1).optional(),
  surface: z.enum(surfaces),
  effect: z.enum(['ours', 'delegated']),
});

/** Parses all of an action, its input by its kind, and computes the digest. Text that cannot be hashed without doubt is refused. */
export function parseAction(draft: ActionDraft, id: ActionId): Result<Action, string> {
  const { kind } = draft;
  const schema = Object.hasOwn(actionInputs, kind) ? actionInputs[kind] : undefined;
  if (!schema) return err(`\`${visibleText(kind, { limit: 40 })}\` is not a kind of action this gate knows.`);
  const common = envelope.safeParse(draft);
  if (!common.success) return err(`The action is not valid: ${issuesOf(common.error)}.`);
  const input = schema.safeParse(draft.input);
  if (!input.success) return err(`The input of \`${kind}\` is not valid: ${issuesOf(input.error)}.`);
  const { resource, cwd } = common.data;
  try {
    const digest = digestOf({ kind, resource, cwd, input: input.data });
    // Each part was parsed, the input by the schema of exactly this kind; the type system cannot follow that pairing.
    return ok({ ...common.data, kind, input: input.data, id, digest } as Action);
  } catch (error) {
    return err(`The action cannot be hashed: ${messageOf(error)}.`);
  }
}

function issuesOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => (path.length > 0 ? `\`${path.join('.')}\` ${message}` : message)).join('; ');
}
