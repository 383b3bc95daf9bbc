import type { Git } from './git.ts';
import type { Repository } from './repository.ts';
import { splitNul } from './treePath.ts';

/**
 * How many paths `git status` lists. It compares content through the filters a repository sets up, so these are switched off for the
 * call: where a filter would have hidden a difference, the path counts.
 */
export async function countUncommitted(git: Git, repository: Repository): Promise<number> {
  const call = { cwd: repository.top, gitDir: repository.gitDir, workTree: repository.top };
  const env = await withoutFilters(git, call);
  const args = ['status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=normal', '--ignore-submodules=all'];
  const { stdout } = await git.run(args, { ...call, env });
  return splitNul(stdout).length;
}

/** Settings in the environment, since the name of a filter may hold a `=`. */
async function withoutFilters(git: Git, call: { cwd: string; gitDir: string }): Promise<Record<string, string>> {
  const { stdout } = await git.run(['config', '-z', '--name-only', '--get-regexp', '^filter\\.'], { ...call, answers: [1] });
  const names = new Set(splitNul(stdout).map((key) => key.toString('utf8').replace(/\.[^.]*$/, '')));
  const settings = [...names].flatMap((name) => [`${name}.clean=`, `${name}.process=`, `${name}.required=false`]);
  const env: Record<string, string> = { GIT_CONFIG_COUNT: String(settings.length) };
  for (const [index, setting] of settings.entries()) {
    const split = setting.lastIndexOf('=');
    env[`GIT_CONFIG_KEY_${index}`] = setting.slice(0, split);
    env[`GIT_CONFIG_VALUE_${index}`] = setting.slice(split + 1);
  }
  return env;
}
