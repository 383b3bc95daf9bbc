import { readFileSync } from 'node:fs';
import { systemCode } from '../base/errors.ts';
import type { Owner } from '../base/owner.ts';

/** When a process began, as the system counts it; '' where the system does not tell without asking another program. */
export function processStart(pid: number): string {
  return statOf(pid)?.startedAt ?? '';
}

/** Whether the process that took something still runs: same pid, same start, and more than a remnant nobody has collected. */
export function processAlive(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: somebody else's process has that pid now, or it is ours under another user; only its start tells.
    if (systemCode(error) !== 'EPERM') return false;
  }
  if (owner.startedAt === '') return true;
  const stat = statOf(owner.pid);
  return stat !== undefined && stat.startedAt === owner.startedAt && stat.state !== 'Z' && stat.state !== 'X';
}

/** State and start time: fields 3 and 22 of proc(5). */
function statOf(pid: number): { readonly state: string; readonly startedAt: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field may hold spaces and brackets, so count from its last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', startedAt: fields[19] ?? '' };
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ESRCH') return undefined;
    throw error;
  }
}
