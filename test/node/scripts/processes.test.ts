import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { familyOf, isPortFree, run, startGroup, stopGroup } from '../../../scripts/lib/processes.ts';

// A child that ignores requests to end, and its own child in a session of its own.
const stubborn = `
  const { spawn } = require('node:child_process');
  process.on('SIGTERM', () => {});
  const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); console.log("ready"); setInterval(() => {}, 1000)'],
    { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  child.stdout.once('data', () => console.log(child.pid));
  setInterval(() => {}, 1000);
`;

function isAlive(pid: number): boolean {
  return familyOf(pid).some((entry) => entry.pid === pid);
}

describe('stopGroup', () => {
  it('ends a process that does not want to, and the child that left its group', async () => {
    const child = startGroup(process.execPath, ['-e', stubborn], { stdio: ['ignore', 'pipe', 'inherit'] });
    assert.ok(child.stdout && child.pid !== undefined);
    const grandchild = await new Promise<number>((resolve) => {
      createInterface({ input: child.stdout ?? process.stdin }).once('line', (line) => {
        resolve(Number(line));
      });
    });
    assert.ok(isAlive(child.pid) && isAlive(grandchild));
    const closed = new Promise((resolve) => child.once('close', resolve));
    await stopGroup(child, 200);
    await closed;
    assert.equal(isAlive(child.pid), false);
    assert.equal(isAlive(grandchild), false);
  });
});

describe('run', () => {
  it('stops what takes too long', async () => {
    const finished = await run(process.execPath, ['-e', 'console.log("begun"); setInterval(() => {}, 1000)'], { timeoutMs: 1000 });
    assert.deepEqual(finished, { code: 1, stdout: 'begun\n', output: 'begun\n', timedOut: true });
  });

  it('answers with the exit code and both outputs', async () => {
    const { code, stdout, output } = await run(process.execPath, ['-e', 'console.log("a"); console.error("b"); process.exitCode = 3']);
    assert.equal(code, 3);
    assert.equal(stdout, 'a\n');
    assert.deepEqual(output.trim().split('\n').sort(), ['a', 'b']);
  });
});

describe('isPortFree', () => {
  it('tells a busy port from a free one', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
    assert.equal(await isPortFree(port), false);
    await new Promise((resolve) => server.close(resolve));
    assert.equal(await isPortFree(port), true);
  });
});
