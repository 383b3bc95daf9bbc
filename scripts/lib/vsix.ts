import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from './paths.ts';
import { Problem } from './problem.mjs';
import { run } from './processes.ts';

/** VS Code's platforms, and the prebuilt better-sqlite3 each needs: all there are. */
export const targets = {
  'linux-x64': 'linux-x64.node',
  'linux-arm64': 'linux-arm64.node',
  'alpine-x64': 'linuxmusl-x64.node',
  'alpine-arm64': 'linuxmusl-arm64.node',
  'darwin-x64': 'darwin-x64.node',
  'darwin-arm64': 'darwin-arm64.node',
  'win32-x64': 'win32-x64.node',
  'win32-arm64': 'win32-arm64.node',
} as const;
export type Target = keyof typeof targets;
export const targetNames = Object.keys(targets).filter((name): name is Target => Object.hasOwn(targets, name));

const everyPrebuild = '!dist/native/*.node';

interface Manifest {
  readonly name: string;
  readonly version: string;
}

function manifest(): Manifest {
  const read: unknown = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  if (typeof read === 'object' && read !== null && 'name' in read && 'version' in read)
    return { name: String(read.name), version: String(read.version) };
  throw new Problem('package.json has no name or version.');
}

/** What a package leaves out: `.vscodeignore`, and for one platform the prebuilds of the others. */
function ignoreRules(target: Target | undefined): string {
  const rules = readFileSync(path.join(root, '.vscodeignore'), 'utf8');
  if (target === undefined) return rules;
  if (!rules.includes(everyPrebuild)) throw new Problem(`.vscodeignore has no line \`${everyPrebuild}\` to narrow for one platform.`);
  return rules.replace(everyPrebuild, `!dist/native/${targets[target]}`);
}

/** Copies what the rules may let in, because vsce looks at every file of node_modules/ and .tools/ before it leaves them out. */
function stage(rules: string, folder: string): void {
  const kept = rules.split('\n').flatMap((line) => /^!([^/*]+)/.exec(line.trim())?.[1] ?? []);
  for (const name of new Set(kept)) {
    const from = path.join(root, name);
    if (existsSync(from)) cpSync(from, path.join(folder, name), { recursive: true });
  }
  writeFileSync(path.join(folder, '.vscodeignore'), rules);
}

async function vsce(command: 'package' | 'ls', target: Target | undefined, args: readonly string[]): Promise<string> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'gonogo-vsix-'));
  try {
    stage(ignoreRules(target), scratch);
    const program = path.join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
    const all = [program, command, '--no-dependencies', ...args];
    const { code, stdout, output } = await run(process.execPath, all, { cwd: scratch });
    if (code !== 0)
      throw new Problem(`${output.trim()}\nThe package could not be made. Mend what is named above and run the command again.`);
    return stdout;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The files a package would hold, relative to the checkout. */
export async function listVsix(target?: Target): Promise<string[]> {
  const printed = await vsce('ls', target, []);
  return printed
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Packs the VSIX for one platform, or without one the universal one, from dist/ as it stands, and returns its path. */
export async function packVsix(target?: Target): Promise<string> {
  const { name, version } = manifest();
  const file = path.join(root, `${[name, target, version].filter((part) => part !== undefined).join('-')}.vsix`);
  // The demo model's script carries a made-up GitHub token, so that the secret check can be seen to stop it.
  const args = ['--allow-missing-repository', '--no-rewrite-relative-links', '--skip-license', '--allow-package-secrets', 'github'];
  if (target !== undefined) args.push('--target', target);
  await vsce('package', target, [...args, '--out', file]);
  return file;
}
