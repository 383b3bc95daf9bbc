import { z } from 'zod';
import type { ApprovalRequest } from './approval.ts';

/** What one check said, for a person and for an agent alike. */
export const findingSchema = z.object({
  /** Name of the check or critic that spoke. */
  check: z.string(),
  effect: z.enum(['go', 'hold', 'wait', 'no-go']),
  /** Stable, kebab-case; callers branch on it. */
  code: z.string(),
  /** One sentence: what, why, and what would make it go. */
  reason: z.string(),
  /** Where in the reviewed content the finding points, if it points anywhere. */
  location: z.object({ path: z.string(), line: z.number() }).readonly().optional(),
  evidence: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .readonly()
    .optional(),
});

export type Finding = Readonly<z.infer<typeof findingSchema>>;
export type FindingEffect = Finding['effect'];

/** A decision is a value that carries its reasons. */
export type Verdict = { readonly findings: readonly Finding[] } & (
  | { readonly effect: 'go' }
  | { readonly effect: 'hold'; readonly request: ApprovalRequest }
  | { readonly effect: 'wait'; readonly ticket: string; readonly position: number; readonly retryAfterMs: number }
  | { readonly effect: 'no-go' }
);

/** The first finding that decided a verdict against the action. */
export function decisive(findings: readonly Finding[]): Finding | undefined {
  return (
    findings.find((f) => f.effect === 'no-go') ?? findings.find((f) => f.effect === 'wait') ?? findings.find((f) => f.effect === 'hold')
  );
}
