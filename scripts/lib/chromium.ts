import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { Problem } from './problem.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];

/** Path of the first of `commands` that the PATH holds. */
export function findOnPath(commands: readonly string[]): string | undefined {
  for (const command of commands) {
    for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
      const file = path.join(folder, process.platform === 'win32' ? `${command}.exe` : command);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not in this folder; the next one may have it.
      }
    }
  }
  return undefined;
}

export function findChromium(): string | undefined {
  return findOnPath(names);
}

/** Headless Chromium that talks to nobody but the page it is given. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined)
    throw new Problem('Chromium was not found. Install it (on Debian: apt-get install chromium) and run the command again.');
  const quiet = [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  // Chromium refuses its own sandbox to root, and containers rarely grant it.
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', ...quiet],
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}
