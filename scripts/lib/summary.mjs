// Adds up the reports named on the command line; one that was not written counts as a failure.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const reports = fileURLToPath(new URL('../../reports/', import.meta.url));
const total = { passed: 0, failed: 0, skipped: 0 };

for (const name of process.argv.slice(2)) {
  try {
    const report = JSON.parse(readFileSync(path.join(reports, `${name}.json`), 'utf8'));
    for (const key of Object.keys(total)) total[key] += report[key];
  } catch (error) {
    process.stdout.write(`reports/${name}.json cannot be read: ${error.message}\n`);
    total.failed += 1;
  }
}

process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed > 0 ? 1 : 0;
