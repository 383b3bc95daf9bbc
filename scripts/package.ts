import { writeFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt } from './lib/build.ts';
import { main } from './lib/main.ts';
import { reports } from './lib/paths.ts';
import { packVsix } from './lib/vsix.ts';

await main(async () => {
  const report = path.join(reports, 'vsix.json');
  mkdirSync(reports, { recursive: true });
  rmSync(report, { force: true });
  await ensureBuilt();
  const file = await packVsix();
  const bytes = readFileSync(file).length;
  writeFileSync(report, `${JSON.stringify({ passed: 1, failed: 0, skipped: 0, file: path.basename(file), bytes }, undefined, 2)}\n`);
  process.stdout.write(`${file} (${(bytes / 1024 / 1024).toFixed(1)} MB)\n`);
  return 0;
});
