import { z } from 'zod';

/** Milliseconds since the Unix epoch, by the editor's clock. */
const millis = z.number().int().nonnegative();
const count = z.number().int().nonnegative();
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

const lineSchema = z.object({
  kind: z.enum(['context', 'added', 'removed']),
  text: z.string(),
  oldLine: count.optional(),
  newLine: count.optional(),
  /** Stretches that differ from the line in whose place this one stands: start and end in UTF-16 units. */
  words: z
    .array(z.tuple([count, count]).readonly())
    .max(100)
    .readonly()
    .optional(),
  /** Where the same line was before, or is now. */
  moved: z.object({ path: z.string(), line: count }).optional(),
});

/** A person's own marks on a review: which files they have read, and what they mean to say of which line. Bound to the content they saw. */
export const notesSchema = z.object({
  viewed: z.array(z.object({ path: z.string().max(4_096), contentKey: sha256Schema })).max(5_000),
  comments: z
    .array(
      z.object({
        path: z.string().min(1).max(4_096),
        contentKey: sha256Schema,
        side: z.enum(['before', 'after']),
        line: z.number().int().positive(),
        text: z.string().trim().min(1).max(1_000),
      }),
    )
    .max(100),
});

const fileSchema = z.object({
  path: z.string(),
  oldPath: z.string().optional(),
  kind: z.enum(['added', 'modified', 'deleted', 'renamed', 'mode-changed']),
  /** `made executable`, `mode 100644 → 120000`; absent when the mode stays. */
  mode: z.string().optional(),
  binary: z.boolean(),
  /** `1.2 KB → 3.4 KB` */
  size: z.string(),
  additions: count,
  deletions: count,
  hunks: z.array(z.object({ header: z.string(), lines: z.array(lineSchema) })),
  /** Why the diff is not whole here. */
  truncated: z.string().optional(),
  /** `''` for a new file. */
  beforeSha256: z.string(),
  /** `''` for a deletion. */
  afterSha256: z.string(),
  /** Names both sides and modes: another content has another key. */
  contentKey: sha256Schema,
  /** Its sides can be shown as pictures. */
  image: z.boolean(),
  /** Why its hunks cannot be kept one by one; absent where they can. */
  wholeOnly: z.string().optional(),
});

const effect = z.enum(['go', 'hold', 'wait', 'no-go']);

const checkSchema = z.object({
  check: z.string(),
  effect,
  reason: z.string(),
  path: z.string().optional(),
  line: count.optional(),
});

const stoppedSchema = z.object({ at: z.string(), kind: z.string(), resource: z.string(), check: z.string(), reason: z.string() });

const testsSchema = z.object({
  status: z.enum(['passed', 'failed', 'not-run']),
  summary: z.string(),
  /** `''` when nothing was printed or nothing ran. */
  output: z.string(),
  /** `1.4 s, bubblewrap, no network`; `''` when nothing ran. */
  detail: z.string(),
});

const meterSchema = z.object({
  scope: z.enum(['mission', 'day', 'month']),
  label: z.string(),
  spent: z.string(),
  limit: z.string(),
  /** `''` when nothing is reserved. */
  reserved: z.string(),
  /** 0–1 of the limit. */
  spentFraction: z.number().min(0).max(1),
  reservedFraction: z.number().min(0).max(1),
  /** `near`: from 80 %. `over`: nothing left. */
  level: z.enum(['ok', 'near', 'over']),
});

/** How a request stands, in words. `busy` while something still happens by itself. */
const outcomeSchema = z.object({
  tone: z.enum(['pending', 'busy', 'good', 'bad', 'neutral']),
  headline: z.string(),
  detail: z.string(),
});

/** Everything the panel shows for one request. Text comes as it is: the webview makes the invisible visible. */
const reviewSchema = z.object({
  requestId: z.string(),
  digest: sha256Schema,
  outcome: outcomeSchema,
  preset: z.string(),
  goal: z.string(),
  risk: z.enum(['low', 'medium', 'high']),
  askedBy: z.string(),
  askedAt: z.string(),
  expiresAt: millis,
  expiresAtText: z.string(),
  /** `''` when no mission asks. */
  model: z.string(),
  /** The model is the scripted demo: its name and every cost carry the word. */
  demo: z.boolean(),
  cost: z.string(),
  queue: z.string(),
  meters: z.array(meterSchema),
  files: z.array(fileSchema),
  additions: count,
  deletions: count,
  content: z.string().optional(),
  tests: testsSchema.optional(),
  checks: z.array(checkSchema),
  stopped: z.array(stoppedSchema),
  /** `''` when nothing ran. */
  isolation: z.string(),
  /** A sentence when this is what was kept of an earlier review. */
  narrowed: z.string().optional(),
  notes: notesSchema,
  /** A sentence when Approve is off. */
  approveBlocked: z.string().optional(),
  rejectBlocked: z.string().optional(),
});

/** Someone stopped everything; only a click here goes on. */
const stopSchema = z.object({ name: z.literal('GLOBAL_WRITE'), since: millis, sinceText: z.string(), by: z.string(), reason: z.string() });

const nextSchema = z.object({ requestId: z.string(), title: z.string(), waiting: count });

const frame = {
  /** The editor's clock when this was sent, so that a browser elsewhere counts down rightly. */
  now: millis,
  stop: stopSchema.optional(),
  /** Another request that waits. */
  next: nextSchema.optional(),
};

export const reviewEventSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('empty'), ...frame }),
  z.object({ state: z.literal('error'), message: z.string(), remedy: z.string(), ...frame }),
  z.object({ state: z.literal('review'), review: reviewSchema, ...frame }),
]);

export type ReviewEvent = z.infer<typeof reviewEventSchema>;
export type ReviewView = z.infer<typeof reviewSchema>;
export type Notes = z.infer<typeof notesSchema>;
export type LineNote = Notes['comments'][number];
export type FileView = z.infer<typeof fileSchema>;
export type DiffLineView = z.infer<typeof lineSchema>;
export type CheckView = z.infer<typeof checkSchema>;
export type MeterView = z.infer<typeof meterSchema>;
export type TestsView = z.infer<typeof testsSchema>;
export type OutcomeView = z.infer<typeof outcomeSchema>;
export type StopView = z.infer<typeof stopSchema>;
export type NextView = z.infer<typeof nextSchema>;
