// Entry of every npm script: `node scripts/bootstrap.mjs <task> [arguments]`.
// Plain JavaScript without dependencies, because it has to run on a bare machine with Node 18.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ensureNode } from './lib/node24.mjs';
import { findNpm } from './lib/npm.mjs';
import { Problem } from './lib/problem.mjs';

const scripts = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(scripts);

/** Task name → module run under Node 24, and the arguments that come before the caller's own. */
const tasks = {
  start: ['start.ts'],
  build: ['build.ts'],
  check: ['check.ts'],
  package: ['package.ts'],
  bench: ['bench.ts'],
  test: ['test.ts'],
  'test:types': ['test.ts', 'types'],
  'test:lint': ['test.ts', 'lint'],
  'test:unit': ['test.ts', 'unit'],
  'test:contract': ['test.ts', 'contract'],
  'test:node': ['test.ts', 'node'],
  'test:host': ['test.ts', 'host'],
  'test:browser': ['test.ts', 'browser'],
  'test:electron': ['electron.ts'],
};

function taskOf(name) {
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
  if (!task) throw new Problem(`There is no task \`${name}\`. Choose one of: ${Object.keys(tasks).join(', ')}.`);
  return task;
}

/** Runs the task as a child, passes signals on and ends as it ended. */
function run(node, args, env) {
  const child = spawn(node, args, { cwd: process.cwd(), env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

async function main() {
  const [name = 'start', ...rest] = process.argv.slice(2);
  const [module, ...first] = taskOf(name);
  const npmCli = findNpm();
  const node = await ensureNode(root, npmCli);
  await ensureDependencies(root, node, npmCli);
  const env = { ...process.env, GONOGO_NPM_CLI: npmCli, PATH: path.dirname(node) + path.delimiter + (process.env.PATH ?? '') };
  // Type stripping is stable in Node 24; its early releases still print a warning on every start.
  const flags = ['--disable-warning=ExperimentalWarning'];
  return run(node, [...flags, path.join(scripts, module), ...first, ...rest], env);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Problem ? error.message : (error?.stack ?? String(error))}\n`);
  process.exitCode = 1;
}
