import type { MissionView } from '../contracts/kernelApi.ts';
import type { MissionStatus } from '../contracts/mission.ts';
import { missionContexts } from './ids.ts';

export interface MissionLook {
  /** A codicon, and the theme colour it has. */
  readonly icon: string;
  readonly color?: string;
  /** What the row's menu offers: a value of `missionContexts`. */
  readonly context: string;
}

const looks: Readonly<Record<MissionStatus, MissionLook>> = {
  drafted: { icon: 'circle-outline', context: missionContexts.waiting },
  queued: { icon: 'clock', context: missionContexts.waiting },
  running: { icon: 'sync~spin', context: missionContexts.working },
  verifying: { icon: 'beaker', context: missionContexts.working },
  'awaiting-approval': { icon: 'bell-dot', color: 'notificationsWarningIcon.foreground', context: missionContexts.reviewable },
  parked: { icon: 'debug-pause', color: 'notificationsWarningIcon.foreground', context: missionContexts.parked },
  applying: { icon: 'sync~spin', context: missionContexts.working },
  done: { icon: 'pass', color: 'testing.iconPassed', context: missionContexts.applied },
  'rolling-back': { icon: 'sync~spin', context: missionContexts.ended },
  'rolled-back': { icon: 'discard', context: missionContexts.rolledBack },
  reapplying: { icon: 'sync~spin', context: missionContexts.ended },
  rejected: { icon: 'circle-slash', context: missionContexts.ended },
  failed: { icon: 'error', color: 'notificationsErrorIcon.foreground', context: missionContexts.ended },
  cancelled: { icon: 'close', context: missionContexts.ended },
};

/** A mission that another window runs is only watched here. */
export function missionLook({ status, elsewhere, queue }: Pick<MissionView, 'status' | 'elsewhere' | 'queue'>): MissionLook {
  if (queue?.paused && !elsewhere) return { icon: 'debug-pause', context: missionContexts.held };
  return elsewhere ? { ...looks[status], context: missionContexts.ended } : looks[status];
}
