import { mkdirSync, chmodSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** The folder of the user's one store: `GONOGO_HOME`, else the platform's place for application data. */
export function storeHome(env: Env, platform: NodeJS.Platform = process.platform, home: string = homedir()): string {
  if (env['GONOGO_HOME']) return env['GONOGO_HOME'];
  if (env['XDG_DATA_HOME']) return join(env['XDG_DATA_HOME'], 'gonogo');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'gonogo');
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'gonogo');
  return join(home, '.local', 'share', 'gonogo');
}

/** Creates the folder with mode 0700 and takes wider rights away from one that is there. */
export function ensureHome(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (process.platform !== 'win32') chmodSync(folder, 0o700);
}
