import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { WorktreeFault } from './fault.ts';
import type { Git } from './git.ts';
import { shadowOf } from './shadowRepository.ts';

/** A repository found from a folder the person opened. Every later call names `gitDir`, so nothing is searched for again. */
export interface Repository {
  /** Real path of the top of the person's working tree. */
  readonly top: string;
  /** The opened folder below `top`: `''`, or with a trailing `/`. */
  readonly prefix: string;
  /** Real path of this working tree's git directory. */
  readonly gitDir: string;
  /** Real path of the directory all working trees share. */
  readonly commonDir: string;
  /** It lies in the store, because the folder has none. */
  readonly shadow: boolean;
}

/**
 * The repository a folder is in, else its shadow in the store.
 *
 * @throws WorktreeFault `not-a-repository`, `git-missing` or `git-failed`.
 */
export async function locate(git: Git, storeDir: string, folder: string): Promise<Repository> {
  const ask = (what: string): Promise<string> => git.line(['rev-parse', what], { cwd: folder });
  try {
    const [top, prefix, gitDir, commonDir] = await Promise.all([
      ask('--show-toplevel'),
      ask('--show-prefix'),
      ask('--absolute-git-dir'),
      ask('--git-common-dir'),
    ]);
    return {
      top: await realpath(top),
      prefix,
      gitDir: await realpath(gitDir),
      commonDir: await realpath(resolve(await realpath(folder), commonDir)),
      shadow: false,
    };
  } catch (error) {
    if (!(error instanceof WorktreeFault)) throw error;
    if (error.code === 'git-failed' && /not a git repository/.test(error.message)) return await shadowOf(git, storeDir, folder);
    if (!/must be run in a work tree/.test(error.message)) throw error;
    throw new WorktreeFault('not-a-repository', `\`${folder}\` is inside git's own files; open the folder of the project`, [], {
      cause: error,
    });
  }
}

/** The commit the working tree stands on; `undefined` before the first one. */
export async function headOf(git: Git, repository: Repository): Promise<string | undefined> {
  const { code, stdout } = await git.run(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], {
    cwd: repository.top,
    gitDir: repository.gitDir,
    answers: [1],
  });
  return code === 0 ? stdout.toString('utf8').trim() : undefined;
}
