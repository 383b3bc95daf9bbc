/** Who holds a lease or an unfinished effect: a process by pid and start time, and one kernel within it. */
export interface Owner {
  readonly pid: number;
  /** Opaque start time of the process, because pids are used again. */
  readonly startedAt: string;
  readonly kernel: string;
}

export function formatOwner(owner: Owner): string {
  return `${owner.pid}|${owner.startedAt}|${owner.kernel}`;
}

export function parseOwner(text: string): Owner | undefined {
  const [pid, startedAt, kernel, ...rest] = text.split('|');
  if (!pid || startedAt === undefined || !kernel || rest.length > 0 || !/^\d+$/.test(pid)) return undefined;
  return { pid: Number(pid), startedAt, kernel };
}
