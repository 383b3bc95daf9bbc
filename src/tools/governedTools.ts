import nodePath from 'node:path';
import { assertNever } from '../base/assertNever.ts';
import { sha256 } from '../base/digest.ts';
import { messageOf } from '../base/errors.ts';
import type { CorrelationId, MissionId } from '../base/ids.ts';
import { zeroUsd } from '../base/money.ts';
import { err, ok, type Result } from '../base/result.ts';
import { visibleText } from '../base/visibleText.ts';
import { actionInputs, type ActionDraft, type ActionKind, type Principal } from '../contracts/action.ts';
import type { AgentTools, CommandOutput, ToolFailure } from '../contracts/agent.ts';
import type { EffectOutcome, Gate } from '../contracts/gate.ts';
import type { Permit } from '../contracts/permit.ts';
import type { Sandbox, SandboxResult } from '../contracts/sandbox.ts';
import { contentOf, Delegations } from './delegations.ts';
import { formatArgv } from './shell/formatArgv.ts';
import { commandLimits, runCommand } from './shell/runCommand.ts';
import { deleteFile } from './workspace/deleteFile.ts';
import { listFiles, type ListTracked } from './workspace/listFiles.ts';
import { readFile } from './workspace/readFile.ts';
import { writeFile } from './workspace/writeFile.ts';

export interface ToolMission {
  readonly id: MissionId;
  /** Real path of the worktree. */
  readonly root: string;
  /** The workspace folder in it, which the agent's paths are relative to. */
  readonly cwd: string;
  readonly workspaceId: string;
  readonly tenantId: string;
  readonly sessionId: string;
  readonly correlationId: CorrelationId;
}

export interface GovernedToolsOptions {
  readonly gate: Gate;
  readonly sandbox: Sandbox;
  readonly mission: ToolMission;
  readonly principal: Principal;
  readonly capability: string;
  readonly listTracked: ListTracked;
  /** The whole environment of a command: see `commandEnvironment`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

type Decided = Result<void, ToolFailure>;
type Common = Omit<ActionDraft, 'kind' | 'input'>;

/** What an agent may ask for, each as one action at the gate. One instance for one run of one agent. */
export class GovernedTools implements AgentTools {
  readonly #options: GovernedToolsOptions;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  readonly #signal: AbortSignal;
  readonly #delegations: Delegations;
  /** By tool call and content: an agent that asks again is not decided again. */
  readonly #permissions = new Map<string, Promise<Decided>>();

  constructor(options: GovernedToolsOptions) {
    this.#options = options;
    this.#delegations = new Delegations(options.mission.root);
    this.#signal = AbortSignal.any([options.signal, this.#closing.signal]);
  }

