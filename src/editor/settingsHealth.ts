import type { HealthItem } from '../contracts/health.ts';

/** The settings' part of the health report: one row while all is well, else what is not. */
export function settingsHealth(items: readonly HealthItem[]): readonly HealthItem[] {
  const troubles = items.filter((item) => item.level !== 'healthy');
  return troubles.length > 0
    ? troubles
    : [{ name: 'Settings', level: 'healthy', message: 'They can be read and saved, and every value is valid.' }];
}
