import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chooseSurface, openDesktop } from '../../../scripts/lib/desktop.ts';
import type { SurfaceOptions } from '../../../scripts/lib/desktop.ts';
import { root } from '../../../scripts/lib/paths.ts';
import { run } from '../../../scripts/lib/processes.ts';

const screen = { DISPLAY: ':7' };
const unreachable = (): Promise<string> => Promise.reject(new Error('its server does not answer'));
const never = (): Promise<string> => Promise.reject(new assert.AssertionError({ message: 'nothing was to be downloaded' }));
const start = ['--disable-warning=ExperimentalWarning', path.join(root, 'scripts', 'start.ts')];

describe('where npm start opens', () => {
  let scratch: string;
  let record: string;
  beforeEach(() => {
    scratch = mkdtempSync(path.join(tmpdir(), 'gonogo-'));
    record = path.join(scratch, 'argv.json');
  });
  afterEach(() => {
    rmSync(scratch, { recursive: true });
  });

  /** A `code` that says its version, writes down how it was called, and ends as told. Returns its folder. */
  function fakeCode(version = '1.139.0', ending = 'process.exitCode = 0'): string {
    const folder = path.join(scratch, 'bin');
    mkdirSync(folder);
    const file = path.join(folder, 'code');
    const called = `{ argv: process.argv.slice(2), home: process.env.GONOGO_HOME, run: process.env.ELECTRON_RUN_AS_NODE }`;
    const script = `if (process.argv[2] === '--version') console.log('${version}\\nabc\\nx64');
else { require('node:fs').writeFileSync(${JSON.stringify(record)}, JSON.stringify(${called})); ${ending}; }`;
    writeFileSync(file, `#!${process.execPath}\n${script}\n`);
    chmodSync(file, 0o755);
    return folder;
  }

  const choose = (options: Partial<SurfaceOptions>) =>
    chooseSurface({ wanted: 'whichever', platform: 'linux', download: unreachable, env: screen, ...options });
  const path_ = (folder: string): Record<string, string> => ({ ...screen, PATH: ['relative', scratch, folder].join(path.delimiter) });

  it('is the `code` on PATH, and nothing is downloaded', async () => {
    const folder = fakeCode();
    assert.deepEqual(await choose({ env: path_(folder), download: never }), { kind: 'desktop', program: path.join(folder, 'code') });
  });

  it('is a downloaded VS Code when there is no `code`, it is too old, or it does not run', async () => {
    const download = (): Promise<string> => Promise.resolve('/vscode/code');
    const downloaded = { kind: 'desktop', program: '/vscode/code' };
    assert.deepEqual(await choose({ download, env: { ...screen, PATH: scratch } }), downloaded);
    const folder = fakeCode('1.138.2');
    assert.deepEqual(await choose({ download, env: path_(folder) }), downloaded);
    writeFileSync(path.join(folder, 'code'), '#!/bin/sh\nexit 3\n');
    assert.deepEqual(await choose({ download, env: path_(folder) }), downloaded);
    writeFileSync(path.join(folder, 'code'), Buffer.from([0, 1, 2]));
    assert.deepEqual(await choose({ download, env: path_(folder) }), downloaded);
    chmodSync(path.join(folder, 'code'), 0o644);
    assert.deepEqual(await choose({ download, env: path_(folder) }), downloaded);
  });

  it('is the browser when nothing can be downloaded either, and says why', async () => {
    const none = 'There is no `code` on PATH, and VS Code could not be downloaded (its server does not answer).';
    assert.deepEqual(await choose({ env: { ...screen, PATH: scratch } }), { kind: 'browser', why: none });
    const folder = fakeCode('1.90.1');
    const old = `\`${path.join(folder, 'code')}\` is VS Code 1.90 and GoNoGo needs 1.139, and VS Code could not be downloaded (its server does not answer).`;
    assert.deepEqual(await choose({ env: path_(folder) }), { kind: 'browser', why: old });
  });

  it('is the browser without a screen, in the terminal of a remote window, and when asked', async () => {
    const { DISPLAY: _, ...headless } = path_(fakeCode());
    assert.equal((await choose({ env: headless, download: never })).kind, 'browser');
    assert.equal((await choose({ env: { ...headless, WAYLAND_DISPLAY: 'wayland-0' }, download: never })).kind, 'desktop');
    assert.equal((await choose({ env: headless, platform: 'darwin', download: never })).kind, 'desktop');
    const remote = { ...headless, ...screen, VSCODE_IPC_HOOK_CLI: '/run/vscode.sock' };
    assert.equal((await choose({ env: remote, download: never })).kind, 'browser');
    assert.equal((await choose({ env: { ...headless, ...screen }, wanted: 'browser', download: never })).kind, 'browser');
  });

  it('is refused in a sentence when a desktop was demanded and there is none', async () => {
    await assert.rejects(
      choose({ wanted: 'desktop', env: { ...screen, PATH: scratch } }),
      /^Problem: There is no `code` on PATH, and .* Run npm start -- --browser instead\.$/,
    );
  });

  it('has a profile of its own, and GoNoGo from this checkout', async () => {
    const program = path.join(fakeCode('1.139.0', 'process.exitCode = 5'), 'code');
    const profile = path.join(scratch, 'profile');
    const workspace = path.join(scratch, 'work space');
    process.env['ELECTRON_RUN_AS_NODE'] = '1';
    try {
      const options = { program, workspace, profile, extension: root, env: { GONOGO_HOME: '/store' } };
      assert.equal(await openDesktop(options, new Promise<void>(() => undefined)), 5);
    } finally {
      delete process.env['ELECTRON_RUN_AS_NODE'];
    }
    const called = JSON.parse(readFileSync(record, 'utf8')) as { argv: string[]; home: string; run?: string };
    const { argv, ...environment } = called;
    assert.deepEqual(environment, { home: '/store' }, 'and nothing that would make an editor a plain Node');
    assert.deepEqual(argv.slice(0, 5), [
      '--user-data-dir',
      path.join(profile, 'data'),
      '--extensions-dir',
      path.join(profile, 'extensions'),
      `--extensionDevelopmentPath=${root}`,
    ]);
    assert.equal(argv.at(-1), workspace);
    const settings = JSON.parse(readFileSync(path.join(profile, 'data', 'User', 'settings.json'), 'utf8')) as Record<string, unknown>;
    assert.equal(settings['gonogo.models.demo'], true);
  });

  it('closes when it is asked to', async () => {
    const program = path.join(fakeCode('1.139.0', 'setInterval(() => {}, 1000)'), 'code');
    const options = { program, workspace: scratch, profile: path.join(scratch, 'profile'), extension: root, env: {} };
    assert.equal(await openDesktop(options, Promise.resolve()), 0);
  });

  it('is found by npm start itself', async () => {
    const folder = fakeCode();
    const env = { ...process.env, ...screen, PATH: `${folder}${path.delimiter}${process.env['PATH'] ?? ''}`, VSCODE_IPC_HOOK_CLI: '' };
    const { code, output } = await run(process.execPath, [...start, '--workspace', scratch], { cwd: root, env });
    assert.equal(code, 0, output);
    assert.match(output, /^VS Code with GoNoGo on .*Ctrl-C ends it\.$/m);
    const { argv } = JSON.parse(readFileSync(record, 'utf8')) as { argv: string[] };
    assert.equal(argv.at(-1), scratch);
    assert.ok(argv.includes(`--extensionDevelopmentPath=${root}`));
  });

  it('is refused by npm start --desktop on a machine without a screen', async function () {
    if (process.platform !== 'linux') this.skip();
    const env = { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' };
    const { code, output } = await run(process.execPath, [...start, '--desktop'], { cwd: root, env });
    assert.equal(code, 1);
    assert.equal(
      output.trim(),
      'There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set). Run npm start -- --browser instead.',
    );
    assert.equal(existsSync(record), false);
  });
});
