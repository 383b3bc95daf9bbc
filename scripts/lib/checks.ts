import { existsSync } from 'node:fs';
import path from 'node:path';
import { root } from './paths.ts';
import { run } from './processes.ts';

export interface Check {
  readonly name: string;
  /** Command lines of one tool, as module path below node_modules and arguments; all have to succeed. */
  readonly commands: readonly (readonly [module: string, ...args: string[]])[];
}

const projects = ['.', 'webview-ui', 'scripts'].filter((folder) => existsSync(path.join(root, folder, 'tsconfig.json')));

export const types: Check = { name: 'types', commands: projects.map((folder) => ['typescript/bin/tsc', '-p', folder, '--noEmit']) };

export const lint: Check = { name: 'lint', commands: [['eslint/bin/eslint.js', '.', '--max-warnings', '0']] };

export const importDirection: Check = {
  name: 'import direction',
  commands: [
    [
      'dependency-cruiser/bin/dependency-cruiser.mjs',
      'src',
      'webview-ui',
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'err-long',
    ],
  ],
};

export const deadCode: Check = { name: 'dead code', commands: [['knip/bin/knip.js', '--no-progress']] };

export const formatting: Check = { name: 'formatting', commands: [['prettier/bin/prettier.cjs', '--check', '.', '--log-level', 'warn']] };

/** Runs the tool and shows what it says only when it complains. */
export async function passes(check: Check): Promise<boolean> {
  let good = true;
  for (const [module, ...args] of check.commands) {
    const { code, output } = await run(process.execPath, [path.join(root, 'node_modules', module), ...args], { cwd: root });
    if (code === 0) continue;
    good = false;
    process.stdout.write(`${output.trim()}\n`);
  }
  return good;
}
