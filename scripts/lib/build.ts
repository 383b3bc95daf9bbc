import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { dist, root } from './paths.ts';
import { Problem } from './problem.mjs';
import { run } from './processes.ts';

const sources = ['src', 'webview-ui', 'esbuild.js', 'package.json', 'package-lock.json'];

/** Newest change below `file`; a folder counts too, because a deleted file shows only there. */
function newest(file: string): number {
  const stat = statSync(file);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(file).reduce((latest, name) => Math.max(latest, newest(path.join(file, name))), stat.mtimeMs);
}

export function isBuilt(): boolean {
  const stamp = statSync(path.join(dist, '.stamp'), { throwIfNoEntry: false });
  return stamp !== undefined && sources.every((name) => newest(path.join(root, name)) < stamp.mtimeMs);
}

/** Builds dist/ and shows the sizes when `verbose`. */
export async function build(verbose: boolean): Promise<void> {
  const { code, output } = await run(process.execPath, [path.join(root, 'esbuild.js')], { cwd: root });
  if (code !== 0) throw new Problem(`${output.trim()}\nThe build failed. Mend what is named above and run the command again.`);
  if (verbose) process.stdout.write(output);
}

export async function ensureBuilt(): Promise<void> {
  if (isBuilt()) return;
  process.stderr.write('Building …\n');
  await build(false);
}
