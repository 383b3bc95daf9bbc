import type { MissionStatus } from '../contracts/mission.ts';

/** From each status, where a mission may go. `running` and `verifying` may stay, with more progress or another task. */
const allowed: Readonly<Record<MissionStatus, readonly MissionStatus[]>> = {
  drafted: ['queued', 'cancelled'],
  queued: ['running', 'cancelled', 'failed'],
  running: ['running', 'verifying', 'failed', 'cancelled'],
  verifying: ['running', 'verifying', 'awaiting-approval', 'parked', 'failed', 'cancelled'],
  'awaiting-approval': ['applying', 'verifying', 'parked', 'rejected', 'failed', 'cancelled'],
  parked: ['verifying', 'failed', 'cancelled'],
  applying: ['done', 'parked', 'failed', 'cancelled'],
  done: ['rolling-back'],
  'rolling-back': ['rolled-back', 'done'],
  'rolled-back': ['reapplying'],
  reapplying: ['done', 'rolled-back'],
  rejected: [],
  failed: [],
  cancelled: [],
};

export function mayMove(from: MissionStatus, to: MissionStatus): boolean {
  return allowed[from].includes(to);
}
