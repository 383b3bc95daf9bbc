import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { userInfo } from 'node:os';
import { bubblewrapArgs, confinedCommand, sandboxHome } from './bubblewrapArgs.ts';
import type { Confinement } from './bubblewrapArgs.ts';
import { inheritedFds } from './inheritedFds.ts';

/** File descriptors of bubblewrap beside its output: options, status, and the files that stand in for the machine's own. */
const fds = { args: 3, status: 4, passwd: 5, group: 6, hosts: 7 } as const;

interface BubblewrapChild {
  readonly process: ChildProcess;
  /** What the command writes, both streams as one. */
  readonly output: Socket;
  /** What bubblewrap itself has to say. */
  readonly errors: Socket;
  /** See `parseStatus`. */
  readonly status: Socket;
}

/** Starts bubblewrap. Rejects when it cannot be started at all. */
export async function startBubblewrap(bwrapPath: string, plan: Confinement): Promise<BubblewrapChild> {
  const args = bubblewrapArgs(plan, fds);
  // Options go through a pipe, since every user of the machine can read a command line.
  const options = ['--args', String(fds.args), '--json-status-fd', String(fds.status), ...confinedCommand(plan)];
  // The environment is empty: bubblewrap's own can be read from inside, under `/proc/1`.
  const child = withNull((nothing) => spawn(bwrapPath, options, { env: {}, cwd: '/', stdio: stdioFor(nothing) }));
  if (child.pid === undefined) {
    const [error] = (await once(child, 'error')) as unknown[];
    throw error instanceof Error ? error : new Error(String(error));
  }
  feed(child, fds.args, args.join('\0') + '\0');
  for (const [fd, text] of stubFiles()) feed(child, fd, text);
  return { process: child, output: stream(child, 1), errors: stream(child, 2), status: stream(child, fds.status) };
}

/** Our own descriptors as pipes, and `/dev/null` over each that a child would inherit by accident. */
function stdioFor(nothing: number): ('ignore' | 'pipe' | number)[] {
  const inherited = inheritedFds();
  const stdio = new Array<'ignore' | 'pipe' | number>(Math.max(fds.hosts, ...inherited) + 1).fill('ignore');
  for (const fd of inherited) stdio[fd] = nothing;
  return stdio.fill('pipe', 1, fds.hosts + 1);
}

function withNull<T>(use: (fd: number) => T): T {
  const fd = openSync('/dev/null', 'r+');
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** Enough for programs that ask who they are and where `localhost` is; nothing of this machine. */
function stubFiles(): readonly (readonly [fd: number, text: string])[] {
  const { uid, gid } = userInfo();
  return [
    [fds.passwd, `user:x:${uid}:${gid}:user:${sandboxHome}:/bin/sh\n`],
    [fds.group, `user:x:${gid}:\n`],
    [fds.hosts, '127.0.0.1 localhost\n::1 localhost\n127.0.0.1 sandbox\n'],
  ];
}

function stream(child: ChildProcess, fd: number): Socket {
  const socket: unknown = child.stdio[fd];
  if (!(socket instanceof Socket)) throw new Error(`file descriptor \`${fd}\` of bubblewrap is not a pipe`);
  return socket;
}

function feed(child: ChildProcess, fd: number, text: string): void {
  const socket = stream(child, fd);
  // Bubblewrap may end before it has read everything; its own message then says why.
  socket.on('error', () => undefined);
  socket.resume().end(text);
}
