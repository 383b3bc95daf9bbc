import { z } from 'zod';
import type { ActionId, CorrelationId, MissionId } from '../base/ids.ts';
import type { Sha256 } from '../base/digest.ts';
import type { MicroUsd } from '../base/money.ts';
import { modelProtocols } from './models.ts';

/** What each kind of action carries. The gate parses `input` with these; a kind or field it does not know is a NO-GO. */
export const actionInputs = {
  'file.read': z.strictObject({}),
  'file.write': z.strictObject({ content: z.string() }),
  'file.delete': z.strictObject({}),
  'file.list': z.strictObject({}),
  'shell.exec': z.strictObject({ argv: z.array(z.string()).min(1).max(1_000) }),
  /** Nothing of ours reaches the network for an agent yet; see `unheldCheck`. */
  'web.fetch': z.strictObject({ url: z.string() }),
  /** A tool of an agent's own of which nobody can tell what it does. */
  'tool.call': z.strictObject({ tool: z.string(), kind: z.string() }),
  'model.call': z.strictObject({
    model: z.string(),
    requestSha256: z.string(),
    inputTokens: z.number().int().nonnegative(),
    maxOutputTokens: z.number().int().positive(),
  }),
  /** A person's connection test: the list of models and, when there is a request, one short call. `resource` is the address. */
  'model.probe': z.strictObject({
    protocol: z.enum(modelProtocols),
    baseUrl: z.string(),
    model: z.string().nullable(),
    requestSha256: z.string().nullable(),
  }),
  /** `resource` is the mission; trees and file digests name the exact bytes. */
  'code.apply': z.strictObject({ baseTree: z.string(), tree: z.string(), filesSha256: z.string() }),
  /** `only`: the paths a person chose to take back, where the others changed since. */
  'code.rollback': z.strictObject({ fromTree: z.string(), toTree: z.string(), only: z.array(z.string()).min(1).optional() }),
  /** After a rollback, exactly what was applied before. The gate looks for the approval of these bytes. */
  'code.reapply': z.strictObject({ baseTree: z.string(), tree: z.string(), filesSha256: z.string() }),
} as const;

export type ActionKind = keyof typeof actionInputs;
export type ActionInput<K extends ActionKind> = z.infer<(typeof actionInputs)[K]>;

export const domains = ['code', 'trading', 'research', 'creative', 'ops'] as const;
export type Domain = (typeof domains)[number];

export const surfaces = ['acp', 'hook', 'mcp', 'lm-tool', 'mission', 'command', 'api', 'gateway', 'terminal', 'import'] as const;
export type Surface = (typeof surfaces)[number];

/** Who acts. `person` is the one at the editor; every other kind is hostile until a capability says otherwise. */
export interface Principal {
  readonly kind: 'person' | 'agent' | 'mission' | 'extension';
  /** `builtin/coder`, a mission id, an extension id, or the local user's name. */
  readonly id: string;
}

interface ActionOf<K extends ActionKind> {
  readonly id: ActionId;
  readonly kind: K;
  readonly domain: Domain;
  readonly principal: Principal;
  /** The capability token as presented. Never logged. */
  readonly capability?: string;
  /** Files: path relative to `cwd` or absolute, as the agent wrote it. Commands: the argv as shown. Models: the model's name. */
  readonly resource: string;
  /** Absolute folder the action is relative to. */
  readonly cwd: string;
  readonly input: ActionInput<K>;
  /** SHA-256 over canonical JSON of `{kind, resource, cwd, input}`; computed by the gate, never taken from a caller. */
  readonly digest: Sha256;
  readonly workspaceId: string;
  readonly tenantId: string;
  readonly sessionId: string;
  readonly correlationId: CorrelationId;
  readonly missionId?: MissionId;
  readonly estimatedCost: MicroUsd;
  readonly idempotencyKey?: string;
  readonly surface: Surface;
  /** `ours`: we carry it out after a GO. `delegated`: the agent does, we decide before and observe after. */
  readonly effect: 'ours' | 'delegated';
}

export type Action = { [K in ActionKind]: ActionOf<K> }[ActionKind];
export type ActionOfKind<K extends ActionKind> = Extract<Action, { kind: K }>;

type DraftOf<A> = A extends Action ? Omit<A, 'id' | 'digest'> : never;
/** What a surface hands to the gate, which adds the id and the digest. */
export type ActionDraft = DraftOf<Action>;
