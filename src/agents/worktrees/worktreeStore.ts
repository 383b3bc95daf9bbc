import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { systemCode } from '../../base/errors.ts';
import type { MissionId } from '../../base/ids.ts';
import { readParsed, writeDurably } from './smallFile.ts';

const oid = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);

const recordSchema = z.discriminatedUnion('state', [
  /** Written before anything else, so that a half-made worktree can be taken away. */
  z.object({ state: z.literal('making'), commonDir: z.string() }),
  z.object({
    state: z.literal('ready'),
    commonDir: z.string(),
    /** The worktree's own git directory inside `commonDir`. */
    gitDir: z.string(),
    prefix: z.string(),
    base: z.object({ tree: oid, commit: oid }),
  }),
]);

export type WorktreeRecord = z.infer<typeof recordSchema>;

/** Where worktrees live: `<storeDir>/worktrees/<missionId>`, each with its record `<missionId>.json` beside it, out of the agent's reach. */
export class WorktreeStore {
  readonly #folder: string;

  constructor(storeDir: string) {
    this.#folder = join(storeDir, 'worktrees');
  }

  /** @throws Error for an id that is not a plain file name. */
  root(id: MissionId): string {
    const name: string = id;
    if (!isMissionName(name)) throw new Error(`\`${name}\` is not a mission's id; launch the mission again`);
    return join(this.#folder, name);
  }

  scratchIndex(id: MissionId): string {
    return `${this.root(id)}.index`;
  }

  /** A git directory of our own for this mission, without any of the repository's settings. */
  cleanRoom(id: MissionId): string {
    return `${this.root(id)}.git`;
  }

  async read(id: MissionId): Promise<WorktreeRecord | undefined> {
    return readParsed(this.#recordFile(id), recordSchema);
  }

  async write(id: MissionId, record: WorktreeRecord): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await writeDurably(this.#recordFile(id), JSON.stringify(record));
  }

  /** Forgets the mission; called last, once its worktree is gone. */
  async forget(id: MissionId): Promise<void> {
    await this.clearScratch(id);
    for (const file of [`${this.#recordFile(id)}.new`, this.#recordFile(id)]) await rm(file, { force: true });
  }

  async clearScratch(id: MissionId): Promise<void> {
    for (const path of [this.scratchIndex(id), `${this.scratchIndex(id)}.lock`, this.cleanRoom(id)]) {
      await rm(path, { recursive: true, force: true });
    }
  }

  /** The missions something is kept of, half-made ones too. */
  async missions(): Promise<readonly MissionId[]> {
    let names: string[];
    try {
      names = await readdir(this.#folder);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    }
    return [...new Set(names.map((name) => name.replace(/\..*$/, '')))].filter(isMissionName);
  }

  #recordFile(id: MissionId): string {
    return `${this.root(id)}.json`;
  }
}

/** An id goes into a path, a ref and an argument vector: letters, digits and hyphens, and never a leading hyphen. */
function isMissionName(name: string): name is MissionId {
  return /^[0-9A-Za-z][0-9A-Za-z-]{0,99}$/.test(name);
}
