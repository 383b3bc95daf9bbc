import { z } from 'zod';
import { notesSchema, reviewEventSchema, sha256Schema } from './reviewView.ts';

export const maxReasonLength = 500;

const requestId = z.string().min(1).max(128);
const path = z.string().min(1).max(4_096);
const done = z.strictObject({});

const comment = notesSchema.shape.comments.element.omit({ contentKey: true });

/** The files that stay, `hunks` by their place in the file; absent means all of it. */
const selection = z
  .array(z.strictObject({ path, hunks: z.array(z.number().int().nonnegative()).min(1).max(5_000).optional() }))
  .min(1)
  .max(10_000);

/** Pictures a browser draws without running anything. */
export const imageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/bmp', 'image/x-icon', 'image/svg+xml'] as const;
export const maxImageBytes = 2 * 1024 * 1024;
const image = z.object({ type: z.enum(imageTypes), base64: z.string().max(Math.ceil(maxImageBytes / 3) * 4) });

/** All that the approval panel and the editor can say to each other. Nothing here names a command to run. */
export const approvalChannel = {
  requests: {
    /** The panel can draw; a `review` event follows. */
    ready: { params: z.strictObject({}), result: done },
    /** A click. Names the digest that was on the screen. */
    decide: {
      params: z.strictObject({
        requestId,
        digest: sha256Schema,
        decision: z.discriminatedUnion('kind', [
          z.strictObject({ kind: z.literal('approve') }),
          z.strictObject({
            kind: z.literal('reject'),
            reason: z.string().trim().min(1).max(maxReasonLength),
            comments: z.array(comment.strict()).max(100).optional(),
          }),
        ]),
      }),
      result: done,
    },
    /** A click. Has what is kept checked by itself and asked for anew; approves nothing. */
    narrow: { params: z.strictObject({ requestId, digest: sha256Schema, selection }), result: done },
    /** Keeps the person's marks and drafts, whole, for this window. Decides nothing. */
    keepNotes: { params: z.strictObject({ requestId, notes: notesSchema }), result: done },
    /** Both sides of a picture, where they exist. */
    picture: {
      params: z.strictObject({ requestId, path }),
      result: z.object({ before: image.optional(), after: image.optional() }),
    },
    /** One file of the review in the native diff editor. */
    openDiff: { params: z.strictObject({ requestId, path }), result: done },
    /** The reviewed text of one file, read-only, at a line. */
    openFile: { params: z.strictObject({ requestId, path, line: z.number().int().positive() }), result: done },
    /** Shows another request that waits. */
    show: { params: z.strictObject({ requestId }), result: done },
    /** A click. Lifts the switch that was pulled at exactly `since`. */
    liftSwitch: { params: z.strictObject({ name: z.literal('GLOBAL_WRITE'), since: z.number().int().nonnegative() }), result: done },
  },
  commands: {
    /** Puts the digest on the screen into the clipboard. */
    copyDigest: z.strictObject({ requestId, digest: sha256Schema }),
  },
  events: {
    review: reviewEventSchema,
  },
} as const;

export type ApprovalChannel = typeof approvalChannel;

/** What the panel keeps over a window reload. Hostile like any other input: it is stored by the workbench. */
export const approvalStateSchema = z.object({
  requestId: z.string().max(128).optional(),
  selectedPath: z.string().max(4_096).optional(),
  diffScroll: z.number().nonnegative().default(0),
  /** What the person left out: whole files, or hunks of them. */
  leftOut: z
    .array(z.object({ path: z.string().max(4_096), hunks: z.array(z.number().int().nonnegative()).max(5_000).optional() }))
    .max(10_000)
    .default([]),
  filter: z.string().max(200).default(''),
  kinds: z
    .array(z.enum(['findings', 'unviewed']))
    .max(2)
    .default([]),
  /** Paths whose change is folded away. */
  folded: z.array(z.string().max(4_096)).max(10_000).default([]),
  /** A comment being written. */
  editing: notesSchema.shape.comments.element.extend({ text: z.string().max(1_000) }).optional(),
  rejecting: z.boolean().default(false),
  rejectDraft: z.string().max(maxReasonLength).default(''),
});

export type ApprovalState = z.infer<typeof approvalStateSchema>;
