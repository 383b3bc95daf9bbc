import { mkdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { flightCommand } from './flight.ts';
import { ensureBuilt } from './lib/build.ts';
import { chooseSurface, downloadDesktop, openDesktop } from './lib/desktop.ts';
import { startEditor } from './lib/editor.ts';
import { main, parseOptions, wholeNumber } from './lib/main.ts';
import { root } from './lib/paths.ts';
import { Problem } from './lib/problem.mjs';
import { askedToStop, isPortFree } from './lib/processes.ts';
import { copySample } from './lib/workspace.ts';
import { ensureSystem, missingTools } from './system.ts';

/** Kept between runs, so that the same address shows the same window again. */
const usualPort = 8470;
const scratch = path.join(root, '.scratch', 'start');

const help = `Usage: npm start -- [options]

  --port N          serve on this port (default ${usualPort}, or a free one if that is busy)
  --workspace DIR   open this folder instead of a copy of examples/invoices
  --fresh           begin with a new copy, an empty store and a new profile
  --desktop         open in a desktop VS Code, or say why that cannot be
  --browser         open in the browser; otherwise \`code\` on PATH is used, else a downloaded VS Code, else the browser
  --script FILE     a script for the demo model

  --fly             fly the demo mission unattended; more with npm start -- --fly --help
`;

function existingFolder(folder: string): string {
  const full = path.resolve(folder);
  if (!statSync(full, { throwIfNoEntry: false })?.isDirectory())
    throw new Problem(`There is no folder \`${folder}\`. Name an existing one with --workspace DIR.`);
  return full;
}

async function serve(args: string[]): Promise<number> {
  const { values } = parseOptions({
    args,
    options: {
      port: { type: 'string' },
      workspace: { type: 'string' },
      script: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      browser: { type: 'boolean', default: false },
      desktop: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  if (values.desktop && (values.browser || values.port !== undefined))
    throw new Problem('--desktop opens a window, --browser and --port serve a browser. Choose one.');
  // A port is only served to a browser.
  const wanted = values.desktop ? 'desktop' : values.browser || values.port !== undefined ? 'browser' : 'whichever';
  const surface = await chooseSurface({ wanted, env: process.env, platform: process.platform, download: downloadDesktop });
  const port = values.port === undefined ? undefined : wholeNumber('--port', values.port, 1024, 65_535);
  await ensureSystem(['git']);
  await ensureBuilt();
  if (values.fresh) rmSync(scratch, { recursive: true, force: true });
  const profile = path.join(scratch, 'profile');
  mkdirSync(profile, { recursive: true });
  const sampleCopy = path.join(scratch, 'invoices');
  if (values.workspace === undefined) await copySample(sampleCopy, false);
  const workspace = values.workspace === undefined ? sampleCopy : existingFolder(values.workspace);
  const stop = askedToStop();
  const env = {
    GONOGO_HOME: path.join(scratch, 'home'),
    ...(values.script === undefined ? {} : { GONOGO_DEMO_SCRIPT: path.resolve(values.script) }),
  };
  if (missingTools(['bubblewrap']).length > 0) {
    process.stderr.write('bubblewrap is not installed, so missions cannot run tests in a sandbox and will ask you first.\n');
  }
  if (surface.kind === 'desktop') {
    process.stdout.write(`VS Code with GoNoGo on ${workspace}. Press F1 and run "GoNoGo: Launch Mission…". Ctrl-C ends it.\n`);
    return openDesktop({ program: surface.program, workspace, profile: path.join(scratch, 'desktop'), extension: root, env }, stop);
  }
  if (wanted === 'whichever') process.stderr.write(`${surface.why} GoNoGo opens in the browser.\n`);
  const editor = await startEditor({
    workspace,
    profile,
    extension: { kind: 'source', folder: root },
    port: port ?? ((await isPortFree(usualPort)) ? usualPort : undefined),
    env,
  });
  process.stdout.write(
    `VS Code with GoNoGo on ${workspace}:\n\n  ${editor.url}\n\nOpen it in a browser, press F1 and run "GoNoGo: Launch Mission…". Ctrl-C ends it.\n`,
  );
  await stop;
  await editor.stop();
  return 0;
}

const args = process.argv.slice(2);
await main(() => (args.includes('--fly') ? flightCommand(args.filter((arg) => arg !== '--fly')) : serve(args)));
