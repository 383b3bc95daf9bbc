import { z } from 'zod';
import { notesSchema, type Notes } from '../../protocol/reviewView.ts';
import type { NotesStore } from './notesStore.ts';

/** The part of `vscode.Memento` that is used. */
interface Memento {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

const key = 'gonogo.reviewNotes';
const maxWorks = 50;
const kept = z.array(z.tuple([z.string(), z.unknown()]));

/**
 * Marks and drafts live in the workspace's state: they are one person's at one editor, decide nothing and are no evidence. What is sent
 * with a rejection goes to the kernel and its record.
 */
export class WorkspaceNotes implements NotesStore {
  readonly #memento: Memento;

  constructor(memento: Memento) {
    this.#memento = memento;
  }

  load(work: string): Notes {
    const found = notesSchema.safeParse(this.#all().find(([name]) => name === work)?.[1]);
    return found.success ? found.data : { viewed: [], comments: [] };
  }

  async save(work: string, notes: Notes): Promise<void> {
    const others = this.#all().filter(([name]) => name !== work);
    await this.#memento.update(key, [[work, notes], ...others].slice(0, maxWorks));
  }

  #all(): [string, unknown][] {
    const parsed = kept.safeParse(this.#memento.get(key));
    return parsed.success ? parsed.data : [];
  }
}