  readFile(path: string): Promise<Result<string, ToolFailure>> {
    const { root } = this.#options.mission;
    return this.#act({ ...this.#file(path), kind: 'file.read', input: {} }, async (permit) => {
      const text = await readFile(permit, root);
      return { value: text, result: 'success', summary: { characters: text.length, sha256: sha256(text) } };
    });
  }

  writeFile(path: string, content: string): Promise<Result<void, ToolFailure>> {
    const { root } = this.#options.mission;
    return this.#act({ ...this.#file(path), kind: 'file.write', input: { content } }, async (permit) => {
      const { bytes, created } = await writeFile(permit, root);
      return { value: undefined, result: 'success', summary: { bytes, created, sha256: sha256(content) } };
    });
  }

  deleteFile(path: string): Promise<Result<void, ToolFailure>> {
    const { root } = this.#options.mission;
    return this.#act({ ...this.#file(path), kind: 'file.delete', input: {} }, async (permit) => {
      await deleteFile(permit, root);
      return { value: undefined, result: 'success', summary: {} };
    });
  }

  listFiles(path: string): Promise<Result<readonly string[], ToolFailure>> {
    const { mission, listTracked } = this.#options;
    return this.#act({ ...this.#file(path), kind: 'file.list', input: {} }, async (permit) => {
      const files = await listFiles(permit, mission.root, listTracked);
      return { value: files, result: 'success', summary: { files: files.length } };
    });
  }

  runCommand(argv: readonly string[], cwd: string | undefined, signal: AbortSignal): Promise<Result<CommandOutput, ToolFailure>> {
    const { mission, sandbox, environment } = this.#options;
    const either = AbortSignal.any([this.#signal, signal]);
    const folder = cwd === undefined ? mission.cwd : nodePath.resolve(mission.cwd, cwd);
    return this.#act(
      { ...this.#common(formatArgv(argv), folder), kind: 'shell.exec', input: { argv: [...argv] } },
      async (permit) => {
        const result = await runCommand(permit, sandbox, { root: mission.root, environment }, either);
        return { value: outputOf(result), result: result.exitCode === 0 ? 'success' : 'failure', summary: summaryOf(result) };
      },
      either,
    );
  }

  permit(toolCall: string, kind: ActionKind, resource: string, input: unknown): Promise<Result<void, ToolFailure>> {
    const draft = delegated(kind, input, this.#file(resource));
    if (draft === undefined) return Promise.resolve(err({ message: `NO-GO: \`${kind}\` is nothing an agent may ask for like this.` }));
    const key = `${toolCall}\0${contentOf(draft)}`;
    const asked = this.#permissions.get(key);
    if (asked !== undefined) return asked;
    // A refusal stays one; what was permitted and has come to its end would be another action.
    const permission = this.#permit(toolCall, draft, () => void this.#permissions.delete(key));
    this.#permissions.set(key, permission);
    return permission;
  }

  observe(toolCall: string, status: 'completed' | 'failed'): void {
    this.#delegations.observe(toolCall, status);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the agent has ended'));
    this.#delegations.end();
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** Answers as soon as it is decided; the action itself ends with the tool call. */
  #permit(toolCall: string, draft: ActionDraft, onEnd: () => void): Promise<Decided> {
    const decided = Promise.withResolvers<Decided>();
    const acting = this.#act(draft, (permit) => {
      decided.resolve(ok(undefined));
      return this.#delegations.follow(toolCall, permit).finally(onEnd);
    });
    acting.then(decided.resolve, decided.reject);
    return decided.promise;
  }

  /** What belongs to a tool call that was permitted is done under its permit; everything else is an action of its own. */
  async #act<T>(
    draft: ActionDraft,
    effect: (permit: Permit) => Promise<EffectOutcome<T>>,
    signal = this.#signal,
  ): Promise<Result<T, ToolFailure>> {
    if (this.#signal.aborted) return err({ message: 'NO-GO: the mission does not wait for this agent any more.' });
    if (draft.effect === 'delegated') return this.#perform(draft, effect, signal);
    const carried = this.#delegations.carry(draft, effect);
    if (carried === undefined) return this.#perform(draft, effect, signal);
    try {
      return ok((await carried).value);
    } catch (error) {
      return err(broken(error));
    }
  }

  async #perform<T>(
    draft: ActionDraft,
    effect: (permit: Permit) => Promise<EffectOutcome<T>>,
    signal: AbortSignal,
  ): Promise<Result<T, ToolFailure>> {
    // A signal that fires between the verdict and the effect still stops the effect.
    const guarded = (permit: Permit): Promise<EffectOutcome<T>> => {
      signal.throwIfAborted();
      return effect(permit);
    };
    const work = this.#options.gate.perform(draft, guarded, { signal });
    this.#running.add(work);
    try {
      const performed = await work;
      switch (performed.status) {
        case 'done':
          return ok(performed.value);
        case 'refused':
          return err({ message: performed.reason });
        case 'failed':
          return err(broken(performed.error));
        default:
          return assertNever(performed);
      }
    } finally {
      this.#running.delete(work);
    }
  }

  /** An absolute path below the working folder is named relative to it, so that people and rules read one form of it. */
  #file(path: string): Common {
    const { cwd } = this.#options.mission;
    const inner = nodePath.isAbsolute(path) ? nodePath.relative(cwd, path) : '..';
    const below = inner.split(nodePath.sep)[0] !== '..' && !nodePath.isAbsolute(inner);
    return this.#common(below ? inner.split(nodePath.sep).join('/') || '.' : path, cwd);
  }

  #common(resource: string, cwd: string): Common {
    const { mission, principal, capability } = this.#options;
    return {
      domain: 'code',
      principal,
      capability,
      resource,
      cwd,
      workspaceId: mission.workspaceId,
      tenantId: mission.tenantId,
      sessionId: mission.sessionId,
      correlationId: mission.correlationId,
      missionId: mission.id,
      estimatedCost: zeroUsd,
      surface: 'acp',
      effect: 'ours',
    };
  }
}

function broken(error: unknown): ToolFailure {
  return { message: visibleText(messageOf(error), { limit: 500 }) };
}

/** What an agent may do itself once it is permitted; every other kind is refused before the gate is asked. */
function delegated(kind: ActionKind, input: unknown, common: Common): ActionDraft | undefined {
  const own = { ...common, effect: 'delegated' } as const;
  switch (kind) {
    case 'file.read':
    case 'file.delete':
    case 'file.list': {
      const parsed = actionInputs[kind].safeParse(input);
      return parsed.success ? { ...own, kind, input: parsed.data } : undefined;
    }
    case 'file.write': {
      const parsed = actionInputs[kind].safeParse(input);
      return parsed.success ? { ...own, kind, input: parsed.data } : undefined;
    }
    case 'shell.exec': {
      const parsed = actionInputs[kind].safeParse(input);
      return parsed.success ? { ...own, kind, input: parsed.data, resource: formatArgv(parsed.data.argv) } : undefined;
    }
    case 'web.fetch': {
      const parsed = actionInputs[kind].safeParse(input);
      return parsed.success ? { ...own, kind, input: parsed.data, resource: parsed.data.url } : undefined;
    }
    case 'tool.call': {
      const parsed = actionInputs[kind].safeParse(input);
      return parsed.success ? { ...own, kind, input: parsed.data, resource: parsed.data.tool } : undefined;
    }
    case 'model.call':
    case 'model.probe':
    case 'code.apply':
    case 'code.rollback':
    case 'code.reapply':
      return undefined;
    default:
      return assertNever(kind);
  }
}

function outputOf(result: SandboxResult): CommandOutput {
  const note = result.timedOut ? `\n[stopped after ${commandLimits.wallMs / 1000} s]` : '';
  return {
    exitCode: result.exitCode,
    signal: result.signal,
    output: result.output + note,
    truncated: result.outputBytes > Buffer.byteLength(result.output),
  };
}

function summaryOf(result: SandboxResult): EffectOutcome<unknown>['summary'] {
  const { exitCode, signal, timedOut, cancelled, outputBytes, durationMs, isolation } = result;
  return { exitCode, signal, timedOut, cancelled, outputBytes, durationMs, isolation };
}
