import { z } from 'zod';
import { actionInputs } from './action.ts';

const argv = z.array(z.string().min(1)).min(1).max(64);
const id = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be lower-case letters, digits and hyphens, begin with a letter, and be 31 at most');

/** A closed list, with one clear sentence for a value that is not on it. */
function oneOf<const T extends readonly [string, ...string[]]>(what: string, values: T) {
  const known = values.map((value) => `\`${value}\``).join(', ');
  return z.enum(values, { error: ({ input }) => `${JSON.stringify(input)} is no ${what} GoNoGo knows; it knows ${known}` });
}

const kinds = Object.keys(actionInputs);

/** `kind` or `kind:glob`, where the kind is one the gate knows or ends in `.*`. Files are held to it; missions of before are not. */
export function isScope(scope: string): boolean {
  const kind = scope.split(':', 1)[0] ?? '';
  return kind.endsWith('.*') ? kinds.some((each) => each.startsWith(kind.slice(0, -1))) : kinds.includes(kind);
}

const scope = z
  .string()
  .min(1)
  .max(200)
  .meta({ examples: ['file.read', 'file.list', 'file.write', 'file.write:test/**', 'file.delete', 'shell.exec', 'model.call'] });

/** One agent role of a preset, and all it may ever do. */
export const presetAgentSchema = z.strictObject({
  role: id.describe('Short name of the role, for the record: `coder`.'),
  title: z.string().min(1).max(40).describe('What people read: `Coder`.'),
  /** Capability scopes, `kind` or `kind:resource-glob`: `file.read`, `file.write:test/**`. */
  scopes: z
    .array(scope)
    .min(1)
    .max(32)
    .describe('All this role may ever do: a kind of action, or a kind and a glob, such as `file.write:test/**`.'),
  /** What the agent is told it is. */
  instructions: z.string().min(1).max(4_000).describe('What the agent is told it is.'),
});

/** A kind of mission as a data file: `media/presets/build.json`. The descriptions are what the editor shows; see `generate-preset-schema.mjs`. */
export const presetSchema = z.strictObject({
  $schema: z.string().optional().describe('Where an editor finds the schema. GoNoGo does not read it.'),
  id: id.describe("Names the preset. Shipped ones come first, then yours, then the workspace's; one whose id is taken is left out."),
  title: z.string().min(1).max(40).describe('What people choose in Launch Mission.'),
  description: z.string().min(1).max(200).describe('One sentence below the title.'),
  domain: oneOf('domain', ['code']).describe('The kind of work.'),
  agents: z.array(presetAgentSchema).min(1).max(8).describe('The roles, which work one after the other.'),
  tools: z.array(oneOf('tool', ['lsp', 'git', 'build', 'test'])).describe('What the pre-flight card names as tools.'),
  costUsd: z
    .strictObject({ from: z.number().nonnegative(), to: z.number().positive() })
    .describe('What a mission usually costs, in US dollars. `to` is also its budget, unless a setting is lower.'),
  minutes: z.strictObject({ from: z.number().nonnegative(), to: z.number().positive() }).describe('How long a mission usually takes.'),
  risk: oneOf('risk', ['low', 'medium', 'high']).describe('Shown before launch.'),
  guardrails: z
    .array(oneOf('guardrail', ['tests_required', 'security_scan']))
    .describe('What must hold before you are asked. A preset of a repository always has all of them.'),
  critics: z.array(oneOf('critic', ['code'])).describe('Who judges the changes. A preset of a repository always has all of them.'),
  /** Runs once in the fresh worktree, in the sandbox, before the first agent. */
  setUp: argv
    .optional()
    .describe('Runs once in the fresh worktree before the first agent, in the sandbox and without network: `["npm", "ci", "--offline"]`.'),
  /** The one command that may run. Exactly these arguments. */
  test: argv.describe('The one command agents may run, with exactly these arguments, in the sandbox: `["npm", "test"]`.'),
});

export type Preset = z.infer<typeof presetSchema>;
export type PresetAgent = z.infer<typeof presetAgentSchema>;
