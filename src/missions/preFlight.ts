import { microUsd, usdToMicro } from '../base/money.ts';
import type { AgentCard } from '../contracts/agent.ts';
import type { KernelSettings, PreFlight } from '../contracts/kernelApi.ts';
import type { KillSwitch } from '../contracts/killSwitches.ts';
import type { Mission } from '../contracts/mission.ts';
import type { Meter } from '../contracts/review.ts';
import type { SandboxHealth } from '../contracts/sandbox.ts';
import type { FlightEstimate } from '../contracts/queue.ts';
import type { RepositoryFacts } from '../contracts/worktrees.ts';
import type { QueuePlace } from './queue.ts';
import { goneBudgets } from './whyWaiting.ts';

export interface PreFlightFacts {
  readonly settings: KernelSettings;
  readonly sandbox: SandboxHealth;
  readonly uncommitted: number;
  /** Folders with dependencies that the worktree will lack. */
  readonly leftBehind: readonly string[];
  readonly withoutGit?: RepositoryFacts['withoutGit'];
  readonly place: QueuePlace;
  readonly flight: FlightEstimate;
  readonly meters: readonly Meter[];
  readonly switches: readonly KillSwitch[];
  readonly agent: AgentCard;
  readonly demo: boolean;
  readonly hasModel: boolean;
  /** Its server wants a key, as far as can be told, and has none. */
  readonly keyMissing?: boolean;
}

/** What a person reads before a launch, and what stands in its way. */
export function preFlightOf(mission: Mission, facts: PreFlightFacts): PreFlight {
  const { preset } = mission;
  const { settings, sandbox, meters } = facts;
  const blockers: string[] = [];
  const warnings: string[] = [];
  if (!settings.trusted) blockers.push('This workspace is not trusted. Trust it first: GoNoGo only reads and explains until then.');
  if (!facts.hasModel)
    blockers.push('No model is set. Run GoNoGo: Set Up Model…, or turn gonogo.models.demo on to fly with the scripted demo model.');
  if (facts.agent.problem !== undefined) blockers.push(facts.agent.problem);
  if (!settings.useWorktrees)
    blockers.push('gonogo.missions.useWorktrees is off, and GoNoGo lets no agent work in your files directly. Turn it on to launch.');
  for (const pulled of facts.switches)
    blockers.push(`Everything is stopped by ${pulled.by}: ${pulled.reason}. Resume in GoNoGo: Show Approvals.`);
  for (const scope of goneBudgets(meters))
    blockers.push(
      `The budget for this ${scope} is spent. Raise gonogo.budget.${scope === 'day' ? 'daily' : 'monthly'} or wait for the next ${scope}.`,
    );
  if (facts.keyMissing === true)
    warnings.push(`There is no key for ${mission.model} in this window. Run GoNoGo: Set Up Model… if its server wants one.`);
  warnings.push(...facts.agent.warnings);
  if (!sandbox.available) warnings.push(`Tests will not run: ${sandbox.reason}`);
  if (facts.leftBehind.length > 0 && preset.setUp === undefined)
    warnings.push(
      `Git ignores ${facts.leftBehind.join(' and ')}, so the agents work without ${facts.leftBehind.length === 1 ? 'it' : 'them'}, and tests that need ${facts.leftBehind.length === 1 ? 'it' : 'them'} fail. A preset's setUp command can bring what needs no network.`,
    );
  const { withoutGit } = facts;
  if (withoutGit) {
    const left = withoutGit.nested.length > 0 ? ` Repositories inside it are left out: ${withoutGit.nested.slice(0, 5).join(', ')}.` : '';
    warnings.push(
      `This folder has no git. Snapshots of it are kept in GoNoGo's own store; dependencies and build output are left out.${left}`,
    );
  }
  if (facts.uncommitted > 0)
    warnings.push(
      `${facts.uncommitted === 1 ? '1 uncommitted file is' : `${facts.uncommitted} uncommitted files are`} part of what the agents see. Your branch and your files stay as they are until you approve.`,
    );
  return {
    missionId: mission.id,
    preset: { id: preset.id, title: preset.title, description: preset.description },
    goal: mission.goal,
    agent: facts.agent,
    agents: preset.agents.map((agent) => agent.title),
    tools: preset.tools,
    guardrails: preset.guardrails,
    critics: preset.critics,
    costFrom: microUsd(Math.min(usdToMicro(preset.costUsd.from), mission.budget)),
    costTo: mission.budget,
    minutesFrom: preset.minutes.from,
    minutesTo: preset.minutes.to,
    risk: preset.risk,
    testCommand: preset.test.join(' '),
    model: mission.model,
    demo: facts.demo,
    isolation: sandbox.available ? sandbox.isolation : undefined,
    uncommitted: facts.uncommitted,
    flight: facts.flight,
    ...facts.place,
    meters,
    blockers,
    warnings,
  };
}
