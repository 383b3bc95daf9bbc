import { createWriteStream, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ensureCodeServer } from './codeServer.ts';
import { Problem } from './problem.mjs';
import { exitOf, isPortFree, run, startGroup, stopGroup } from './processes.ts';

/** GoNoGo as it is in a checkout, or as a package that users install. */
export type ExtensionUnderTest =
  { readonly kind: 'source'; readonly folder: string; readonly testsPath?: string } | { readonly kind: 'vsix'; readonly file: string };

export interface EditorOptions {
  readonly workspace: string;
  /** Holds settings, installed extensions and logs; keep it to keep them. */
  readonly profile: string;
  readonly extension: ExtensionUnderTest;
  /** A fixed port; without one the system chooses. */
  readonly port?: number;
  /** User settings, written before the start over those in the profile. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Added to the environment of the server and so of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ask for trust in the workspace as VS Code does by default. */
  readonly askForTrust?: boolean;
}

export interface Editor {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly log: string;
  /** The address of another folder in the same editor. */
  urlOf(workspace: string): string;
  /** Ends the server with its extension hosts and everything they started. */
  stop(): Promise<void>;
}

/** A quiet workbench: what a first run would show on top of the product is switched off. */
export const quietSettings: Readonly<Record<string, unknown>> = {
  'gonogo.models.demo': true,
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  // Pictures are taken of what is there, not of what fades in.
  'workbench.reduceMotion': 'on',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'security.workspace.trust.enabled': false,
  'chat.disableAIFeatures': true,
  'extensions.autoUpdate': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'git.autofetch': false,
  'window.autoDetectColorScheme': false,
  'window.autoDetectHighContrast': false,
};

/** Variables of npm, of an outer VS Code and of code-server itself would change how the editor starts. */
const foreign = /^(npm_|VSCODE_|CODE_SERVER_|ELECTRON_|INIT_CWD$|PORT$|PASSWORD$|HASHED_PASSWORD$|NODE_OPTIONS$)/i;

export function environment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(own), ...extra };
}

export function folders(profile: string) {
  return { data: path.join(profile, 'data'), extensions: path.join(profile, 'extensions'), config: path.join(profile, 'config.yaml') };
}

async function installVsix(entry: string, file: string, options: EditorOptions): Promise<void> {
  const { data, extensions, config } = folders(options.profile);
  const args = [entry, '--install-extension', file, '--force', '--extensions-dir', extensions, '--user-data-dir', data, '--config', config];
  const { code, output } = await run(process.execPath, args, { env: environment({}), timeoutMs: 120_000 });
  if (code !== 0 || !/successfully installed/i.test(output)) throw new Problem(`${file} could not be installed: ${output.trim()}`);
}

/**
 * The extension under development by another path. VS Code takes every theme below that path for one under development
 * and prefers it to the user's setting, and its own themes lie in .tools/ of this checkout.
 */
function aside(extension: ExtensionUnderTest, profile: string): ExtensionUnderTest {
  if (extension.kind === 'vsix') return extension;
  const link = path.join(profile, 'extension');
  rmSync(link, { force: true });
  symlinkSync(extension.folder, link, 'junction');
  return { ...extension, folder: link };
}

function urlFor(port: number, workspace: string, extension: ExtensionUnderTest): string {
  const url = new URL(`http://127.0.0.1:${port}/`);
  url.searchParams.set('folder', workspace);
  if (extension.kind === 'source') {
    const remote = (file: string): string => `vscode-remote://127.0.0.1:${port}${file}`;
    const payload = [['extensionDevelopmentPath', remote(extension.folder)]];
    if (extension.testsPath !== undefined) payload.push(['extensionTestsPath', remote(extension.testsPath)]);
    url.searchParams.set('payload', JSON.stringify(payload));
  }
  // VS Code wants %20, and `URLSearchParams` writes a plus.
  return url.href.replaceAll('+', '%20');
}

/** Starts code-server on 127.0.0.1 and resolves when it listens. */
export async function startEditor(options: EditorOptions): Promise<Editor> {
  const { profile, workspace } = options;
  if (options.port !== undefined && !(await isPortFree(options.port))) {
    throw new Problem(`Port ${options.port} is busy. Stop the program that uses it, or choose another one with --port N.`);
  }
  const entry = await ensureCodeServer();
  const { data, extensions, config } = folders(profile);
  mkdirSync(path.join(data, 'User'), { recursive: true });
  mkdirSync(extensions, { recursive: true });
  writeFileSync(config, '');
  writeFileSync(path.join(data, 'User', 'settings.json'), `${JSON.stringify({ ...quietSettings, ...options.settings }, undefined, 2)}\n`);
  const extension = aside(options.extension, profile);
  if (extension.kind === 'vsix') await installVsix(entry, extension.file, options);

  const args = [entry, '--auth', 'none', '--bind-addr', `127.0.0.1:${options.port ?? 0}`, '--config', config];
  args.push('--user-data-dir', data, '--extensions-dir', extensions, '--disable-telemetry', '--disable-update-check');
  args.push('--disable-getting-started-override', '--vscode-option', 'enable-smoke-test-driver');
  if (!options.askForTrust) args.push('--disable-workspace-trust');
  const child = startGroup(process.execPath, [...args, workspace], {
    cwd: profile,
    env: environment(options.env ?? {}),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = path.join(profile, 'editor.log');
  const sink = createWriteStream(log);
  child.stderr?.pipe(sink, { end: false });
  const port = await new Promise<number>((resolve, reject) => {
    if (!child.stdout) throw new Error('the editor has no output to read');
    createInterface({ input: child.stdout }).on('line', (line) => {
      sink.write(`${line}\n`);
      const listening = /HTTP server listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(line);
      if (listening) resolve(Number(listening[1]));
    });
    void exitOf(child).then((code) => {
      reject(new Problem(`VS Code ended with ${code} before it listened. See ${log}.`));
    }, reject);
  });
  if (child.pid === undefined) throw new Error('the editor has no process id');
  return {
    url: urlFor(port, workspace, extension),
    port,
    pid: child.pid,
    log,
    urlOf: (other) => urlFor(port, other, extension),
    stop: async () => {
      await stopGroup(child, 5000);
      sink.end();
    },
  };
}
