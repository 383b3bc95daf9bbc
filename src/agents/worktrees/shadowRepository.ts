import { mkdir, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, parse } from 'node:path';
import { sha256 } from '../../base/digest.ts';
import { statOf } from './diskEntry.ts';
import { WorktreeFault } from './fault.ts';
import type { Git } from './git.ts';
import { inParallel } from './inParallel.ts';
import type { Listing } from './listing.ts';
import type { Repository } from './repository.ts';
import { writeDurably } from './smallFile.ts';

/** What is left out where nobody said otherwise; a `.gitignore` in the folder adds to it, or takes back with `!name`. */
export const leftOut = [
  'node_modules/',
  '.venv/',
  'venv/',
  '__pycache__/',
  '.mypy_cache/',
  '.pytest_cache/',
  '.tox/',
  'dist/',
  'target/',
  'coverage/',
  '.next/',
  '.nuxt/',
  '.gradle/',
  '.terraform/',
  '.cache/',
  '.DS_Store',
  'Thumbs.db',
] as const;

const MOST_FILES = 50_000;
const MOST_BYTES = 2 * 1024 ** 3;
const LOOK_AT_ONCE = 32;

/**
 * The repository of a folder that is in none: bare, in the store, one for each real path. The folder itself gets no `.git`.
 * Made on the first use, again after a crash in the middle of it.
 *
 * @throws WorktreeFault `not-a-repository` where a shadow would be wrong: a broken repository, a home folder, the root of a disk.
 */
export async function shadowOf(git: Git, storeDir: string, folder: string): Promise<Repository> {
  const top = await realpath(folder);
  if (top === parse(top).root || top === (await realpath(homedir()).catch(() => homedir())))
    throw new WorktreeFault('not-a-repository', `\`${folder}\` is too large a place for a mission; open the folder of one project`);
  await assertNoRepository(top);
  const gitDir = join(storeDir, 'shadow', `${sha256(`gonogo-shadow-v1\n${top}`).slice(0, 32)}.git`);
  const exclude = join(gitDir, 'info', 'exclude');
  if ((await statOf(exclude)) === undefined) {
    await mkdir(join(gitDir, 'info'), { recursive: true, mode: 0o700 });
    await git.run(['init', '--quiet', '--bare', '--template=', gitDir], { cwd: storeDir });
    // Written last: it says that the rest is there.
    await writeDurably(exclude, `${leftOut.join('\n')}\n`);
  }
  const real = await realpath(gitDir);
  return { top, prefix: '', gitDir: real, commonDir: real, shadow: true };
}

/** @throws WorktreeFault `unsupported-entry` for more than a snapshot can hold. */
export async function assertHoldable(top: string, { files }: Listing): Promise<void> {
  if (files.length > MOST_FILES)
    throw tooMuch(`\`${top}\` holds ${files.length} files, and at most ${MOST_FILES} are kept of a folder without git`);
  let bytes = 0;
  await inParallel(files, LOOK_AT_ONCE, async (path) => {
    bytes += (await statOf(join(top, path)))?.size ?? 0;
  });
  if (bytes > MOST_BYTES)
    throw tooMuch(`\`${top}\` holds ${(bytes / 1024 ** 3).toFixed(1)} GB, and at most 2 GB are kept of a folder without git`);
}

function tooMuch(what: string): WorktreeFault {
  return new WorktreeFault('unsupported-entry', `${what}; name what can be left out in a \`.gitignore\` there, or run \`git init\``);
}

/** git says the same of a folder in no repository and of one whose repository is broken; only the first may have a shadow. */
async function assertNoRepository(top: string): Promise<void> {
  for (let folder = top; ; folder = dirname(folder)) {
    if ((await statOf(join(folder, '.git'))) !== undefined)
      throw new WorktreeFault(
        'not-a-repository',
        `the repository in \`${folder}\` cannot be read by git; mend or remove its \`.git\` and try again`,
      );
    if (folder === dirname(folder)) return;
  }
}
