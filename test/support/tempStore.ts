import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type OpenOptions, type Store } from '../../src/store/store.ts';

/** A folder for a store of its own, gone at the end with every store that was opened in it. */
export class TempStore implements Disposable {
  readonly home = join(realpathSync(mkdtempSync(join(tmpdir(), 'gonogo-store-'))), 'home');
  readonly #open = new Set<Store>();

  /** One more connection. @throws StoreError when it cannot be opened */
  open(options?: OpenOptions): Store {
    const opened = openStore(this.home, options);
    if (!opened.ok) throw opened.error;
    this.#open.add(opened.value);
    return opened.value;
  }

  closeAll(): void {
    for (const store of this.#open) store[Symbol.dispose]();
    this.#open.clear();
  }

  [Symbol.dispose](): void {
    this.closeAll();
    rmSync(join(this.home, '..'), { recursive: true, force: true });
  }
}
