import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { z } from 'zod';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const folder = process.env['GONOGO_DATA'] ?? join(repository, '..', 'shared', 'data');

/**
 * The rows of a corpus of test data such as `06-input/naughty-strings`, kept outside the repository: in the folder `GONOGO_DATA` names, else
 * in `../shared/data`. Where it is absent the test is skipped, with the reason in its title.
 */
export function corpus<T>(name: string, row: z.ZodType<T>, title: string, check: (rows: readonly T[]) => void | Promise<void>): void {
  const file = join(folder, `${name}.jsonl.gz`);
  if (!existsSync(file)) {
    it.skip(`${title} (skipped: no test data ${name}; set GONOGO_DATA to its folder)`);
    return;
  }
  it(title, async () => {
    const lines = gunzipSync(readFileSync(file)).toString('utf8').split('\n');
    const rows = lines.filter((line) => line !== '').map((line) => row.parse(JSON.parse(line)));
    if (rows.length === 0) throw new Error(`the test data ${name} holds no rows`);
    await check(rows);
  });
}

/** One `*.json.gz` of a set as it was parsed; `undefined` where the data is absent. */
export function document(set: string, name: string): unknown {
  const file = join(folder, set, `${name}.json.gz`);
  return existsSync(file) ? (JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as unknown) : undefined;
}
