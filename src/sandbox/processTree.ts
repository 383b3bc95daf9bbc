import { readdir, readFile } from 'node:fs/promises';

/** One process as the kernel knows it; the start time tells it from a later one with the same number. */
export interface ProcessRef {
  readonly pid: number;
  readonly startTime: string;
}

export interface TreeUsage {
  readonly processes: number;
  /** Memory that belongs to the processes: anonymous and shared, without mapped files. Shared pages count once for each process. */
  readonly memoryBytes: number;
}

interface ProcessStat extends ProcessRef {
  readonly parent: number;
  readonly state: string;
}

/** Parses `/proc/<pid>/stat`, see proc(5). The name may hold spaces and brackets, so fields count from the last bracket. */
export function parseStat(text: string): ProcessStat | undefined {
  const end = text.lastIndexOf(')');
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(end + 2).split(' ');
  const [state, parent] = fields;
  const startTime = fields[19];
  if (end < 0 || !Number.isInteger(pid) || state === undefined || parent === undefined || startTime === undefined) return undefined;
  return { pid, parent: Number(parent), state, startTime };
}

export function parseMemory(status: string): number {
  let kilobytes = 0;
  for (const match of status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)) kilobytes += Number(match[1]);
  return kilobytes * 1024;
}

/** `undefined` when it has ended, or when its number is another's by now. */
export async function findProcess(pid: number, parent: number | undefined): Promise<ProcessRef | undefined> {
  const stat = await statOf(pid);
  return stat?.parent === parent ? stat : undefined;
}

/** True until the process and, when it is the first of its namespace, everything in the namespace has ended. */
export async function isAlive(process: ProcessRef): Promise<boolean> {
  const stat = await statOf(process.pid);
  // A first process turns into a zombie only after the kernel has ended and collected all others of its namespace.
  return stat !== undefined && stat.startTime === process.startTime && stat.state !== 'Z' && stat.state !== 'X';
}

/** What the process and everything below it use now. Orphans in a process namespace stay below its first process. */
export async function treeUsage(root: ProcessRef): Promise<TreeUsage> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = (await Promise.all(pids.map(statOf))).filter((stat) => stat !== undefined);
  const children = Map.groupBy(stats, (stat) => stat.parent);
  const tree = stats.filter((stat) => stat.pid === root.pid && stat.startTime === root.startTime);
  for (const member of tree) tree.push(...(children.get(member.pid) ?? []));
  const memory = await Promise.all(tree.map(async (member) => parseMemory((await read(`/proc/${member.pid}/status`)) ?? '')));
  return { processes: tree.length, memoryBytes: memory.reduce((sum, bytes) => sum + bytes, 0) };
}

async function statOf(pid: number): Promise<ProcessStat | undefined> {
  const text = await read(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/** `undefined` for a process that has ended, which can happen at any moment here. */
async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
