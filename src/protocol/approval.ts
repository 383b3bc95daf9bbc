import { z } from 'zod';
import { reviewEventSchema, sha256Schema } from './reviewView.ts';

export const maxReasonLength = 500;

const requestId = z.string().min(1).max(128);
const path = z.string().min(1).max(4_096);
const done = z.strictObject({});

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
          z.strictObject({ kind: z.literal('reject'), reason: z.string().trim().min(1).max(maxReasonLength) }),
        ]),
      }),
      result: done,
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
  rejecting: z.boolean().default(false),
  rejectDraft: z.string().max(maxReasonLength).default(''),
});

export type ApprovalState = z.infer<typeof approvalStateSchema>;
