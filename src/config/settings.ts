import { z } from 'zod';
import { agentProgramSchema } from './agentProgramSchema.ts';
import { share, usdAmount, wholeNumber } from './numberSchema.ts';
import { pathSchema } from './pathSchema.ts';
import { upstreamSchema } from './upstreamSchema.ts';

/**
 * How the values of the scopes become one. The workspace may come from a stranger, so it can only tighten:
 * `user-only` ignores the workspace; `min` and `max` take the strictest number; `and` is on only while every scope is on;
 * `free` takes the most specific one, and is for what loosens nothing whatever its value.
 */
export type MergeRule = 'user-only' | 'min' | 'max' | 'and' | 'free';

type RuleFor<T> = [T] extends [number] ? MergeRule : [T] extends [boolean] ? 'user-only' | 'and' | 'free' : 'user-only' | 'free';

export interface SettingDefinition<S extends z.ZodType = z.ZodType> {
  readonly schema: S;
  readonly default: z.output<S>;
  readonly merge: MergeRule;
  /** Where VS Code lets it be written: `application` and `machine` are user settings only. */
  readonly scope: 'application' | 'machine' | 'window';
  /** Shown in the settings editor, as Markdown. */
  readonly description: string;
  /** The same for each value of an enumeration, in its order. */
  readonly valueDescriptions?: readonly string[];
  /** Answers while the settings cannot be read, in place of the last good value. */
  readonly whenUnreadable?: z.output<S>;
}

function setting<S extends z.ZodType>(definition: SettingDefinition<S> & { readonly merge: RuleFor<z.output<S>> }): SettingDefinition<S> {
  return definition;
}

const onOff = z.boolean({ error: 'must be true or false' });
const notAnAgent = 'must be the id of an agent, such as `builtin`';
const agentId = z
  .string({ error: notAnAgent })
  .regex(/^[a-z][a-z0-9-]{0,63}$/, notAnAgent)
  // `constructor` would find something in any plain object.
  .refine((id) => !(id in Object.prototype), notAnAgent);

