import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '../../../src/base/clock.ts';
import type { CorrelationId, MissionId } from '../../../src/base/ids.ts';
import { resolveInside } from '../../../src/base/resolveInside.ts';
import type { Permit } from '../../../src/contracts/permit.ts';
import type { Sandbox } from '../../../src/contracts/sandbox.ts';
import { BubblewrapSandbox } from '../../../src/sandbox/bubblewrapSandbox.ts';
import { GovernedTools } from '../../../src/tools/governedTools.ts';
import { readFile } from '../../../src/tools/workspace/readFile.ts';
import { RecordingSandbox } from '../../support/recordingSandbox.ts';
import { TestGate, type Rule } from '../../support/testGate.ts';

const run = promisify(execFile);

describe('GovernedTools', () => {
  let base: string;
  let root: string;
  let cwd: string;
  let gate: TestGate;
  let sandbox: RecordingSandbox;
  let stop: AbortController;

  beforeEach(() => {
    base = realpathSync(mkdtempSync(path.join(tmpdir(), 'gonogo-tools-')));
    root = path.join(base, 'worktree');
    cwd = path.join(root, 'app');
    mkdirSync(path.join(cwd, 'src'), { recursive: true });
    mkdirSync(path.join(base, 'outside'));
    writeFileSync(path.join(base, 'outside', 'key'), 'secret');
    writeFileSync(path.join(cwd, 'src', 'a.ts'), 'one\r\ntwo\n');
    sandbox = new RecordingSandbox();
    stop = new AbortController();
  });
  afterEach(() => {
    stop.abort();
    rmSync(base, { recursive: true, force: true });
  });

  function tools(
    rule?: Rule,
    listTracked: (folder: string) => Promise<readonly string[]> = () => Promise.resolve([]),
    real: Sandbox = sandbox,
  ): GovernedTools {
    gate = new TestGate(rule);
    return new GovernedTools({
      gate,
      sandbox: real,
      mission: {
        id: 'm' as MissionId,
        root,
        cwd,
        workspaceId: 'w',
        tenantId: 'local',
        sessionId: 's',
        correlationId: 'c' as CorrelationId,
      },
      principal: { kind: 'agent', id: 'builtin/coder' },
      capability: 'token',
      listTracked,
      environment: { PATH: '/usr/bin', LANG: 'C.UTF-8', HOME: '/tmp' },
      signal: stop.signal,
    });
  }

  const failure = (result: { ok: boolean; error?: { message: string } }): string => {
    assert.equal(result.ok, false);
    return result.error?.message ?? '';
  };

  it('reads text with its bytes as they are, by relative and by absolute path', async () => {
    const t = tools();
    writeFileSync(path.join(cwd, 'bom.txt'), '\ufeffx');
    assert.deepEqual(await t.readFile('src/a.ts'), { ok: true, value: 'one\r\ntwo\n' });
    assert.deepEqual(await t.readFile(path.join(cwd, 'src/a.ts')), { ok: true, value: 'one\r\ntwo\n' });
    assert.deepEqual(await t.readFile('bom.txt'), { ok: true, value: '\ufeffx' });
    assert.deepEqual(
      gate.decisions.map(({ draft }) => [draft.kind, draft.resource, draft.cwd, draft.capability, draft.effect, draft.surface]),
      ['src/a.ts', 'src/a.ts', 'bom.txt'].map((name) => ['file.read', name, cwd, 'token', 'ours', 'acp']),
    );
  });

  it('says in words what it cannot read, and does not wait for a pipe', async () => {
    const t = tools();
    writeFileSync(path.join(cwd, 'binary'), Buffer.from([0x41, 0, 0x42]));
    writeFileSync(path.join(cwd, 'latin1'), Buffer.from([0x41, 0xe9]));
    writeFileSync(path.join(cwd, 'big'), Buffer.alloc(5_000_001, 0x41));
    writeFileSync(path.join(cwd, 'full'), Buffer.alloc(5_000_000, 0x41));
    await run('mkfifo', [path.join(cwd, 'pipe')]);
    assert.match(failure(await t.readFile('binary')), /^`binary` is not UTF-8 text/);
    assert.match(failure(await t.readFile('latin1')), /^`latin1` is not UTF-8 text/);
    assert.match(failure(await t.readFile('big')), /5000001 bytes, and the limit is 5000000/);
    assert.equal((await t.readFile('full')).ok, true);
    assert.match(failure(await t.readFile('pipe')), /^`pipe` is not a file/);
    assert.match(failure(await t.readFile('src')), /^`src` is not a file/);
    assert.match(failure(await t.readFile('gone.ts')), /^`gone.ts` does not exist; list the files/);
    assert.match(failure(await t.readFile('src/a.ts/b')), /has a file where a folder would have to be/);
  });

  it('touches nothing outside, whatever the gate says', async () => {
    const t = tools();
    symlinkSync(path.join(base, 'outside'), path.join(cwd, 'out'));
    symlinkSync(path.join(base, 'outside', 'key'), path.join(cwd, 'key'));
    symlinkSync(path.join(base, 'outside', 'new'), path.join(cwd, 'new'));
    for (const name of ['../../outside/key', path.join(base, 'outside', 'key'), 'out/key', 'key', 'new', 'out/new', '..', 'a\0b']) {
      if (name !== '..') assert.equal((await t.readFile(name)).ok, false, name);
      assert.equal((await t.writeFile(name, 'x')).ok, false, name);
      assert.equal((await t.deleteFile(name)).ok, false, name);
    }
    assert.equal((await t.listFiles('out')).ok, false);
    assert.equal((await t.listFiles('../..')).ok, false);
    assert.deepEqual(readdirSync(path.join(base, 'outside')), ['key']);
    assert.equal(readFileSync(path.join(base, 'outside', 'key'), 'utf8'), 'secret');
    assert.ok(gate.outcomes.every(({ result }) => result === 'failure'));
  });

  it('does nothing on a NO-GO and hands the reason on', async () => {
    const t = tools(() => 'hands off');
    assert.equal(failure(await t.readFile('src/a.ts')), 'NO-GO: hands off');
    assert.equal(failure(await t.writeFile('src/a.ts', 'x')), 'NO-GO: hands off');
    assert.equal(failure(await t.deleteFile('src/a.ts')), 'NO-GO: hands off');
    assert.equal(failure(await t.listFiles('.')), 'NO-GO: hands off');
    assert.equal(failure(await t.runCommand(['true'], undefined, stop.signal)), 'NO-GO: hands off');
    assert.equal(readFileSync(path.join(cwd, 'src/a.ts'), 'utf8'), 'one\r\ntwo\n');
    assert.deepEqual([gate.outcomes, sandbox.commands], [[], []]);
  });

  it('writes in one step, keeps the mode, makes folders, and leaves nothing else behind', async () => {
    const t = tools();
    chmodSync(path.join(cwd, 'src/a.ts'), 0o751);
    assert.equal((await t.writeFile('src/a.ts', 'neu – ü\n')).ok, true);
    assert.equal(readFileSync(path.join(cwd, 'src/a.ts'), 'utf8'), 'neu – ü\n');
    assert.equal(statSync(path.join(cwd, 'src/a.ts')).mode & 0o777, 0o751);
    assert.equal((await t.writeFile('deep/er/b.ts', '')).ok, true);
    assert.equal(statSync(path.join(cwd, 'deep/er/b.ts')).size, 0);
    assert.match(failure(await t.writeFile('big', 'é'.repeat(2_500_001))), /5000002 bytes/);
    assert.match(failure(await t.writeFile('src', 'x')), /^`src` is not a file/);
    assert.deepEqual(readdirSync(cwd, { recursive: true }).sort(), ['deep', 'deep/er', 'deep/er/b.ts', 'src', 'src/a.ts']);
    assert.deepEqual(gate.outcomes[0]?.summary, {
      bytes: 11,
      created: false,
      sha256: createHash('sha256').update('neu – ü\n').digest('hex'),
    });
  });

  it('breaks a hard link instead of writing through it', async () => {
    linkSync(path.join(base, 'outside', 'key'), path.join(cwd, 'hard'));
    assert.equal((await tools().writeFile('hard', 'x')).ok, true);
    assert.equal(readFileSync(path.join(base, 'outside', 'key'), 'utf8'), 'secret');
  });

  it('refuses when a link is swapped in between the verdict and the effect', async () => {
    // The rule runs after the tool was called and before its effect: the very moment an attacker would choose.
    const swap: Rule = async ({ resource }) => {
      assert.equal((await resolveInside(root, cwd, resource)).ok, true);
      renameSync(path.join(cwd, 'src'), path.join(cwd, 'was'));
      symlinkSync(path.join(base, 'outside'), path.join(cwd, 'src'));
      return undefined;
    };
    assert.match(failure(await tools(swap).writeFile('src/key', 'x')), /leaves the working folder/);
    assert.equal(readFileSync(path.join(base, 'outside', 'key'), 'utf8'), 'secret');
  });

  it('deletes files and leaves links and folders alone', async () => {
    const t = tools();
    symlinkSync('src/a.ts', path.join(cwd, 'link'));
    assert.match(failure(await t.deleteFile('link')), /^`link` is a symbolic link/);
    assert.match(failure(await t.deleteFile('src')), /^`src` is not a file/);
    assert.match(failure(await t.deleteFile('gone')), /^`gone` does not exist/);
    assert.equal((await t.deleteFile('src/a.ts')).ok, true);
    assert.equal(existsSync(path.join(cwd, 'src/a.ts')), false);
  });

  it('lists what git would keep and what is really there', async () => {
    await run('git', ['init', '-q', root]);
    writeFileSync(path.join(root, '.gitignore'), 'ignored\n');
    writeFileSync(path.join(root, 'top.md'), '');
    writeFileSync(path.join(cwd, 'ignored'), '');
    writeFileSync(path.join(cwd, 'gone.ts'), '');
    await run('git', ['-C', root, 'add', '.']);
    rmSync(path.join(cwd, 'gone.ts'));
    writeFileSync(path.join(cwd, 'ünì\n.ts'), '');
    const t = tools(undefined, async (folder) =>
      (await run('git', ['-C', folder, 'ls-files', '-co', '--exclude-standard', '-z'])).stdout.split('\0').filter((name) => name !== ''),
    );
    assert.deepEqual(await t.listFiles('.'), { ok: true, value: ['src/a.ts', 'ünì\n.ts'] });
    assert.deepEqual(await t.listFiles('src'), { ok: true, value: ['src/a.ts'] });
    assert.deepEqual(await t.listFiles('..'), { ok: true, value: ['../.gitignore', 'src/a.ts', 'ünì\n.ts', '../top.md'] });
    assert.match(failure(await t.listFiles('src/a.ts')), /is not a folder/);
  });

  it('runs a command in the sandbox with limits, its own environment and a folder inside', async () => {
    const t = tools();
    sandbox.answer = () => Promise.resolve({ exitCode: 3, output: 'half', outputBytes: 9 });
    assert.deepEqual(await t.runCommand(['node', '--test', "it's"], 'src', stop.signal), {
      ok: true,
      value: { exitCode: 3, signal: null, output: 'half', truncated: true },
    });
    assert.deepEqual(sandbox.commands, [
      {
        argv: ['node', '--test', "it's"],
        cwd: path.join(cwd, 'src'),
        writable: root,
        env: { PATH: '/usr/bin', LANG: 'C.UTF-8', HOME: '/tmp' },
        limits: { wallMs: 120_000, outputBytes: 1_000_000, memoryBytes: 2_147_483_648, processes: 256, fileBytes: 268_435_456 },
      },
    ]);
    assert.equal(gate.decisions[0]?.draft.resource, `node --test 'it'\\''s'`);
    assert.equal(gate.outcomes[0]?.result, 'failure');
    assert.match(failure(await t.runCommand(['true'], '../..', stop.signal)), /outside/);
    assert.equal(sandbox.commands.length, 1);
  });

  it('runs a command in a real sandbox, which can write the worktree and nothing else', async function () {
    if (process.platform !== 'linux') this.skip();
    const real = new BubblewrapSandbox({ runtimePaths: [], logger: { log: () => undefined }, clock: systemClock });
    const t = tools(undefined, undefined, real);
    const script =
      'echo in > made; (echo out > ../../outside/made) 2>/dev/null; cat ../../outside/key 2>/dev/null; env | sort | cut -d= -f1 | tr "\\n" " "';
    const result = await t.runCommand(['/bin/sh', '-c', script], undefined, stop.signal);
    assert.ok(result.ok, JSON.stringify(result));
    assert.match(result.value.output, /HOME .*PATH /);
    assert.doesNotMatch(result.value.output, /secret|GONOGO/);
    assert.equal(readFileSync(path.join(cwd, 'made'), 'utf8'), 'in\n');
    assert.deepEqual(readdirSync(path.join(base, 'outside')), ['key']);
  });

  describe('of what an agent does itself', () => {
    const write = { content: 'x' };
    const file = (): string => readFileSync(path.join(cwd, 'src/a.ts'), 'utf8');
    const yes = { ok: true, value: undefined };

    it('permits only by the gate and only what it can parse', async () => {
      const t = tools(({ kind }) => (kind === 'file.delete' ? 'no' : undefined));
      assert.deepEqual(await t.permit('1', 'file.write', 'src/a.ts', write), yes);
      assert.equal(failure(await t.permit('2', 'file.delete', 'src/a.ts', {})), 'NO-GO: no');
      for (const input of [{ content: 1 }, { content: 'x', force: true }])
        assert.match(failure(await t.permit('3', 'file.write', 'src/a.ts', input)), /^NO-GO/);
      assert.deepEqual(await t.permit('4', 'shell.exec', 'harmless', { argv: ['rm', '-rf', '.'] }), yes);
      assert.deepEqual(await t.permit('5', 'web.fetch', 'harmless', { url: 'http://a' }), yes);
      const apply = { baseTree: 'a', tree: 'b', filesSha256: 'c', findingsSha256: 'd' };
      assert.match(failure(await t.permit('6', 'code.apply', 'm', apply)), /^NO-GO/);
      assert.deepEqual(
        gate.decisions.map(({ draft }) => [draft.kind, draft.resource, draft.effect]),
        [
          ['file.write', 'src/a.ts', 'delegated'],
          ['file.delete', 'src/a.ts', 'delegated'],
          ['shell.exec', 'rm -rf .', 'delegated'],
          ['web.fetch', 'http://a', 'delegated'],
        ],
      );
      assert.equal(file(), 'one\r\ntwo\n');
      await t.close();
    });

    it('is one action with what the same tool call then asks us to do', async () => {
      const t = tools();
      assert.deepEqual(await t.permit('1', 'file.write', path.join(cwd, 'src/a.ts'), write), yes);
      assert.deepEqual(await t.permit('1', 'file.write', 'src/a.ts', write), yes);
      assert.deepEqual(await t.writeFile('src/a.ts', 'x'), yes);
      assert.equal(file(), 'x');
      assert.deepEqual([gate.decisions.length, gate.outcomes], [1, []]);
      t.observe('other', 'failed');
      t.observe('1', 'completed');
      await t.close();
      const summary = { toolCall: '1', observed: 'completed', carriedOutBy: 'gonogo', asDecided: true };
      assert.deepEqual(gate.outcomes, [{ kind: 'file.write', resource: 'src/a.ts', result: 'success', summary }]);
    });

    it('is another action when a byte or the path differs, or the permit was used', async () => {
      const t = tools(({ effect }) => (effect === 'ours' ? 'not this' : undefined));
      await t.permit('1', 'file.write', 'src/a.ts', write);
      assert.equal(failure(await t.writeFile('src/a.ts', 'x ')), 'NO-GO: not this');
      assert.equal(failure(await t.writeFile('src/b.ts', 'x')), 'NO-GO: not this');
      assert.equal(failure(await t.writeFile('src/a.ts', '\ud800')), 'NO-GO: not this');
      assert.deepEqual(await t.writeFile('src/a.ts', 'x'), yes);
      assert.equal(failure(await t.writeFile('src/a.ts', 'x')), 'NO-GO: not this');
      await t.close();
      assert.equal(gate.decisions.length, 5);
    });

    it('is decided anew once the tool call has come to its end', async () => {
      const t = tools();
      await t.permit('1', 'file.delete', 'src/a.ts', {});
      const first = gate.ended();
      t.observe('1', 'failed');
      await first;
      assert.deepEqual(await t.permit('1', 'file.delete', 'src/a.ts', {}), yes);
      assert.equal(gate.decisions.length, 2);
      await t.close();
    });

    it('keeps a refusal', async () => {
      const t = tools(() => 'no');
      for (let i = 0; i < 3; i += 1) assert.equal(failure(await t.permit('1', 'file.delete', 'src/a.ts', {})), 'NO-GO: no');
      assert.equal(gate.decisions.length, 1);
    });

    it('is recorded as what is there afterwards, whatever the agent says', async () => {
      const t = tools();
      await t.permit('same', 'file.write', 'src/a.ts', write);
      await t.permit('lie', 'file.write', 'src/new.ts', write);
      await t.permit('gone', 'file.delete', 'src/none.ts', {});
      await t.permit('there', 'file.delete', 'src/a.ts', {});
      await t.permit('read', 'file.read', 'src/a.ts', {});
      writeFileSync(path.join(cwd, 'src/a.ts'), 'x');
      writeFileSync(path.join(cwd, 'src/new.ts'), 'y');
      for (const id of ['lie', 'there', 'read']) t.observe(id, 'completed');
      t.observe('gone', 'failed');
      await t.close();
      const seen = new Map(gate.outcomes.map(({ result, summary }) => [(summary as { toolCall: string }).toolCall, [result, summary]]));
      const agent = { carriedOutBy: 'agent' };
      assert.deepEqual(Object.fromEntries(seen), {
        same: ['success', { toolCall: 'same', observed: 'unseen', ...agent, asDecided: true }],
        lie: ['failure', { toolCall: 'lie', observed: 'completed', ...agent, asDecided: false }],
        gone: ['success', { toolCall: 'gone', observed: 'failed', ...agent, asDecided: true }],
        there: ['failure', { toolCall: 'there', observed: 'completed', ...agent, asDecided: false }],
        read: ['success', { toolCall: 'read', observed: 'completed', ...agent }],
      });
    });
  });

  it('stops what waits when it is closed, and does nothing afterwards', async () => {
    const asked = Promise.withResolvers<undefined>();
    const t = tools((_, signal) => {
      asked.resolve(undefined);
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
    });
    const writing = t.writeFile('src/a.ts', 'late');
    await asked.promise;
    await t.close();
    assert.equal(failure(await writing), 'the agent has ended');
    assert.match(failure(await t.writeFile('src/a.ts', 'later')), /^NO-GO: the mission does not wait/);
    assert.equal(readFileSync(path.join(cwd, 'src/a.ts'), 'utf8'), 'one\r\ntwo\n');
  });

  it('takes no permit twice and none that was made up', async () => {
    let kept: Permit | undefined;
    const forged = { action: { kind: 'file.read', resource: 'src/a.ts', cwd } } as unknown as Permit;
    gate = new TestGate();
    const draft = { ...(await recordedDraft()) };
    await gate.perform(
      draft,
      async (permit) => {
        kept = permit;
        return { value: await readFile(permit, root), result: 'success', summary: {} };
      },
      { signal: stop.signal },
    );
    assert.ok(kept);
    await assert.rejects(readFile(kept, root), /used before/);
    await assert.rejects(readFile(forged, root), TypeError);
  });

  async function recordedDraft(): Promise<TestGate['decisions'][number]['draft']> {
    const t = tools();
    await t.readFile('src/a.ts');
    const [first] = gate.decisions;
    assert.ok(first);
    return first.draft;
  }
});
