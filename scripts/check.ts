import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deadCode, formatting, importDirection, lint, passes, types } from './lib/checks.ts';
import { main } from './lib/main.ts';
import { reports } from './lib/paths.ts';
import { table } from './lib/table.ts';

await main(async () => {
  const report = path.join(reports, 'check.json');
  mkdirSync(reports, { recursive: true });
  rmSync(report, { force: true });
  const results: { name: string; passed: boolean; ms: number }[] = [];
  for (const check of [types, lint, importDirection, deadCode, formatting]) {
    process.stderr.write(`${check.name} …\n`);
    const started = performance.now();
    const passed = await passes(check);
    results.push({ name: check.name, passed, ms: Math.round(performance.now() - started) });
  }
  const failed = results.filter((result) => !result.passed).length;
  const summary = { passed: results.length - failed, failed, skipped: 0, checks: results };
  writeFileSync(report, `${JSON.stringify(summary, undefined, 2)}\n`);
  process.stdout.write(
    table(
      ['check', 'result', 'seconds'],
      results.map(({ name, passed, ms }) => [name, passed ? 'good' : 'FAILED', (ms / 1000).toFixed(1)]),
    ),
  );
  return failed === 0 ? 0 : 1;
});
