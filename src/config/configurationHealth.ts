import type { Millis } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { worst, type HealthItem, type HealthLevel } from '../contracts/health.ts';
import type { BreakerState } from '../resilience/circuitBreaker.ts';
import type { SettingProblem } from './resolveSetting.ts';

export interface ConfigurationHealth {
  readonly level: HealthLevel;
  readonly checkedAt: Millis;
  readonly items: readonly HealthItem[];
}

export interface HealthFacts {
  readonly at: Millis;
  /** Whether the source answered for every key just now; else why not. */
  readonly answered: boolean;
  readonly failure: unknown;
  readonly problems: readonly SettingProblem[];
  readonly breaker: BreakerState;
  readonly pendingWrites: number;
  /** How full the fullest queue of writes is, from 0 to 1. */
  readonly queueLoad: number;
  /** Used memory of this process as a share of its limit. */
  readonly memoryLoad: number;
}

const MAX_NAMED = 3;

/** What a person should know about the settings, with the next step where there is one. */
export function judgeConfiguration(facts: HealthFacts): ConfigurationHealth {
  const items = [source(facts), values(facts), saving(facts), resources(facts)];
  return { level: worst(items.map((item) => item.level)), checkedAt: facts.at, items };
}

function source({ answered, failure }: HealthFacts): HealthItem {
  const name = 'Settings';
  if (answered) return { name, level: 'healthy', message: 'Settings can be read.' };
  return {
    name,
    level: 'unhealthy',
    message: `Settings cannot be read (${messageOf(failure)}). The last known values count. Reload the window if this stays.`,
  };
}

function values({ problems }: HealthFacts): HealthItem {
  const name = 'Setting values';
  if (problems.length === 0) return { name, level: 'healthy', message: 'Every setting is valid.' };
  const named = problems.slice(0, MAX_NAMED).map(({ key, scope, reason }) => `\`gonogo.${key}\` (${scope}): ${reason}`);
  const rest = problems.length > MAX_NAMED ? `; and ${problems.length - MAX_NAMED} more` : '';
  return { name, level: 'degraded', message: `Left out until you correct them in the settings: ${named.join('; ')}${rest}.` };
}

function saving({ breaker }: HealthFacts): HealthItem {
  const name = 'Saving settings';
  switch (breaker) {
    case 'closed':
      return { name, level: 'healthy', message: 'Settings can be saved.' };
    case 'half-open':
      return { name, level: 'degraded', message: 'Saving failed several times. The next change tries again.' };
    case 'open':
      return {
        name,
        level: 'unhealthy',
        message: 'Saving failed several times and pauses. Open the settings file and look for what is wrong with it.',
      };
  }
}

function resources({ pendingWrites, queueLoad, memoryLoad }: HealthFacts): HealthItem {
  const name = 'Settings resources';
  const load = Math.max(queueLoad, memoryLoad);
  const message = `${pendingWrites} ${pendingWrites === 1 ? 'change waits' : 'changes wait'}; ${Math.round(memoryLoad * 100)} % of the memory is used.`;
  if (load < 0.8) return { name, level: 'healthy', message };
  const nextStep = memoryLoad >= queueLoad ? ' Reload the window to free memory.' : ' Wait until they are saved.';
  return { name, level: load < 0.95 ? 'degraded' : 'unhealthy', message: message + nextStep };
}
