import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runNpm } from './npm.mjs';

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    // Absent or cut short: nothing counts as installed, and npm installs afresh.
    return undefined;
  }
}

function isForThisMachine({ os, cpu, libc }) {
  return Array.isArray(os) && Array.isArray(cpu) && !libc && os.includes(process.platform) && cpu.includes(process.arch);
}

/**
 * Whether node_modules holds what the lock file names. npm writes its own hidden lock file last,
 * so it is the stamp of a completed install, whoever ran it.
 */
export function isInstalled(root) {
  const locked = packagesOf(path.join(root, 'package-lock.json'));
  const present = packagesOf(path.join(root, 'node_modules', '.package-lock.json'));
  if (!locked || !present) return false;
  return Object.entries(locked).every(([name, entry]) => {
    if (name === '') return true;
    const found = present[name];
    if (!found) return entry.optional === true && !isForThisMachine(entry);
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** Installs what the lock file names, when it is not there yet. */
export async function ensureDependencies(root, node, npmCli) {
  if (isInstalled(root)) return;
  process.stderr.write('Installing dependencies …\n');
  await runNpm({ node, npmCli, args: ['ci'], cwd: root, what: 'Installing dependencies' });
}
