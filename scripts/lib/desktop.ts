import { accessSync, constants, mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { downloadAndUnzipVSCode } from '@vscode/test-electron';
import { environment, folders, quietSettings } from './editor.ts';
import { tools } from './paths.ts';
import { Problem } from './problem.mjs';
import { exitOf, run, startGroup, stopGroup } from './processes.ts';

/** Where GoNoGo opens. */
export type Surface = { readonly kind: 'desktop'; readonly program: string } | { readonly kind: 'browser'; readonly why: string };

export interface SurfaceOptions {
  readonly wanted: 'desktop' | 'browser' | 'whichever';
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Brings a VS Code and resolves with its program. */
  readonly download: () => Promise<string>;
}

/** The oldest VS Code that `engines.vscode` admits. */
const oldest = [1, 139] as const;
const download = 'https://update.code.visualstudio.com/api/releases/stable';

/** A desktop VS Code where there is one that can show a window, the browser otherwise; `desktop` insists and says why it cannot be. */
export async function chooseSurface({ wanted, env, platform, download: bring }: SurfaceOptions): Promise<Surface> {
  if (wanted === 'browser') return { kind: 'browser', why: 'You asked for the browser.' };
  const found = await desktop(env, platform, bring);
  if (found.kind === 'browser' && wanted === 'desktop') throw new Problem(`${found.why} Run npm start -- --browser instead.`);
  return found;
}

async function desktop(env: SurfaceOptions['env'], platform: NodeJS.Platform, bring: () => Promise<string>): Promise<Surface> {
  const screen = env['DISPLAY'] || env['WAYLAND_DISPLAY'];
  if (platform === 'linux' && !screen)
    return { kind: 'browser', why: 'There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set).' };
  // In a remote terminal `code` only talks to the window far away, which cannot load an extension from here.
  if (env['VSCODE_IPC_HOOK_CLI'])
    return { kind: 'browser', why: 'This is the terminal of a remote window, whose `code` opens nothing here.' };
  const named = findCode(env, platform);
  const trouble = named === undefined ? 'There is no `code` on PATH' : await unfit(named, platform);
  if (named !== undefined && trouble === undefined) return { kind: 'desktop', program: named };
  try {
    return { kind: 'desktop', program: await bring() };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: 'browser', why: `${trouble ?? ''}, and VS Code could not be downloaded (${why}).` };
  }
}

/** `code` on PATH. On Windows that is a batch file, which takes no arguments safely, so the program beside it is named. */
function findCode(env: SurfaceOptions['env'], platform: NodeJS.Platform): string | undefined {
  const name = platform === 'win32' ? path.join('..', 'Code.exe') : 'code';
  const listed = (env['PATH'] ?? env['Path'] ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return listed.map((folder) => path.join(folder, name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Not there, or not ours to run: the next folder may have it.
    return false;
  }
}

/** Why this `code` cannot be used. */
async function unfit(program: string, platform: NodeJS.Platform): Promise<string | undefined> {
  // Code.exe is a window program and prints nothing.
  if (platform === 'win32') return undefined;
  const answer = await run(program, ['--version'], { env: environment({}), timeoutMs: 20_000 }).catch(() => undefined);
  if (answer === undefined) return `\`${program}\` does not start`;
  const { code, stdout } = answer;
  const [, major = '', minor = ''] = /^(\d+)\.(\d+)\./.exec(stdout) ?? [];
  if (code !== 0 || minor === '') return `\`${program}\` does not say its version`;
  const old = Number(major) < oldest[0] || (Number(major) === oldest[0] && Number(minor) < oldest[1]);
  return old ? `\`${program}\` is VS Code ${major}.${minor} and GoNoGo needs ${oldest.join('.')}` : undefined;
}

/** The newest stable VS Code, kept in .tools/. Asks first whether the server answers at all, so that nobody waits for one that does not. */
export async function downloadDesktop(): Promise<string> {
  const answer = await fetch(download, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  if (answer?.ok !== true) throw new Problem('its server does not answer');
  process.stderr.write('Bringing VS Code into .tools/, once …\n');
  return downloadAndUnzipVSCode({ cachePath: path.join(tools, 'vscode'), timeout: 30_000 });
}

export interface DesktopOptions {
  readonly program: string;
  readonly workspace: string;
  /** Holds settings and extensions; nothing of the person's own VS Code is read or changed. */
  readonly profile: string;
  /** The checkout to load GoNoGo from. */
  readonly extension: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Opens the window and resolves with its exit code when it closes, or when `stop` does, which closes it. */
export async function openDesktop({ program, workspace, profile, extension, env }: DesktopOptions, stop: Promise<void>): Promise<number> {
  const { data, extensions } = folders(profile);
  mkdirSync(path.join(data, 'User'), { recursive: true });
  mkdirSync(extensions, { recursive: true });
  writeFileSync(path.join(data, 'User', 'settings.json'), `${JSON.stringify(quietSettings, undefined, 2)}\n`);
  const args = ['--user-data-dir', data, '--extensions-dir', extensions, `--extensionDevelopmentPath=${extension}`];
  args.push('--new-window', '--wait');
  // Chromium's own sandbox refuses to run as root.
  if (process.getuid?.() === 0) args.push('--no-sandbox');
  const child = startGroup(program, [...args, workspace], { env: environment(env), stdio: 'inherit' });
  const ended = exitOf(child);
  const stopped = await Promise.race([ended, stop.then(() => 'asked' as const)]);
  if (stopped !== 'asked') return stopped;
  await stopGroup(child, 5_000);
  return 0;
}
