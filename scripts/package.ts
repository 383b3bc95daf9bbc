import { writeFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt } from './lib/build.ts';
import { main, oneOf, parseOptions } from './lib/main.ts';
import { reports } from './lib/paths.ts';
import { packVsix, targetNames } from './lib/vsix.ts';
import type { Target } from './lib/vsix.ts';

const help = `Usage: npm run package -- [options]

  --target PLATFORM   only for this platform; \`all\` makes one package for each. Without it one package serves every platform.
                      ${targetNames.join(', ')}
`;

/** The packages asked for; `undefined` is the universal one. */
function wanted(target: string | undefined): readonly (Target | undefined)[] {
  if (target === undefined) return [undefined];
  const named = oneOf('--target', target, [...targetNames, 'all']);
  return named === 'all' ? targetNames : [named];
}

await main(async () => {
  const options = { target: { type: 'string' }, help: { type: 'boolean', default: false } } as const;
  const { values } = parseOptions({ args: process.argv.slice(2), options });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const packages = wanted(values.target);
  const report = path.join(reports, 'vsix.json');
  mkdirSync(reports, { recursive: true });
  rmSync(report, { force: true });
  await ensureBuilt();
  const made: { file: string; bytes: number }[] = [];
  for (const target of packages) {
    const file = await packVsix(target);
    const bytes = readFileSync(file).length;
    made.push({ file: path.basename(file), bytes });
    process.stdout.write(`${file} (${(bytes / 1024 / 1024).toFixed(1)} MB)\n`);
  }
  const [first] = made;
  const counts = { passed: made.length, failed: 0, skipped: 0 };
  writeFileSync(report, `${JSON.stringify({ ...counts, ...first, packages: made }, undefined, 2)}\n`);
  return 0;
});
