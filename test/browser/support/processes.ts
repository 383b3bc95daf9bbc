import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { familyOf } from '../../../scripts/lib/processes.ts';

function of<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    // Gone, or not ours to read.
    return otherwise;
  }
}

/** Processes that work in a worktree below `home`: agents and what they started. */
export function agentsOf(home: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => of(() => readlinkSync(`/proc/${pid}/cwd`), '').startsWith(home)).map(Number);
}

/** The extension hosts below the server `pid`. */
export function extensionHostsOf(pid: number): number[] {
  const isHost = (each: number): boolean => of(() => readFileSync(`/proc/${each}/cmdline`, 'utf8'), '').includes('--type=extensionHost');
  return familyOf(pid)
    .map((member) => member.pid)
    .filter(isHost);
}
