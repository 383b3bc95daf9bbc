import { usdToMicro } from '../base/money.ts';
import type { ConfigurationService } from '../config/configurationService.ts';
import type { Settings } from '../config/settings.ts';
import type { AgentProgram } from '../contracts/agent.ts';
import type { KernelSettings } from '../contracts/kernelApi.ts';

/** What the kernel takes from the settings, in its units. */
export function kernelSettings(config: ConfigurationService, trusted: boolean): KernelSettings {
  return {
    agents: {
      preferred: config.get('agents.default'),
      programs: Object.fromEntries(Object.entries(config.get('agents.path')).map(([id, program]) => [id, programOf(program)])),
      ask: !config.get('missions.autoAssign'),
    },
    maxMissions: config.get('agents.max'),
    spawnDelayMs: config.get('agents.spawnDelayMs'),
    agentStartMs: config.get('agents.initializationDelaySec') * 1000,
    budget: {
      mission: usdToMicro(config.get('budget.mission')),
      day: usdToMicro(config.get('budget.daily')),
      month: usdToMicro(config.get('budget.monthly')),
      alertAt: config.get('budget.alertAt'),
    },
    approvalExpiresMs: config.get('approvals.expireAfterMin') * 60_000,
    demo: config.get('models.demo'),
    upstream: config.get('models.upstream') ?? undefined,
    persist: config.get('agents.persist'),
    useWorktrees: config.get('missions.useWorktrees'),
    templatesPath: config.get('missions.templatesPath'),
    logLevel: config.get('logLevel'),
    trusted,
  };
}

function programOf(program: Settings['agents.path'][string]): AgentProgram {
  return typeof program === 'string' ? { command: program } : program;
}
