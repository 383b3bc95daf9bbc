export type HealthLevel = 'healthy' | 'degraded' | 'unhealthy';

export interface HealthItem {
  /** `Store`, `Sandbox`, `Model`, `Settings` … */
  readonly name: string;
  readonly level: HealthLevel;
  /** One sentence; when not healthy, with the next step. */
  readonly message: string;
}

export function worst(levels: readonly HealthLevel[]): HealthLevel {
  if (levels.includes('unhealthy')) return 'unhealthy';
  return levels.includes('degraded') ? 'degraded' : 'healthy';
}
