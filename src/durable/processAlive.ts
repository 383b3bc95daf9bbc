import { readFileSync } from 'node:fs';
import { systemCode } from '../base/errors.ts';
import type { Owner } from '../base/owner.ts';

/** When a process began, as the system counts it; '' where the system does not tell without asking another program. */
export function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Field 22 of proc(5); the second one may hold spaces and brackets, so count from its last bracket.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ESRCH') return '';
    throw error;
  }
}

/** Whether the process that took something still runs: same pid, same start. */
export function processAlive(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: somebody else's process has that pid now, or it is ours under another user; only its start tells.
    if (systemCode(error) !== 'EPERM') return false;
  }
  return owner.startedAt === '' || processStart(owner.pid) === owner.startedAt;
}
