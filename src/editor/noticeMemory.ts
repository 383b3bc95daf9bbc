import type { Memento } from 'vscode';
import { z } from 'zod';
import { noticeClasses, type NoticeClass } from './news.ts';
import type { NoticeMemory } from './notifications.ts';

const KEY = 'gonogo.silenced';
const silencedSchema = z.array(z.enum(noticeClasses)).catch([]);

/** Silenced classes in the editor's own memory. What cannot be read silences nothing. */
export class MementoNoticeMemory implements NoticeMemory {
  readonly #memento: Pick<Memento, 'get' | 'update'>;

  constructor(memento: Pick<Memento, 'get' | 'update'>) {
    this.#memento = memento;
  }

  isSilenced(of: NoticeClass): boolean {
    return this.#silenced().includes(of);
  }

  silence(of: NoticeClass): PromiseLike<void> {
    return this.#memento.update(KEY, [...new Set([...this.#silenced(), of])]);
  }

  /** How many classes are told of again. */
  async reset(): Promise<number> {
    const { length } = this.#silenced();
    await this.#memento.update(KEY, undefined);
    return length;
  }

  #silenced(): readonly NoticeClass[] {
    return silencedSchema.parse(this.#memento.get(KEY) ?? []);
  }
}
