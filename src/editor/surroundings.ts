import type { HealthItem } from '../contracts/health.ts';

/** What this window knows beside the kernel's snapshot. */
export interface Surroundings {
  /** This window's part of the health. */
  readonly more: readonly HealthItem[];
  /** The share of a budget at which to warn. */
  readonly alertAt: number;
  /** The demo model is on: nothing of what is shown as spent is billed. */
  readonly demo: boolean;
}
