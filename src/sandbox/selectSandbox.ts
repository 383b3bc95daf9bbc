import type { Sandbox } from '../contracts/sandbox.ts';
import { BubblewrapSandbox } from './bubblewrapSandbox.ts';
import type { BubblewrapSandboxOptions } from './bubblewrapSandbox.ts';
import { NoSandbox } from './noSandbox.ts';

/** The sandbox for a platform as `process.platform` names it. */
export function selectSandbox(platform: string, options: BubblewrapSandboxOptions): Sandbox {
  if (platform === 'linux') return new BubblewrapSandbox(options);
  return new NoSandbox(
    `Commands run in a sandbox on Linux only for now, so tests are not run on \`${platform}\`; run them yourself before you approve.`,
  );
}
