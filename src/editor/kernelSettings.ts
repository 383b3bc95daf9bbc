import { usdToMicro } from '../base/money.ts';
import type { ConfigurationService } from '../config/configurationService.ts';
import type { KernelSettings } from '../contracts/kernelApi.ts';

/** What the kernel takes from the settings, in its units. */
export function kernelSettings(config: ConfigurationService, trusted: boolean): KernelSettings {
  return {
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
    agent: config.get('agents.default'),
    templatesPath: config.get('missions.templatesPath'),
    logLevel: config.get('logLevel'),
    trusted,
  };
}
