import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './paths.ts';
import { Problem } from './problem.mjs';
import { run } from './processes.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
}

function manifest(): Manifest {
  const read: unknown = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  if (typeof read === 'object' && read !== null && 'name' in read && 'version' in read)
    return { name: String(read.name), version: String(read.version) };
  throw new Problem('package.json has no name or version.');
}

/** Packs the universal VSIX (all platforms) from dist/ as it stands, and returns its path. */
export async function packVsix(): Promise<string> {
  const { name, version } = manifest();
  const file = path.join(root, `${name}-${version}.vsix`);
  const vsce = path.join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
  // The demo model's script carries a made-up GitHub token, so that the secret check can be seen to stop it.
  const args = [
    vsce,
    'package',
    '--no-dependencies',
    '--allow-missing-repository',
    '--no-rewrite-relative-links',
    '--skip-license',
    '--allow-package-secrets',
    'github',
    '--out',
    file,
  ];
  const { code, output } = await run(process.execPath, args, { cwd: root });
  if (code !== 0) throw new Problem(`${output.trim()}\nThe package could not be made. Mend what is named above and run the command again.`);
  return file;
}
