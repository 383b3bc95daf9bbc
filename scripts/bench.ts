import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './lib/build.ts';
import { main } from './lib/main.ts';
import { reports } from './lib/paths.ts';
import { Problem } from './lib/problem.mjs';
import { table } from './lib/table.ts';

/** One number. `ratio` is value over baseline; below 1 is better where less is better. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline?: number;
  readonly ratio?: number;
}

/** A file in scripts/bench/ exports `run`. */
interface BenchModule {
  readonly run: () => Promise<Measurement[]>;
}

function isBench(loaded: unknown): loaded is BenchModule {
  return typeof loaded === 'object' && loaded !== null && 'run' in loaded && typeof loaded.run === 'function';
}

const number = (value: number | undefined): string => (value === undefined ? '' : String(Number(value.toPrecision(4))));

await main(async () => {
  const only = process.argv[2];
  await ensureBuilt();
  const folder = path.join(import.meta.dirname, 'bench');
  const files = readdirSync(folder).filter((name) => /\.(ts|mjs)$/.test(name) && (only === undefined || name.startsWith(only)));
  const results: Measurement[] = [];
  for (const name of files.sort()) {
    process.stderr.write(`${name} …\n`);
    const loaded: unknown = await import(pathToFileURL(path.join(folder, name)).href);
    if (!isBench(loaded))
      throw new Problem(`scripts/bench/${name} exports no \`run\` function. Export one that resolves with measurements.`);
    for (const one of await loaded.run()) {
      results.push({ ...one, ...(one.ratio === undefined && one.baseline !== undefined ? { ratio: one.value / one.baseline } : {}) });
    }
  }
  if (results.length === 0) throw new Problem('Nothing was measured. Put a benchmark into scripts/bench/.');
  process.stdout.write(
    table(
      ['measured', 'value', 'unit', 'baseline', 'ratio'],
      results.map((one) => [one.name, number(one.value), one.unit, number(one.baseline), number(one.ratio)]),
    ),
  );
  mkdirSync(reports, { recursive: true });
  writeFileSync(path.join(reports, 'bench.json'), `${JSON.stringify(results, undefined, 2)}\n`);
  return 0;
});
