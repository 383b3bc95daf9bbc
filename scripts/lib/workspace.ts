import { createHash } from 'node:crypto';
import { cpSync, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import path from 'node:path';
import { sample } from './paths.ts';
import { Problem } from './problem.mjs';
import { run } from './processes.ts';

/** What must not depend on the person's own git configuration. */
const plainGit = [
  '-c',
  'init.defaultBranch=main',
  '-c',
  'commit.gpgsign=false',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'core.autocrlf=false',
  '-c',
  'core.fsmonitor=false',
];

/** Runs git in `cwd` and returns what it printed; a failure throws with git's words. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  // A hook or an outer git command would point git at another repository.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  const { code, stdout, output } = await run('git', [...plainGit, ...args], { cwd, env }).catch((error: unknown) => {
    throw new Problem(
      `git could not be started (${error instanceof Error ? error.message : String(error)}). Install git and run the command again.`,
    );
  });
  if (code !== 0) throw new Problem(`git ${args[0] ?? ''} failed in ${cwd}: ${output.trim()}`);
  return stdout;
}

/** Makes `folder` a repository of its own with one commit, under an identity that is nobody's. */
export async function initRepository(folder: string): Promise<void> {
  await git(folder, 'init', '--quiet');
  await git(folder, 'config', 'user.name', 'GoNoGo Sample');
  await git(folder, 'config', 'user.email', 'sample@gonogo.invalid');
  await git(folder, 'add', '--all');
  await git(folder, 'commit', '--quiet', '--message', 'Invoices');
}

/** Copies the sample project out of this repository, because inside it would belong to this one's git. */
export async function copySample(to: string, fresh: boolean): Promise<void> {
  if (fresh) rmSync(to, { recursive: true, force: true });
  if (existsSync(path.join(to, '.git', 'HEAD'))) return;
  rmSync(to, { recursive: true, force: true });
  cpSync(sample, to, { recursive: true });
  await initRepository(to);
}

/** A file's identity: kind, executable bit and content. */
function identity(file: string): string {
  const stat = lstatSync(file);
  if (stat.isSymbolicLink()) return `link ${readlinkSync(file)}`;
  return `${stat.mode & 0o111 ? 'executable' : 'file'} ${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
}

/** What of `.git` is compared byte for byte; the rest is compared as git sees it. */
const gitFiles = ['HEAD', 'config', 'hooks', 'info'];

/**
 * Every file below `folder` by relative path, and the repository's state: HEAD, configuration, hooks, refs and what is
 * staged. The index file itself may be rewritten by any `git status`, and GoNoGo keeps its own refs under refs/gonogo/.
 */
export async function fingerprint(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const visit = (relative: string): void => {
    const file = path.join(folder, relative);
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (!stat) return;
    if (!stat.isDirectory()) {
      files.set(relative, identity(file));
      return;
    }
    for (const name of relative === '.git' ? gitFiles : readdirSync(file)) visit(relative === '' ? name : `${relative}/${name}`);
  };
  visit('');
  if (!existsSync(path.join(folder, '.git'))) return files;
  for (const line of (await git(folder, 'for-each-ref', '--format=%(refname) %(objectname)')).trim().split('\n')) {
    const [name = '', value = ''] = line.split(' ');
    if (name !== '' && !name.startsWith('refs/gonogo/')) files.set(`.git/${name}`, value);
  }
  files.set('.git/index', await git(folder, 'ls-files', '--stage', '-v'));
  return files;
}

/** Paths whose identity differs between two fingerprints, sorted. */
export function changedPaths(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const all = new Set([...before.keys(), ...after.keys()]);
  return [...all].filter((name) => before.get(name) !== after.get(name)).sort();
}
