import type { AgentCatalogue } from '../agents/catalogue.ts';
import type { Clock, Millis } from '../base/clock.ts';
import type { CorrelationId, MissionId } from '../base/ids.ts';
import { err, ok } from '../base/result.ts';
import type { AgentHost, AgentUpdate, ProcessIdentity } from '../contracts/agent.ts';
import type { TokenIssuer } from '../contracts/capability.ts';
import type { Gate } from '../contracts/gate.ts';
import type { Mission, WorktreeRef } from '../contracts/mission.ts';
import type { Sandbox } from '../contracts/sandbox.ts';
import type { RunAgent } from '../missions/missionRunner.ts';
import { GovernedTools } from '../tools/governedTools.ts';
import { commandEnvironment } from '../tools/shell/runCommand.ts';
import { isModelOf } from './missionFacts.ts';
import type { ModelSource } from './modelSource.ts';

export interface AgentTurnOptions {
  readonly host: AgentHost;
  readonly gate: Gate;
  readonly sandbox: Sandbox;
  readonly tokens: TokenIssuer;
  readonly clock: Clock;
  readonly agents: AgentCatalogue;
  readonly gatewayUrl: string;
  readonly models: ModelSource;
  readonly agentStart: () => Millis;
  readonly listTracked: (mission: Mission, worktree: WorktreeRef) => (folder: string) => Promise<readonly string[]>;
  readonly onStarted: (id: MissionId, process: ProcessIdentity) => Promise<void>;
  readonly onActivity: (id: MissionId, activity: string | undefined) => void;
}

const TOKEN_GRACE: Millis = 5 * 60_000;

/** One turn of the mission's agent in a role: its token, its tools, its process, all for this turn only. */
export function agentTurn(options: AgentTurnOptions): RunAgent {
  return async ({ mission, agent, worktree, text, attempt, signal }) => {
    const { host, gate, sandbox, tokens, clock } = options;
    const upstream = options.models.current;
    if (upstream === undefined || !isModelOf(mission, upstream))
      return err({
        code: 'no-model',
        message: `the model it was launched with (\`${mission.model}\`) is not set any more; set it again, or launch a new mission`,
      });
    const promptMs = mission.preset.minutes.to * 60_000;
    const principal = { kind: 'agent', id: `${mission.agent}/${agent.role}` } as const;
    const capability = await tokens.issue({
      principalId: principal.id,
      missionId: mission.id,
      workspaceId: mission.workspaceId,
      scopes: agent.scopes,
      expiresAt: clock.now() + promptMs + TOKEN_GRACE,
    });
    const tools = new GovernedTools({
      gate,
      sandbox,
      principal,
      capability,
      listTracked: options.listTracked(mission, worktree),
      environment: commandEnvironment(process.env),
      signal,
      mission: {
        id: mission.id,
        root: worktree.root,
        cwd: worktree.cwd,
        workspaceId: mission.workspaceId,
        tenantId: mission.tenantId,
        sessionId: mission.id,
        correlationId: mission.id as string as CorrelationId,
      },
    });
    const prepared = await options.agents.prepare(mission.agent, mission.id, worktree, {
      url: options.gatewayUrl,
      token: capability,
      model: upstream.model,
    });
    if (!prepared.ok) return prepared;
    await using flying = prepared.value;
    options.onActivity(mission.id, `${agent.title}: starting`);
    const again = attempt > 1 ? ` This is attempt ${attempt}.` : '';
    const result = await host.run(
      flying.command,
      {
        cwd: worktree.cwd,
        role: agent.role,
        instructions: `You are ${agent.title} (role: ${agent.role}).${again} ${agent.instructions}${flying.advice === '' ? '' : `\n\n${flying.advice}`}`,
        text,
      },
      tools,
      {
        signal,
        timeouts: { startMs: options.agentStart(), promptMs },
        onUpdate: (update) => options.onActivity(mission.id, `${agent.title}: ${activityOf(update)}`),
        onStarted: (identity) => options.onStarted(mission.id, identity),
      },
    );
    options.onActivity(mission.id, undefined);
    if (!result.ok) return result;
    return result.value.stopReason === 'end_turn'
      ? ok(undefined)
      : err({ code: 'agent-stopped', message: `it ended early (${result.value.stopReason})` });
  };
}

function activityOf(update: AgentUpdate): string {
  const text = update.kind === 'tool' ? update.title : update.kind === 'message' ? 'writing' : 'working';
  return text.length > 120 ? `${text.slice(0, 120).toWellFormed()} …` : text;
}
