import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findNpm, runNpm } from './npm.mjs';
import { tools } from './paths.ts';

/** Pinned, because how it asks for permissions is part of what is tested. */
const version = '1.18.33';

const packages: Readonly<Record<string, string>> = {
  'linux-x64': 'opencode-linux-x64',
  'linux-arm64': 'opencode-linux-arm64',
  'darwin-x64': 'opencode-darwin-x64',
  'darwin-arm64': 'opencode-darwin-arm64',
  'win32-x64': 'opencode-windows-x64',
};

const folder = path.join(tools, 'opencode');
const stamp = path.join(folder, '.stamp');

/** Path of the opencode program, installed once from npm; `undefined` where there is none for this platform. */
export async function ensureOpenCode(): Promise<string | undefined> {
  const name = packages[`${process.platform}-${process.arch}`];
  if (name === undefined) return undefined;
  const program = path.join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'opencode.exe' : 'opencode');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === version) return program;
  process.stderr.write('Bringing opencode into .tools/, about 60 MB, once …\n');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  await runNpm({ npmCli: findNpm(), args: ['install', '--save-exact', `${name}@${version}`], cwd: folder, what: 'Bringing opencode' });
  writeFileSync(stamp, `${version}\n`);
  return program;
}
