import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder that is gone after the suite. */
export class TempFolder implements Disposable {
  readonly #root = mkdtempSync(path.join(tmpdir(), 'gonogo-'));

  path(name: string): string {
    return path.join(this.#root, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 3 });
  }
}
