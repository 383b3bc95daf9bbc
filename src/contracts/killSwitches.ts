import type { Millis } from '../base/clock.ts';

export const killSwitchNames = ['GLOBAL_WRITE'] as const;
export type KillSwitchName = (typeof killSwitchNames)[number];

export interface KillSwitch {
  readonly name: KillSwitchName;
  readonly by: string;
  readonly reason: string;
  readonly since: Millis;
}

const stopping: ReadonlySet<KillSwitchName> = new Set(['GLOBAL_WRITE']);

/** The switch that stops every effect of agents and missions, if it is pulled. */
export function stopOf(pulled: readonly KillSwitch[]): KillSwitch | undefined {
  return pulled.find(({ name }) => stopping.has(name));
}

/** Persisted and shared by every window and process. Anyone may pull; only a person's click in the webview lifts. */
export interface KillSwitches {
  /** The switches that are pulled. Reads the store: never a remembered answer. */
  pulled(): readonly KillSwitch[];
  /** MUST be called inside `UnitOfWork.run`. Pulling twice keeps the first. */
  pull(name: KillSwitchName, by: string, reason: string): KillSwitch;
  /** MUST be called inside `UnitOfWork.run`. False when it was not pulled at exactly `since`. */
  lift(name: KillSwitchName, since: Millis): boolean;
}
