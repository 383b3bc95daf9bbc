import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Snapshot } from '../../contracts/worktrees.ts';
import { readParsed, writeDurably } from './smallFile.ts';

/** What a tree cannot say of the workspace before an apply, kept so that a rollback restores exactly what was there. */
export interface Before {
  /** Permission bits of the files the apply touches. */
  readonly files: ReadonlyMap<string, number>;
  /** Permission bits of the folders it may remove. */
  readonly folders: ReadonlyMap<string, number>;
  /** Folders that did not exist. */
  readonly made: ReadonlySet<string>;
}

// Pairs, not objects: a path may be called `__proto__`.
const pairs = z.array(z.tuple([z.string(), z.number().int().min(0).max(0o7777)])).transform((list) => new Map(list));
const schema = z.object({
  state: z.enum(['applied', 'rolled-back']),
  files: pairs,
  folders: pairs,
  made: z.array(z.string()).transform((list) => new Set(list)),
});

type JournalState = 'applied' | 'rolled-back';

/** One small file per applied mission: `<storeDir>/applied/<base commit>-<result commit>.json`. */
export class ApplyJournal {
  readonly #file: string;

  constructor(storeDir: string, base: Snapshot, result: Snapshot) {
    this.#file = join(storeDir, 'applied', `${base.commit}-${result.commit}.json`);
  }

  /** `applied` is written before the first change, `rolled-back` after the last one. */
  read(): Promise<(Before & { readonly state: JournalState }) | undefined> {
    return readParsed(this.#file, schema);
  }

  async write(state: JournalState, before: Before): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
    const { files, folders, made } = before;
    await writeDurably(this.#file, JSON.stringify({ state, files: [...files], folders: [...folders], made: [...made] }));
  }
}