/** The one table. package.json is generated from it (`node scripts/generate-settings.mjs`), in this order. */
export const settings = {
  'agents.default': setting({
    schema: agentId,
    default: 'builtin',
    merge: 'free',
    scope: 'window',
    description:
      'The agent that flies a mission when you do not choose another: `builtin`, which needs no installation, `opencode`, or one of `#gonogo.agents.path#`.',
  }),
  'agents.path': setting({
    schema: z.record(agentId, agentProgramSchema, { error: 'must map ids of agents to their programs' }),
    default: {},
    merge: 'user-only',
    scope: 'machine',
    description:
      'Programs of agents by their id: an absolute path (`"opencode": "/opt/opencode"`), or for any other agent that speaks ACP its command, arguments and variables (`"mine": { "command": "/opt/mine", "args": ["--acp"], "env": { "HOME": "/home/me" } }`). Agents get a private, empty home unless `env` names another. Read from your user settings only, so that no repository can name a program to run.',
  }),
  'agents.max': setting({
    schema: wholeNumber({ min: 1, max: 50 }),
    default: 3,
    merge: 'min',
    scope: 'window',
    description: 'How many missions fly at the same time (1 to 50). Further ones wait in the queue. A workspace can lower this.',
  }),
  'agents.spawnDelayMs': setting({
    schema: wholeNumber({ min: 0, max: 60_000 }),
    default: 2_000,
    merge: 'max',
    scope: 'window',
    description: 'How long to wait between the starts of two agents, in milliseconds. A workspace can make it longer.',
  }),
  'agents.initializationDelaySec': setting({
    schema: wholeNumber({ min: 1, max: 300 }),
    default: 10,
    merge: 'free',
    scope: 'window',
    description: 'How long an agent may take to start and answer, in seconds, before its mission ends with a reason.',
  }),
  'agents.persist': setting({
    schema: onOff,
    default: true,
    merge: 'and',
    scope: 'window',
    description:
      'Continue an interrupted mission at its last completed step when the folder opens again. When off, an interrupted mission ends and says so. A workspace can turn this off.',
  }),
  'missions.useWorktrees': setting({
    schema: onOff,
    default: true,
    merge: 'user-only',
    scope: 'application',
    description:
      'Each mission works in a git worktree of its own, so that your files stay as they are until you approve. GoNoGo never lets an agent work in your files directly: when this is off, missions are not launched at all.',
  }),
  'missions.autoAssign': setting({
    schema: onOff,
    default: true,
    merge: 'and',
    scope: 'window',
    whenUnreadable: true,
    description: 'Give a new mission to the default agent. When off, GoNoGo asks you each time. A workspace can turn this off.',
  }),
  'missions.templatesPath': setting({
    schema: pathSchema('relative'),
    default: '.gonogo/templates',
    merge: 'free',
    scope: 'window',
    description: 'The folder with your own mission presets, relative to the workspace folder.',
  }),
  'budget.mission': setting({
    schema: usdAmount({ min: 0, max: 10_000 }),
    default: 0.5,
    merge: 'min',
    scope: 'window',
    description: 'What one mission may spend, in US dollars. The model is cut off when it is gone. A workspace can lower this.',
  }),
  'budget.daily': setting({
    schema: usdAmount({ min: 0, max: 100_000 }),
    default: 10,
    merge: 'min',
    scope: 'window',
    description: 'What all missions together may spend in a day, in US dollars. A workspace can lower this.',
  }),
  'budget.monthly': setting({
    schema: usdAmount({ min: 0, max: 1_000_000 }),
    default: 100,
    merge: 'min',
    scope: 'window',
    description: 'What all missions together may spend in a month, in US dollars. A workspace can lower this.',
  }),
  'budget.alertAt': setting({
    schema: share({ min: 0.05, max: 1 }),
    default: 0.8,
    merge: 'min',
    scope: 'window',
    description: 'The share of a budget at which GoNoGo tells you, from 0.05 to 1. A workspace can lower this.',
  }),
  'approvals.expireAfterMin': setting({
    schema: wholeNumber({ min: 1, max: 1_440 }),
    default: 15,
    merge: 'min',
    scope: 'window',
    description:
      'How long an approval waits for you, in minutes. An unanswered one expires and is never taken as a yes. A workspace can make it shorter.',
  }),
  'models.demo': setting({
    schema: onOff,
    default: false,
    merge: 'free',
    scope: 'window',
    description: 'Fly with the demo model: a script that costs nothing and sends nothing anywhere. It is labelled DEMO wherever it shows.',
  }),
  'models.upstream': setting({
    schema: upstreamSchema,
    default: null,
    merge: 'user-only',
    scope: 'application',
    description:
      'The model server your agents use; **GoNoGo: Set Up Model…** fills this in. Its address up to and including `/v1`, the model, the price of a million input and output tokens in US dollars, and `protocol`: `openai` for any OpenAI-compatible server (the default) or `anthropic`. Read from your user settings only. Its key is kept in the secret storage, not here.',
  }),
  logLevel: setting({
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error'], { error: 'must be one of `trace`, `debug`, `info`, `warn`, `error`' }),
    default: 'info',
    merge: 'user-only',
    scope: 'application',
    description: 'How much GoNoGo writes to its log. The ledger is complete whatever you choose.',
    valueDescriptions: ['Everything, for a bug report', 'Details of each step', 'What happens', 'What needs attention', 'What failed'],
  }),
  'config.breakerHalfOpenSec': setting({
    schema: wholeNumber({ min: 1, max: 600 }),
    default: 60,
    merge: 'user-only',
    scope: 'application',
    description: 'After settings could not be saved several times in a row, how long GoNoGo waits before it tries again, in seconds.',
  }),
} as const;

export type SettingKey = keyof typeof settings;
export type Settings = { readonly [K in SettingKey]: z.output<(typeof settings)[K]['schema']> };

export const settingKeys: readonly SettingKey[] = Object.keys(settings).filter(isSettingKey);

/** Own keys of the table only: `constructor` and `__proto__` are none. */
export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(settings, key);
}
