import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { systemCode } from '../base/errors.ts';
import type { ProcessIdentity } from '../contracts/agent.ts';

const execute = promisify(execFile);

export interface ProcessRow {
  readonly pid: number;
  /** Opaque; tells a process from a later one with the same pid. */
  readonly start: string;
  readonly parent: number;
  readonly group: number;
  /** Where the system does not tell, the group. */
  readonly session: number;
  readonly dead: boolean;
}

/** The process as it can be found again later; `undefined` when there is none with that pid. */
export async function processIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  const startedAt = await startOf(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Kills a process that outlived its owner, with everything it started. False when it is gone or the pid belongs to another by now. */
export async function killOrphan(identity: ProcessIdentity): Promise<boolean> {
  if ((await startOf(identity.pid)) !== identity.startedAt) return false;
  await killTree(identity.pid);
  return true;
}

/** What runs below a process now, wherever it moved its group or session. While its parents live it can be found, later maybe not. */
export async function processTree(leader: number): Promise<readonly ProcessRow[]> {
  return process.platform === 'win32' ? [] : treeOf(await processRows(), (row) => row.pid === leader);
}

/**
 * Kills a process that leads its own group, with the group, its session, whatever of `known` still runs, and all that
 * descends from them; resolves once they are dead. What left the session and lost its parents unseen is not found.
 */
export async function killTree(leader: number, known: readonly ProcessRow[] = []): Promise<void> {
  if (process.platform === 'win32') {
    await quietly('taskkill', ['/PID', String(leader), '/T', '/F']);
    return;
  }
  const starts = new Map(known.map(({ pid, start }) => [pid, start]));
  const isOurs = (row: ProcessRow): boolean =>
    row.pid === leader || row.group === leader || row.session === leader || starts.get(row.pid) === row.start;
  for (let round = 0; round < 100; round += 1) {
    const alive = treeOf(await processRows(), isOurs);
    // The whole group at once, so that none of it can start another in between.
    kill(-leader);
    for (const { pid } of alive) kill(pid);
    if (alive.length === 0) return;
    await sleep(10);
  }
  throw new Error(`the processes of \`${leader}\` do not end; end them by hand`);
}

/** Everything alive that is one of the roots or descends from one. */
export function treeOf(rows: readonly ProcessRow[], isRoot: (row: ProcessRow) => boolean): readonly ProcessRow[] {
  const children = Map.groupBy(rows, (row) => row.parent);
  const tree = new Set(rows.filter(isRoot));
  // A Set visits what is added on the way.
  for (const member of tree) for (const child of children.get(member.pid) ?? []) tree.add(child);
  return [...tree].filter((row) => !row.dead && row.pid !== process.pid);
}

/** One row of `/proc/<pid>/stat`, see proc(5). The name may hold spaces and brackets, so fields count from the last bracket. */
export function parseStat(text: string): ProcessRow | undefined {
  const end = text.lastIndexOf(')');
  const [state, parent, group, session] = text.slice(end + 2).split(' ');
  const start = text.slice(end + 2).split(' ')[19];
  const pid = Number.parseInt(text, 10);
  if (end < 0 || !Number.isInteger(pid) || session === undefined || start === undefined) return undefined;
  return { pid, parent: Number(parent), group: Number(group), session: Number(session), dead: state === 'Z' || state === 'X', start };
}

async function startOf(pid: number): Promise<string | undefined> {
  switch (process.platform) {
    case 'linux': {
      const row = parseStat((await textOf(`/proc/${pid}/stat`)) ?? '');
      if (row === undefined || row.dead) return undefined;
      // Ticks since boot mean nothing after the next boot.
      return `${(await textOf('/proc/sys/kernel/random/boot_id'))?.trim() ?? ''}:${row.start}`;
    }
    case 'win32':
      return quietly('powershell', ['-NoProfile', '-NonInteractive', '-Command', `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`]);
    default:
      return quietly('ps', ['-o', 'lstart=', '-p', String(pid)]);
  }
}

async function processRows(): Promise<readonly ProcessRow[]> {
  if (process.platform === 'linux') {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const rows = await Promise.all(pids.map(async (pid) => parseStat((await textOf(`/proc/${pid}/stat`)) ?? '')));
    return rows.filter((row) => row !== undefined);
  }
  const { stdout } = await execute('ps', ['-axo', 'pid=,ppid=,pgid=,stat=,lstart='], { env: { ...process.env, LC_ALL: 'C' } });
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent, group, state, ...start] = line.trim().split(/\s+/);
      const [own, above, leader] = [pid, parent, group].map(Number);
      return {
        pid: own ?? 0,
        parent: above ?? 0,
        group: leader ?? 0,
        session: leader ?? 0,
        dead: state?.startsWith('Z') ?? true,
        start: start.join(' '),
      };
    });
}

/** What is gone already needs no signal, and what we may not signal is not ours. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/** The output of a system tool; `undefined` when it fails, which is how these tools say that there is no such process. */
async function quietly(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await execute(program, args, { env: { ...process.env, LC_ALL: 'C' }, windowsHide: true });
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** A process may end between two looks at it. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
