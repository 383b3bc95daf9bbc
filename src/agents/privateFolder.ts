import { mkdir, readdir, rm } from 'node:fs/promises';
import nodePath from 'node:path';
import { systemCode } from '../base/errors.ts';

/** What an agent may call its own for a turn: its home and its configuration, which hold nothing of the person's. */
export interface PrivateFolder extends AsyncDisposable {
  readonly path: string;
  /** Everything by which programs find a home, a configuration or a place for temporary files. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Folders below `<store>/agents`, one for each owner. */
export class PrivateFolders {
  readonly #base: string;

  constructor(home: string) {
    this.#base = nodePath.join(home, 'agents');
  }

  /** A new, empty one; what a crash left under the same name goes. */
  async create(owner: string): Promise<PrivateFolder> {
    const path = nodePath.join(this.#base, owner);
    await remove(path);
    const inside = (name: string): string => nodePath.join(path, name);
    const environment = {
      HOME: inside('home'),
      USERPROFILE: inside('home'),
      XDG_CONFIG_HOME: inside('config'),
      XDG_DATA_HOME: inside('data'),
      XDG_STATE_HOME: inside('state'),
      XDG_CACHE_HOME: inside('cache'),
      APPDATA: inside('config'),
      LOCALAPPDATA: inside('data'),
      TMPDIR: inside('tmp'),
      TEMP: inside('tmp'),
      TMP: inside('tmp'),
    };
    await mkdir(this.#base, { recursive: true, mode: 0o700 });
    await mkdir(path, { mode: 0o700 });
    for (const folder of new Set(Object.values(environment))) await mkdir(folder, { mode: 0o700 });
    return { path, environment, [Symbol.asyncDispose]: () => remove(path) };
  }

  /** Removes what belongs to none of `owners`. */
  async sweep(owners: ReadonlySet<string>): Promise<void> {
    for (const name of await namesIn(this.#base)) if (!owners.has(name)) await remove(nodePath.join(this.#base, name));
  }
}

function remove(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 5 });
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
