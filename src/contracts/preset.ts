import { z } from 'zod';

const argv = z.array(z.string().min(1)).min(1).max(64);

/** One agent role of a preset, and all it may ever do. */
export const presetAgentSchema = z.strictObject({
  role: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
  title: z.string().min(1).max(40),
  /** Capability scopes, `kind` or `kind:resource-glob`: `file.read`, `file.write:test/**`. */
  scopes: z.array(z.string().min(1).max(200)).min(1).max(32),
  /** What the agent is told it is. */
  instructions: z.string().min(1).max(4_000),
});

/** A kind of mission as a data file: `media/presets/build.json`. */
export const presetSchema = z.strictObject({
  $schema: z.string().optional(),
  id: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
  title: z.string().min(1).max(40),
  description: z.string().min(1).max(200),
  domain: z.literal('code'),
  agents: z.array(presetAgentSchema).min(1).max(8),
  tools: z.array(z.enum(['lsp', 'git', 'build', 'test'])),
  costUsd: z.strictObject({ from: z.number().nonnegative(), to: z.number().positive() }),
  minutes: z.strictObject({ from: z.number().nonnegative(), to: z.number().positive() }),
  risk: z.enum(['low', 'medium', 'high']),
  guardrails: z.array(z.enum(['tests_required', 'security_scan'])),
  critics: z.array(z.enum(['code'])),
  /** Runs once in the fresh worktree, in the sandbox, before the first agent. */
  setUp: argv.optional(),
  /** The one command that may run. Exactly these arguments. */
  test: argv,
});

export type Preset = z.infer<typeof presetSchema>;
export type PresetAgent = z.infer<typeof presetAgentSchema>;
