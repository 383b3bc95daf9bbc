import { readdirSync, readFileSync } from 'node:fs';

const closeOnExec = 0o2000000;

/** True when a new program would inherit the descriptor, from the text of `/proc/self/fdinfo/<fd>`, see proc(5). */
export function isInheritable(fdinfo: string): boolean {
  const flags = /^flags:\s+([0-7]+)$/m.exec(fdinfo)?.[1];
  return flags === undefined || (Number.parseInt(flags, 8) & closeOnExec) === 0;
}

/**
 * Descriptors above standard error that any child of this process would get, because whoever started it left them open. One that
 * leads to a folder is a way out of every mount namespace, and bubblewrap passes it on.
 */
export function inheritedFds(): readonly number[] {
  return readdirSync('/proc/self/fdinfo')
    .map(Number)
    .filter((fd) => fd > 2 && isInheritable(infoOf(fd)));
}

function infoOf(fd: number): string {
  try {
    return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
  } catch {
    // Closed since the folder was listed.
    return `flags:\t0${closeOnExec.toString(8)}\n`;
  }
}
