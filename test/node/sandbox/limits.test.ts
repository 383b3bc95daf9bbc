import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, closeSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProvingGround, processesWith, until } from './proving.ts';

const holder = fileURLToPath(new URL('./holder.ts', import.meta.url));
const MB = 1024 ** 2;

describe('limits of the sandbox', function () {
  this.timeout(60_000);

  it('ends a command that never ends, and all it started', async () => {
    using ground = new ProvingGround();
    const marker = `endless-${process.pid}`;
    const script = `setsid sh -c 'while :; do sleep 1; done # ${marker}' & trap '' TERM INT HUP; while :; do sleep 1; done # ${marker}`;
    const result = await ground.inside(['sh', '-c', script], { wallMs: 500 });
    assert.deepEqual([result.timedOut, result.cancelled, result.exitCode, result.signal], [true, false, null, 'SIGKILL']);
    assert.equal(result.durationMs >= 500 && result.durationMs < 10_000, true, `it took ${result.durationMs} ms`);
    assert.deepEqual(processesWith(marker), []);
  });

  it('ends a command that is cancelled', async () => {
    using ground = new ProvingGround();
    const cancel = new AbortController();
    const marker = `cancelled-${process.pid}`;
    const running = ground.inside(['sh', '-c', `touch started; while :; do sleep 1; done # ${marker}`], {}, cancel.signal);
    await until('the command has started', () => existsSync(join(ground.worktree, 'started')));
    cancel.abort();
    const result = await running;
    assert.deepEqual([result.cancelled, result.timedOut, result.exitCode], [true, false, null]);
    assert.deepEqual(processesWith(marker), []);
  });

  it('starts nothing when it is cancelled before', async () => {
    using ground = new ProvingGround();
    const result = await ground.inside(['touch', 'started'], {}, AbortSignal.abort());
    assert.deepEqual([result.cancelled, existsSync(join(ground.worktree, 'started'))], [true, false]);
  });

  it('dies with the process that runs it', async () => {
    using ground = new ProvingGround();
    const marker = `orphan-${process.pid}`;
    const argv = ['sh', '-c', `touch started; while :; do sleep 1; done # ${marker}`];
    const child = spawn(process.execPath, [holder, ground.worktree, ...argv], { stdio: 'ignore' });
    await until('the command has started', () => existsSync(join(ground.worktree, 'started')));
    child.kill('SIGKILL');
    await once(child, 'exit');
    await until('nothing of it is left', () => processesWith(marker).length === 0);
  });

  it('does not pass on a descriptor that this process was started with', async () => {
    using ground = new ProvingGround();
    const home = openSync(ground.home, 'r');
    // Node closes what it inherits in one row from 0; a number further up stays open.
    const stdio = new Array<'ignore' | 'pipe' | number>(61).fill('ignore').fill('pipe', 1, 2).fill(home, 60);
    const argv = ['cat', '/proc/self/fd/60/id_ed25519'];
    const outputOf = async (args: readonly string[]): Promise<string> => {
      const child = spawn(process.execPath, args, { stdio });
      let output = '';
      child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
      await once(child, 'close');
      return output;
    };
    try {
      const open = `require('child_process').spawnSync(${JSON.stringify(argv[0])}, [${JSON.stringify(argv[1])}], { stdio: [0, 1, 2] })`;
      assert.equal(await outputOf(['-e', open]), 'the secret\n', 'it must be possible outside');
      assert.match(await outputOf([holder, ground.worktree, ...argv]), /Not a directory|No such file/);
    } finally {
      closeSync(home);
    }
  });

  it('keeps the first part of a gigabyte of output and counts the rest', async () => {
    using ground = new ProvingGround();
    const before = process.memoryUsage().rss;
    const result = await ground.inside(['head', '-c', '1000000000', '/dev/zero'], { outputBytes: 10_000 });
    assert.deepEqual([result.exitCode, result.output.length, result.outputBytes], [0, 10_000, 1_000_000_000]);
    assert.equal(process.memoryUsage().rss - before < 300 * MB, true);
  });

  it('keeps the order of the two output streams', async () => {
    using ground = new ProvingGround();
    const { output } = await ground.inside(['sh', '-c', 'for i in 1 2 3; do echo out $i; echo err $i >&2; done']);
    assert.equal(output, 'out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n');
  });

  it('stops a command that starts too many processes', async () => {
    using ground = new ProvingGround();
    const marker = `bomb-${process.pid}`;
    const result = await ground.inside(['sh', '-c', `while :; do sleep 1000 & done # ${marker}`], { processes: 20 });
    assert.equal(result.exitCode, null);
    assert.match(result.output, /GoNoGo stopped this command: it ran more than 20 processes\.\n$/);
    assert.deepEqual(processesWith(marker), []);
  });

  it('stops a command whose processes use too much memory together', async () => {
    using ground = new ProvingGround();
    const eat =
      'const all = []; const more = () => { if (all.length < 20) all.push(Buffer.alloc(10 * 2 ** 20, 1)); setTimeout(more, 5); }; more();';
    const script = `require('child_process').spawn('node', ['-e', ${JSON.stringify(eat)}]); ${eat}`;
    const result = await ground.inside(['node', '-e', script], { memoryBytes: 300 * MB });
    assert.equal(result.exitCode, null);
    assert.match(result.output, /it used more than 300 MB of memory/);
  });

  it('fences the memory of one process, shared memory and /tmp', async () => {
    using ground = new ProvingGround();
    const tooMuch = 'ulimit -d; head -c 200M /dev/zero > /tmp/a || echo TMP FULL; head -c 200M /dev/zero > /dev/shm/a || echo SHM FULL';
    const { output } = await ground.inside(['sh', '-c', tooMuch], { memoryBytes: 100 * MB, fileBytes: 1000 * MB });
    assert.match(output, /^\d+$/m, 'the limit on data is set');
    assert.match(output, /TMP FULL[^]*SHM FULL/);
  });

  it('fences the size of a file', async () => {
    using ground = new ProvingGround();
    const { exitCode } = await ground.inside(['head', '-c', '3000000', '/dev/zero'], { fileBytes: MB });
    assert.equal(exitCode, 0, 'output is not a file');
    const written = await ground.inside(['dd', 'if=/dev/zero', 'of=big', 'bs=1M', 'count=3'], { fileBytes: MB });
    assert.notEqual(written.exitCode, 0);
    assert.equal(statSync(join(ground.worktree, 'big')).size, MB);
  });

  it('passes the exit code on, also of a command that does not exist', async () => {
    using ground = new ProvingGround();
    assert.equal((await ground.inside(['sh', '-c', 'exit 7'])).exitCode, 7);
    const missing = await ground.inside(['no-such-command']);
    assert.equal(missing.exitCode, 127);
    assert.match(missing.output, /no-such-command/);
  });

  it('shows broken UTF-8 as a replacement character', async () => {
    using ground = new ProvingGround();
    assert.equal((await ground.inside(['printf', 'a\\377b\\303\\244'])).output, 'a\uFFFDbä');
  });
});
