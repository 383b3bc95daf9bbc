import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

export interface SmallDisk {
  /** Of the disk that stands in the place of `home`. */
  readonly size: string;
  /** What lies on it at first. */
  readonly from?: string;
  /** All of it, or only the store's own file. */
  readonly readOnly?: 'disk' | 'file';
  /** Bytes that a file named `filler` takes. */
  readonly filler?: number;
  /** Where what lies on it at the end is copied to. */
  readonly to: string;
}

const script = `
  set -eu
  home=$1 size=$2 from=$3 readonly=$4 filler=$5 to=$6
  shift 6
  mount -t tmpfs -o "size=$size" none "$home"
  if [ -n "$from" ]; then cp -a "$from/." "$home"; fi
  if [ "$filler" -gt 0 ]; then head -c "$filler" /dev/zero > "$home/filler"; fi
  if [ "$readonly" = disk ]; then mount -o remount,ro "$home"; fi
  if [ "$readonly" = file ]; then
    mount --bind "$home/gonogo.db" "$home/gonogo.db"
    mount -o remount,ro,bind "$home/gonogo.db"
  fi
  status=0
  "$@" || status=$?
  cp -a "$home/." "$to"
  exit "$status"
`;

/** Why no disk can be put in a folder's place here; `undefined` when it can. */
export function noSmallDisk(): string | undefined {
  if (process.platform !== 'linux') return 'only Linux can put a small disk in the place of a folder';
  const tried = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { encoding: 'utf8' });
  return tried.status === 0 ? undefined : `this system lets nobody mount a small disk (${tried.stderr.trim() || String(tried.error)})`;
}

/** Runs a command that finds a small real disk at `home`; the disk ends with it. Needs no rights: it is a name space of its own. */
export function onSmallDisk(home: string, disk: SmallDisk, argv: readonly string[]): string {
  mkdirSync(home, { recursive: true });
  mkdirSync(disk.to, { recursive: true });
  const options = [home, disk.size, disk.from ?? '', disk.readOnly ?? '', String(disk.filler ?? 0), disk.to];
  const run = spawnSync('unshare', ['-rm', 'sh', '-c', script, 'sh', ...options, ...argv], { encoding: 'utf8', timeout: 30_000 });
  if (run.status !== 0) throw new Error(`it ended with ${run.status ?? run.signal ?? 'nothing'}: ${run.stderr}`);
  return run.stdout;
}
