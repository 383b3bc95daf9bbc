import { z } from 'zod';
import { pathSchema } from './pathSchema.ts';

const text = (what: string, limit: number) => {
  const error = `must be ${what} of at most ${limit} characters without NUL`;
  return z
    .string({ error })
    .max(limit, error)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), error);
};

/** A program to run as an agent: its path, or its path with the arguments that make it speak ACP and variables of its own. */
export const agentProgramSchema = z.union(
  [
    pathSchema('absolute'),
    z.strictObject({
      command: pathSchema('absolute'),
      args: z.array(text('text', 4_000)).max(64).optional(),
      env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/), text('text', 10_000)).optional(),
    }),
  ],
  { error: 'must be an absolute path, or hold `command` (an absolute path) and, if need be, `args` and `env`' },
);
