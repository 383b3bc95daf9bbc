import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { approve, launch, untilReview } from '../../support/flights.ts';
import { KernelRig, quickWrites } from '../../support/kernelRig.ts';

const script = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));

/** So that the second start need not read the sources again. */
const compileCache = join(tmpdir(), 'gonogo-compile-cache');

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function gonogo(cwd: string, home: string, ...args: string[]): Promise<Answer> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], GONOGO_HOME: home, NODE_COMPILE_CACHE: compileCache };
    execFile(process.execPath, [script, ...args], { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    );
  });
}

describe('gonogo', () => {
  let rig: KernelRig;
  const run = (...args: string[]): Promise<Answer> => gonogo(rig.workspace, rig.home, ...args);
  const json = async (...args: string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await run(...args, '--json');
    assert.deepEqual([code, stderr], [0, '']);
    return JSON.parse(stdout);
  };

  before(async () => {
    rig = new KernelRig({ agent: quickWrites });
    const kernel = await rig.start();
    await approve(kernel, await untilReview(kernel, await launch(kernel, rig, 'quick', 'Say \u202Ehello\n\u001b[31mtwice')));
    await kernel.api.shutdown();
  });
  after(() => rig[Symbol.asyncDispose]());

  it('tells how it is', async () => {
    const health = (await json('health')) as { level: string; items: { name: string }[] };
    assert.equal(health.level, 'healthy');
    assert.deepEqual(
      health.items.map(({ name }) => name),
      ['Store', 'Sandbox', 'Ledger'],
    );
    assert.match((await run('health')).stdout, /^healthy\n {2}healthy +Store: /);
  });

  it('lists the missions of the folder, and of no other', async () => {
    const [mission, ...more] = (await json('missions')) as { status: string; goal: string; id: string }[];
    assert.deepEqual([mission?.status, mission?.goal, more], ['done', 'Say \u202Ehello\n\u001b[31mtwice', []]);
    const text = (await run('missions')).stdout;
    assert.match(text, new RegExp(`^${mission?.id ?? ''} {2}done +\\$0\\.00 +Say .*hello .*twice\\n$`));
    // eslint-disable-next-line no-control-regex -- that none is there is the point
    assert.doesNotMatch(text, /[\u001b\u202e]/);
    const other = join(rig.folder, 'other');
    mkdirSync(other);
    assert.equal((await gonogo(other, rig.home, 'missions')).stdout, 'No mission in this folder yet.\n');
  });

  it('shows the newest entries of the ledger', async () => {
    const all = (await json('ledger', '--limit', '1000')) as { seq: number; action: string; missionId?: string }[];
    assert.equal(all[0]?.action, 'mission.done');
    assert.deepEqual(
      all.map(({ seq }) => seq),
      all.map((_, index) => all.length - index),
    );
    assert.equal(((await json('ledger', '--limit', '3')) as unknown[]).length, 3);
    assert.deepEqual(await json('ledger', '--mission', 'nobody'), []);
    assert.equal((await run('ledger', '--mission', 'nobody')).stdout, 'The ledger is empty.\n');
    assert.equal((await run('ledger')).stdout.trimEnd().split('\n').length, Math.min(50, all.length));
  });

  it('says in one sentence what it does not understand', async () => {
    const help = await run('--help');
    assert.deepEqual([help.code, help.stderr], [0, '']);
    assert.match(help.stdout, /gonogo health .*\n.*gonogo missions/);
    const rows: [string[], RegExp][] = [
      [[], /--help/],
      [['approve', 'x'], /`approve` is not a command/],
      [['health', 'x'], /`x` is one word too many/],
      [['health', '--force'], /--force/],
      [['ledger', '--limit', '0'], /--limit `0`/],
    ];
    for (const [args, words] of rows) {
      const { code, stdout, stderr } = await run(...args);
      assert.deepEqual([code, stdout], [2, ''], args.join(' '));
      assert.match(stderr, words);
      assert.doesNotMatch(stderr, /^\s+at /m, 'no stack');
    }
  });

  it('fails with the sentence when the store is damaged', async () => {
    const home = join(rig.folder, 'broken');
    mkdirSync(home);
    writeFileSync(join(home, 'gonogo.db'), 'nothing of a database\n'.repeat(500));
    for (const command of ['health', 'missions', 'ledger']) {
      const { code, stdout, stderr } = await gonogo(rig.workspace, home, command);
      assert.equal(code, 1, command);
      assert.match(stdout + stderr, /store.*restore a backup/);
    }
  });
});
