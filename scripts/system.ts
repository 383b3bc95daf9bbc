import { existsSync, readFileSync } from 'node:fs';
import { findChromium, findOnPath } from './lib/chromium.ts';
import { Problem } from './lib/problem.mjs';
import { run } from './lib/processes.ts';

export type SystemTool = 'git' | 'chromium' | 'bubblewrap';

interface Tool {
  readonly isThere: () => boolean;
  readonly elsewhere: string;
}

const tools: Readonly<Record<SystemTool, Tool>> = {
  git: { isThere: () => findOnPath(['git']) !== undefined, elsewhere: 'install git from https://git-scm.com' },
  chromium: { isThere: () => findChromium() !== undefined, elsewhere: 'install Chromium or Google Chrome and put it on the PATH' },
  // The sandbox on Linux; other systems bring their own or do without.
  bubblewrap: {
    isThere: () => process.platform !== 'linux' || findOnPath(['bwrap']) !== undefined,
    elsewhere: 'install bubblewrap with your package manager (`dnf install bubblewrap`, `pacman -S bubblewrap`)',
  },
};

function isDebian(): boolean {
  return existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
}

async function apt(...args: string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { code, output } = await run('apt-get', ['-q', ...args], { env, timeoutMs: 600_000 });
  if (code === 0) return;
  const line = output.split('\n').find((text) => text.startsWith('E: ')) ?? 'apt-get gave no reason';
  throw new Problem(`apt-get ${args[0] ?? ''} failed: ${line.replace('E: ', '')} Mend that, or install the packages by hand.`);
}

/** Names of the tools that are not installed. */
export function missingTools(wanted: readonly SystemTool[]): SystemTool[] {
  return wanted.filter((name) => !tools[name].isThere());
}

/** Makes sure that the tools are installed: by apt-get on Debian as root, else by saying what to do. */
export async function ensureSystem(wanted: readonly SystemTool[]): Promise<void> {
  const missing = missingTools(wanted);
  if (missing.length === 0) return;
  const packages = missing.join(' ');
  if (isDebian() && process.getuid?.() === 0) {
    process.stderr.write(`Installing ${packages} …\n`);
    await apt('update');
    await apt('install', '-y', '--no-install-recommends', ...missing);
    const still = missingTools(missing);
    if (still.length > 0) throw new Problem(`${still.join(', ')} is still missing after apt-get install.`);
    return;
  }
  const advice = isDebian() ? `run \`sudo apt-get install ${packages}\`` : missing.map((name) => tools[name].elsewhere).join(', and ');
  throw new Problem(`Missing: ${missing.join(', ')}. To go on, ${advice}.`);
}

/** Fails with a sentence when bubblewrap is installed but the system forbids it to make a sandbox. */
export async function ensureSandboxWorks(): Promise<void> {
  if (process.platform !== 'linux') return;
  const { code, output } = await run('bwrap', ['--ro-bind', '/', '/', '--unshare-all', '--proc', '/proc', '--dev', '/dev', 'true']);
  if (code === 0) return;
  throw new Problem(
    `bubblewrap cannot make a sandbox here (${output.trim()}). Allow user namespaces for this user or container, then run the command again.`,
  );
}
