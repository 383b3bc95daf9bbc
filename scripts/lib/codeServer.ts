import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findNpm, runNpm } from './npm.mjs';
import { tools } from './paths.ts';

/** VS Code 1.139.1 as a web server: pinned, because the workbench is driven through its markup. */
const version = '4.139.1';

const folder = path.join(tools, 'code-server');
const stamp = path.join(folder, '.stamp');

function isInstalled(): boolean {
  return existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === version;
}

/**
 * Path of code-server's entry module, installed once from npm without compiling anything.
 * Its install scripts would build node-pty and fetch more, so the two inner installs are done here by hand.
 */
export async function ensureCodeServer(): Promise<string> {
  const entry = path.join(folder, 'node_modules', 'code-server');
  if (isInstalled()) return entry;
  process.stderr.write('Bringing VS Code (code-server) into .tools/, about half a minute, once …\n');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  const npmCli = findNpm();
  const vscode = path.join(entry, 'lib', 'vscode');
  const what = 'Bringing VS Code';
  await runNpm({ npmCli, args: ['install', '--save-exact', `code-server@${version}`], cwd: folder, what });
  await runNpm({ npmCli, args: ['install', '--omit=dev'], cwd: vscode, what });
  await runNpm({ npmCli, args: ['install', '--omit=dev'], cwd: path.join(vscode, 'extensions'), what });
  writeFileSync(stamp, `${version}\n`);
  return entry;
}
