import type { Result } from '../base/result.ts';
import type { ActionKind } from './action.ts';

export interface AgentError {
  readonly code:
    'agent-missing' | 'agent-start' | 'agent-protocol' | 'agent-crashed' | 'agent-timeout' | 'agent-refused' | 'agent-cancelled';
  readonly message: string;
}

/** What a person reads of an agent before it flies. */
export interface AgentCard {
  readonly id: string;
  readonly title: string;
  /** As the program says it; `undefined` when it does not. */
  readonly version?: string;
  /** Where it was found. */
  readonly program?: string;
  /** Why it cannot fly now, and the next step, in one sentence. */
  readonly problem?: string;
  /** Whether it needs a log-in, and where. */
  readonly hint?: string;
  readonly warnings: readonly string[];
}

/** Which agent flies the next mission. */
export interface AgentChoice {
  /** The one that flies when nobody chooses. */
  readonly preferred: string;
  /** All there are, when the person wants to be asked for each mission; else `undefined`. */
  readonly agents: readonly AgentCard[] | undefined;
}

/** A person's own program for an agent. The environment is added to what every agent gets. */
export interface AgentProgram {
  readonly command: string;
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** How to start an agent that speaks ACP over stdio. The environment is complete: nothing else is inherited. */
export interface AgentCommand {
  readonly id: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface ToolFailure {
  /** For the agent: what was refused or broke, why, and what would go. */
  readonly message: string;
}

export interface CommandOutput {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly output: string;
  readonly truncated: boolean;
}

/** What an agent may ask for. Each call becomes one action at the gate; paths are as the agent wrote them. */
export interface AgentTools {
  readFile(path: string): Promise<Result<string, ToolFailure>>;
  writeFile(path: string, content: string): Promise<Result<void, ToolFailure>>;
  deleteFile(path: string): Promise<Result<void, ToolFailure>>;
  /** Files below a folder that git does not ignore, relative to the working folder. */
  listFiles(path: string): Promise<Result<readonly string[], ToolFailure>>;
  runCommand(argv: readonly string[], cwd: string | undefined, signal: AbortSignal): Promise<Result<CommandOutput, ToolFailure>>;
  /**
   * A permission an agent asks for before it acts itself, for one tool call of its own. What the tool call then asks of us, with
   * the same content, is the same action. The same question again gets the same answer.
   */
  permit(toolCall: string, kind: ActionKind, resource: string, input: unknown): Promise<Result<void, ToolFailure>>;
  /** What was seen of a tool call that was permitted. */
  observe(toolCall: string, status: 'completed' | 'failed'): void;
  /** Aborts what waits or runs, refuses what comes later, and resolves once nothing is left running. Never rejects. */
  close(): Promise<void>;
}

export interface AgentPrompt {
  readonly cwd: string;
  readonly role: string;
  readonly instructions: string;
  readonly text: string;
}

/** What the agent shows while it works: hostile text, for display only. */
export type AgentUpdate =
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'tool'; readonly title: string; readonly status: string }
  | { readonly kind: 'log'; readonly text: string };

export interface AgentResult {
  readonly stopReason: string;
}

export interface AgentTimeouts {
  /** From spawn to the answer to `initialize`. */
  readonly startMs: number;
  /** For the whole prompt. */
  readonly promptMs: number;
}

/** One agent process for one prompt: starts it, speaks with it, ends it and everything it started. */
export interface AgentHost {
  run(
    command: AgentCommand,
    prompt: AgentPrompt,
    tools: AgentTools,
    options: {
      readonly signal: AbortSignal;
      readonly timeouts: AgentTimeouts;
      readonly onUpdate: (update: AgentUpdate) => void;
      /** Called with the process's identity as soon as it runs, so that an orphan can be found after a crash. */
      readonly onStarted: (process: ProcessIdentity) => Promise<void>;
    },
  ): Promise<Result<AgentResult, AgentError>>;
}

/** A pid is reused; a pid with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque and stable for the life of the process. */
  readonly startedAt: string;
}
