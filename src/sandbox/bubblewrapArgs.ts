import { CodedError } from '../base/errors.ts';
import type { SandboxLimits } from '../contracts/sandbox.ts';

export const sandboxHome = '/tmp/home';

/** Where the small files that replace the machine's own arrive; each number is an inherited file descriptor. */
interface StubFiles {
  readonly passwd: number;
  readonly group: number;
  readonly hosts: number;
}

export type RuntimeMount =
  | { readonly kind: 'bind'; readonly path: string }
  /** Kept a link, because launchers look for their library beside the link's target. */
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

export interface Confinement {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly runtime: readonly RuntimeMount[];
  /** Bound read-write at its own path; none for the health check. */
  readonly writable?: string;
  /** Inside `writable`, bound read-only on top of it. */
  readonly readOnly: readonly string[];
  readonly limits: SandboxLimits;
  readonly prlimitPath: string;
  /** False where the kernel would count every process of the user, not only those in here. */
  readonly countTasks: boolean;
}

/** Programs and libraries. `/usr` is the user's installed software; data, keys and sockets live elsewhere. */
const systemFolders = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
const systemFiles = ['/etc/ld.so.cache', '/etc/ld.so.conf', '/etc/ld.so.conf.d', '/etc/alternatives', '/etc/localtime', '/etc/os-release'];

/**
 * Switches of the running kernel beside `/proc/sys`. They belong to the machine's root, who is root in here too when GoNoGo runs as
 * root: without these mounts a test could name a program that the kernel then starts outside.
 */
const machineControls = ['/proc/sysrq-trigger', '/proc/mtrr', '/proc/acpi', '/proc/scsi'];

const MiB = 1024 * 1024;
/** V8 reserves about 0.5 GiB of data for each isolate without using it, so a tighter fence stops an idle Node with workers. */
const reservedDataBytes = 4096 * MiB;
/** The kernel's limit counts threads, and an idle Node has eleven. */
const tasksPerProcess = 16;
const sharedMemoryBytes = 64 * MiB;

/**
 * Bubblewrap's options, as it reads them from `--args`: separated by NUL.
 *
 * @throws CodedError `not-permitted` when a value holds a NUL, which would smuggle in an option.
 */
export function bubblewrapArgs(plan: Confinement, stubs: StubFiles): readonly string[] {
  const { limits } = plan;
  const args = [
    ...['--unshare-all', '--unshare-user', '--disable-userns', '--die-with-parent', '--new-session'],
    ...['--cap-drop', 'ALL', '--hostname', 'sandbox'],
    ...systemFolders.concat(systemFiles).flatMap((path) => ['--ro-bind-try', path, path]),
    ...['--proc', '/proc', '--ro-bind', '/proc/sys', '/proc/sys', '--dev', '/dev'],
    ...machineControls.flatMap((path) => ['--ro-bind-try', path, path]),
    ...['--size', String(Math.min(sharedMemoryBytes, limits.memoryBytes)), '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
    ...['--size', String(limits.memoryBytes), '--tmpfs', '/tmp', '--dir', sandboxHome],
    ...['--ro-bind-data', String(stubs.passwd), '/etc/passwd'],
    ...['--ro-bind-data', String(stubs.group), '/etc/group'],
    ...['--ro-bind-data', String(stubs.hosts), '/etc/hosts'],
    ...plan.runtime.flatMap((mount) =>
      mount.kind === 'bind' ? ['--ro-bind', mount.path, mount.path] : ['--symlink', mount.target, mount.path],
    ),
    ...(plan.writable === undefined ? [] : ['--bind', plan.writable, plan.writable]),
    ...plan.readOnly.flatMap((path) => ['--ro-bind', path, path]),
    ...['--remount-ro', '/', '--chdir', plan.cwd, '--clearenv'],
    ...Object.entries({ ...plan.env, HOME: sandboxHome, TMPDIR: '/tmp' }).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
  const smuggled = [...args, ...plan.argv].find((arg) => arg.includes('\0'));
  if (smuggled !== undefined) throw new CodedError('not-permitted', `\`${JSON.stringify(smuggled)}\` holds a NUL; remove it`);
  return args;
}

/**
 * The command line inside. The limits are set in there, because only then does the kernel count the sandbox's own processes and
 * not everything else the user runs; a process without capabilities cannot raise them again.
 */
export function confinedCommand(plan: Confinement): readonly string[] {
  const { limits } = plan;
  return [
    ...['/bin/sh', '-c', 'exec "$0" "$@" 2>&1', plan.prlimitPath],
    ...['--core=0', `--fsize=${limits.fileBytes}`, `--data=${limits.memoryBytes + reservedDataBytes}`],
    ...(plan.countTasks ? [`--nproc=${limits.processes * tasksPerProcess}`] : []),
    '--',
    ...plan.argv,
  ];
}
