import type { CorrelationId } from '../base/ids.ts';
import type { Mission, MissionFacts } from '../contracts/mission.ts';
import type { Upstream } from '../contracts/models.ts';
import type { GatewayMission } from '../gateway/chatCompletions.ts';
import { DEMO_MODEL } from '../missions/missionView.ts';
import type { ModelSource } from './modelSource.ts';

/** What the gate's checks know of a mission. */
export function factsOf(mission: Mission | undefined): MissionFacts | undefined {
  if (!mission) return undefined;
  const worktree = 'progress' in mission.state ? mission.state.progress.worktree : undefined;
  return {
    id: mission.id,
    status: mission.state.status,
    workspaceId: mission.workspaceId,
    folder: mission.folder,
    guardrails: mission.preset.guardrails,
    root: worktree?.root,
    cwd: worktree?.cwd,
    testArgv: mission.preset.test,
    setUpArgv: mission.preset.setUp,
    budget: mission.budget,
  };
}

/** A mission that may spend now: at work, and with the model it was launched with. */
export function spendingMission(mission: Mission | undefined, models: ModelSource): GatewayMission | undefined {
  if (mission?.state.status !== 'running') return undefined;
  const { current } = models;
  if (!current || !isModelOf(mission, current)) return undefined;
  return {
    workspaceId: mission.workspaceId,
    tenantId: mission.tenantId,
    sessionId: mission.id,
    correlationId: mission.id as string as CorrelationId,
    domain: mission.preset.domain,
    cwd: mission.state.progress.worktree?.cwd ?? mission.folder,
    budget: mission.budget,
  };
}

/** Whether a mission was launched with this model: a person has read its name and price. */
export function isModelOf(mission: Mission, upstream: Upstream): boolean {
  return mission.model === (upstream.demo ? DEMO_MODEL : upstream.model);
}
