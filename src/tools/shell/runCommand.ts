import { resolveInside } from '../../base/resolveInside.ts';
import type { Permit } from '../../contracts/permit.ts';
import type { Sandbox, SandboxLimits, SandboxResult } from '../../contracts/sandbox.ts';
import { ToolError } from '../toolError.ts';

export const commandLimits: SandboxLimits = {
  wallMs: 120_000,
  outputBytes: 1_000_000,
  memoryBytes: 2 * 1024 ** 3,
  processes: 256,
  fileBytes: 256 * 1024 ** 2,
};

/** All a command gets to know of where it runs: where programs are, the language, and a home that is gone afterwards. */
export function commandEnvironment(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return { PATH: env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', LANG: env['LANG'] ?? 'C.UTF-8', HOME: '/tmp' };
}

/** Runs the permit's argv in the sandbox, which redeems the permit. The working folder has to be inside `root`. */
export async function runCommand(
  permit: Permit,
  sandbox: Sandbox,
  place: { readonly root: string; readonly environment: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<SandboxResult> {
  const { action } = permit;
  if (action.kind !== 'shell.exec')
    throw new ToolError('wrong-permit', `a permit for \`${action.kind}\` runs no command; submit the command`);
  const cwd = await resolveInside(place.root, place.root, action.cwd);
  if (!cwd.ok) throw new ToolError(cwd.error.code, cwd.error.message);
  const command = {
    argv: action.input.argv,
    cwd: cwd.value.absolute,
    writable: place.root,
    env: place.environment,
    limits: commandLimits,
  };
  return sandbox.run(permit, command, signal);
}
