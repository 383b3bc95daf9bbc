import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AcpAgentHost, GRACE_MS } from '../../../src/agents/acp/acpAgentHost.ts';
import { processIdentity } from '../../../src/agents/processes.ts';
import { systemClock, type Clock } from '../../../src/base/clock.ts';
import type { CorrelationId, MissionId } from '../../../src/base/ids.ts';
import type { Result } from '../../../src/base/result.ts';
import type { AgentError, AgentResult, AgentUpdate, ProcessIdentity } from '../../../src/contracts/agent.ts';
import { GovernedTools } from '../../../src/tools/governedTools.ts';
import { ManualClock } from '../../support/manualClock.ts';
import { RecordingSandbox } from '../../support/recordingSandbox.ts';
import { TestGate, type Rule } from '../../support/testGate.ts';

const wildAgent = path.join(import.meta.dirname, '../../support/agents/wildAgent.mjs');

interface Flight {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly rule?: Rule;
  readonly signal?: AbortSignal;
  readonly startMs?: number;
  readonly promptMs?: number;
  readonly cwd?: string;
  readonly onUpdate?: (update: AgentUpdate) => void;
  readonly onStarted?: (identity: ProcessIdentity) => Promise<void>;
}

describe('AcpAgentHost', function () {
  this.timeout(30_000);
  let base: string;
  let cwd: string;
  let gate: TestGate;
  let sandbox: RecordingSandbox;
  let updates: AgentUpdate[];
  let started: ProcessIdentity | undefined;

  beforeEach(() => {
    base = realpathSync(mkdtempSync(path.join(tmpdir(), 'gonogo-agent-')));
    cwd = path.join(base, 'worktree');
    mkdirSync(cwd);
    writeFileSync(path.join(base, 'secret'), 'secret');
    writeFileSync(path.join(cwd, 'a.txt'), 'one\ntwo\nthree\n');
    sandbox = new RecordingSandbox();
    updates = [];
    started = undefined;
  });
  afterEach(async () => {
    assert.equal(started === undefined ? undefined : await processIdentity(started.pid), undefined, 'the agent is still there');
    rmSync(base, { recursive: true, force: true });
  });

  async function fly(deed: string, argument = '', flight: Flight = {}): Promise<Result<AgentResult, AgentError>> {
    gate = new TestGate(flight.rule);
    const stop = new AbortController();
    const tools = new GovernedTools({
      gate,
      sandbox,
      mission: {
        id: 'm' as MissionId,
        root: cwd,
        cwd,
        workspaceId: 'w',
        tenantId: 'local',
        sessionId: 's',
        correlationId: 'c' as CorrelationId,
      },
      principal: { kind: 'agent', id: 'wild/coder' },
      capability: 'token',
      listTracked: () => Promise.resolve(['a.txt']),
      environment: { PATH: '/usr/bin' },
      signal: stop.signal,
    });
    const signal = flight.signal ?? stop.signal;
    const result = await new AcpAgentHost(flight.clock ?? systemClock).run(
      { id: 'wild', argv: flight.argv ?? [process.execPath, wildAgent, deed, argument], env: flight.env ?? {} },
      { cwd: flight.cwd ?? cwd, role: 'coder', instructions: 'You change code.', text: 'Round.' },
      tools,
      {
        signal,
        timeouts: { startMs: flight.startMs ?? 20_000, promptMs: flight.promptMs ?? 20_000 },
        onUpdate: (update) => {
          updates.push(update);
          flight.onUpdate?.(update);
        },
        onStarted: async (identity) => {
          started = identity;
          await flight.onStarted?.(identity);
        },
      },
    );
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    return result;
  }

  async function fails(deed: string, code: AgentError['code'], message: RegExp, argument?: string, flight?: Flight): Promise<void> {
    const result = await fly(deed, argument, flight);
    assert.ok(!result.ok, 'it succeeded');
    assert.equal(result.error.code, code, result.error.message);
    assert.match(result.error.message, message);
    assert.doesNotMatch(result.error.message, /[\p{Cc}\p{Cf}]/u);
  }

  /** Sends requests one after the other and answers what came back. */
  async function ask(requests: readonly (readonly [string, unknown])[], flight?: Flight): Promise<readonly unknown[]> {
    assert.deepEqual(await fly('ask-each', JSON.stringify(requests), flight), { ok: true, value: { stopReason: 'end_turn' } });
    return updates.flatMap((update): unknown[] => (update.kind === 'message' ? [JSON.parse(update.text)] : []));
  }

  const refused = (message: string): unknown => ({ error: { code: -32_040, message } });

  describe('with an agent that does as it should', () => {
    it('starts it in its folder with exactly the environment it was given', async () => {
      assert.deepEqual(await fly('environment', '', { env: { GONOGO_MODEL: 'm', LANG: 'C' } }), {
        ok: true,
        value: { stopReason: 'end_turn' },
      });
      const [message] = updates;
      assert.ok(message?.kind === 'message');
      assert.deepEqual(JSON.parse(message.text), [{ GONOGO_MODEL: 'm', LANG: 'C' }, cwd]);
      assert.ok(started !== undefined && started.pid > 0 && started.startedAt !== '');
    });

    it('takes the answer of one that ends right after it', async () => {
      for (let i = 0; i < 5; i += 1) assert.deepEqual(await fly('polite-and-gone'), { ok: true, value: { stopReason: 'end_turn' } });
    });

    it('reads, writes, deletes and lists through its tools', async () => {
      const answers = await ask([
        ['fs/read_text_file', { path: 'a.txt' }],
        ['fs/read_text_file', { path: path.join(cwd, 'a.txt'), line: 2, limit: 1 }],
        ['fs/read_text_file', { path: 'a.txt', line: 3 }],
        ['fs/write_text_file', { path: 'new/b.txt', content: 'b' }],
        ['_gonogo/fs/list', { path: '.' }],
        ['_gonogo/fs/delete', { path: 'a.txt' }],
      ]);
      assert.deepEqual(answers, [
        { content: 'one\ntwo\nthree\n' },
        { content: 'two\n' },
        { content: 'three\n' },
        {},
        { files: ['a.txt'] },
        {},
      ]);
      assert.equal(readFileSync(path.join(cwd, 'new/b.txt'), 'utf8'), 'b');
      assert.equal(existsSync(path.join(cwd, 'a.txt')), false);
    });

    it('hands refusals on in words and does nothing', async () => {
      const answers = await ask(
        [
          ['fs/read_text_file', { path: 'a.txt' }],
          ['fs/write_text_file', { path: 'a.txt', content: '' }],
          ['_gonogo/fs/delete', { path: 'a.txt' }],
          ['_gonogo/fs/list', { path: '.' }],
        ],
        { rule: ({ kind }) => `no ${kind}` },
      );
      assert.deepEqual(
        answers,
        ['no file.read', 'no file.write', 'no file.delete', 'no file.list'].map((why) => refused(`NO-GO: ${why}`)),
      );
      assert.equal(readFileSync(path.join(cwd, 'a.txt'), 'utf8'), 'one\ntwo\nthree\n');
    });
  });

  describe('with an agent that reaches out', () => {
    it('neither reads nor writes outside, nor through a link', async () => {
      symlinkSync(path.join(base, 'secret'), path.join(cwd, 'link'));
      symlinkSync(base, path.join(cwd, 'up'));
      const answers = await ask([
        ['fs/read_text_file', { path: '../secret' }],
        ['fs/read_text_file', { path: path.join(base, 'secret') }],
        ['fs/read_text_file', { path: 'link' }],
        ['fs/write_text_file', { path: 'link', content: 'x' }],
        ['fs/write_text_file', { path: 'up/new', content: 'x' }],
        ['_gonogo/fs/delete', { path: 'up/secret' }],
      ]);
      for (const answer of answers) assert.match(JSON.stringify(answer), /"code":-32040,"message":"`.*(outside|leaves) the working folder/);
      assert.equal(readFileSync(path.join(base, 'secret'), 'utf8'), 'secret');
      assert.equal(existsSync(path.join(base, 'new')), false);
    });

    it('answers what it does not know or cannot parse with an error, and goes on', async () => {
      const answers = await ask([
        ['fs/format_disk', {}],
        ['fs/read_text_file', { path: 7 }],
        ['fs/read_text_file', { path: 'a.txt', sessionId: 'another' }],
        ['fs/read_text_file', { path: 'a.txt', limit: 1 }],
      ]);
      assert.deepEqual(
        answers.map((answer) => (answer as { error?: { code: number } }).error?.code),
        [-32_601, -32_602, -32_602, undefined],
      );
      assert.equal(gate.decisions.length, 1);
    });

    it('never gives a permission for good, and none for what it does not understand', async () => {
      const options = ['allow_always', 'allow_once', 'reject_once', 'reject_always'].map((kind) => ({ optionId: kind, name: kind, kind }));
      const edit = { toolCallId: 't', kind: 'edit', content: [{ type: 'diff', path: 'a.txt', oldText: 'one', newText: 'uno' }] };
      const answers = await ask(
        [
          ['session/request_permission', { toolCall: edit, options }],
          ['session/request_permission', { toolCall: edit, options: options.filter(({ kind }) => kind !== 'allow_once') }],
          ['session/request_permission', { toolCall: edit, options: options.slice(0, 1) }],
          ['session/request_permission', { toolCall: edit, options: options.map((option) => ({ ...option, optionId: 'same' })) }],
          ['session/request_permission', { toolCall: { ...edit, kind: 'read' }, options }],
          ['session/request_permission', { toolCall: { toolCallId: 't', kind: 'fetch', rawInput: { url: 'http://a' } }, options }],
          ['session/request_permission', { toolCall: { toolCallId: 't', title: 'Trust me' }, options }],
          ['session/request_permission', { toolCall: { toolCallId: 't', kind: 'execute', rawInput: { command: 'rm -rf ~' } }, options }],
          [
            'session/request_permission',
            { toolCall: { toolCallId: 't', kind: 'delete', locations: [{ path: 'a.txt' }, { path: '.git/config' }] }, options },
          ],
        ],
        { rule: ({ kind, resource }) => (/^(shell|web)\./.test(kind) || resource.startsWith('.git') ? 'no' : undefined) },
      );
      const selected = (optionId: string): unknown => ({ outcome: { outcome: 'selected', optionId } });
      const cancelled = { outcome: { outcome: 'cancelled' } };
      const no = selected('reject_once');
      assert.deepEqual(answers, [selected('allow_once'), no, cancelled, cancelled, no, no, no, no, no]);
      const judged = gate.decisions.map(({ draft }) => [draft.kind, draft.resource, draft.effect]);
      assert.deepEqual(judged.slice(-6), [
        ['tool.call', 'a tool', 'delegated'],
        ['web.fetch', 'http://a', 'delegated'],
        ['tool.call', 'Trust me', 'delegated'],
        ['shell.exec', `sh -c 'rm -rf ~'`, 'delegated'],
        ['file.delete', 'a.txt', 'delegated'],
        ['file.delete', '.git/config', 'delegated'],
      ]);
    });
  });

  describe('tool calls of an agent of its own', () => {
    const answer = (): unknown => {
      const message = updates.find((update) => update.kind === 'message');
      return message?.kind === 'message' ? JSON.parse(message.text) : undefined;
    };
    const selected = (optionId: string): unknown => ({ outcome: { outcome: 'selected', optionId } });

    it('are one action with what they ask us to do, even at their very end', async () => {
      assert.equal((await fly('edit-twice', JSON.stringify(['new.txt', 'x\n']))).ok, true);
      assert.deepEqual(answer(), selected('allow_once'));
      assert.equal(readFileSync(path.join(cwd, 'new.txt'), 'utf8'), 'x\n');
      assert.deepEqual(
        gate.decisions.map(({ draft }) => [draft.kind, draft.resource, draft.effect]),
        [['file.write', 'new.txt', 'delegated']],
      );
      const summary = { toolCall: 'edit', observed: 'completed', carriedOutBy: 'gonogo', asDecided: true };
      assert.deepEqual(gate.outcomes, [{ kind: 'file.write', resource: 'new.txt', result: 'success', summary }]);
    });

    it('are judged by what they show of themselves, when their permission says nothing', async () => {
      assert.equal((await fly('read-later', path.join(cwd, 'a.txt'))).ok, true);
      assert.deepEqual(answer(), selected('allow_once'));
      assert.deepEqual(
        gate.decisions.map(({ draft }) => [draft.kind, draft.resource]),
        [['file.read', 'a.txt']],
      );
    });

    it('hear why they were refused, since the answer to a permission has no room for it', async () => {
      assert.equal((await fly('read-later', path.join(cwd, 'a.txt'), { rule: () => 'this file is not yours' })).ok, true);
      assert.deepEqual(answer(), selected('reject_once'));
      const heard = updates.flatMap((update) => (update.kind === 'log' && update.text.startsWith('heard') ? [update.text] : []));
      assert.equal(heard.length, 1);
      assert.match(heard[0] ?? '', /did not let you do this:.*- .*a\.txt: NO-GO: this file is not yours/);
    });

    it('end, when they only ask for what is refused', async () => {
      await fails('stubborn', 'agent-refused', /kept on asking for what is not allowed and was stopped/, '', { rule: () => 'no' });
      assert.equal(gate.decisions.length, 12);
    });
  });

  it('says what to do when an agent wants a log-in', () =>
    fails('locked', 'agent-start', /wants you to log in first \(Run `wild login`\); log in, .* `gonogo\.agents\.path`/));

  describe('terminals', () => {
    async function command(params: unknown, flight?: Flight): Promise<unknown> {
      assert.equal((await fly('command', JSON.stringify(params), flight)).ok, true);
      const [message] = updates;
      assert.ok(message?.kind === 'message');
      return JSON.parse(message.text);
    }

    it('run in the sandbox and keep the end of the output, in whole characters', async () => {
      sandbox.answer = () => Promise.resolve({ exitCode: 1, output: 'début – ça va', outputBytes: 17 });
      assert.deepEqual(await command({ command: 'npm', args: ['test'], cwd: '.', outputByteLimit: 8 }), [
        { exitCode: 1, signal: null },
        { output: ' ça va', truncated: true, exitStatus: { exitCode: 1, signal: null } },
        {},
        { error: { code: -32_602, message: 'Invalid params: there is no such terminal; create one' } },
      ]);
      assert.deepEqual(
        sandbox.commands.map(({ argv, cwd: folder }) => [argv, folder]),
        [[['npm', 'test'], cwd]],
      );
    });

    it('say why the gate refused', async () => {
      const [exit, output] = (await command({ command: 'curl', args: ['http://a'] }, { rule: () => 'only the tests run' })) as unknown[];
      assert.deepEqual([exit, output], [refused('NO-GO: only the tests run'), refused('NO-GO: only the tests run')]);
      assert.deepEqual(sandbox.commands, []);
    });

    it('take no environment', async () => {
      const answers = await ask([['terminal/create', { command: 'npm', env: [{ name: 'NODE_OPTIONS', value: '--require=./x' }] }]]);
      assert.deepEqual(answers, [refused('the environment of a command is fixed; send the command without `env`')]);
      assert.deepEqual([gate.decisions, sandbox.commands], [[], []]);
    });

    it('are stopped with the agent', async () => {
      let stopped = false;
      sandbox.answer = (signal) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            stopped = true;
            resolve({ cancelled: true, exitCode: null });
          }),
        );
      assert.equal((await fly('abandon-command')).ok, true);
      assert.equal(stopped, true);
    });
  });

  describe('with an agent that fails', () => {
    const rows: readonly [string, AgentError['code'], RegExp, string?][] = [
      [
        'crash-at-start',
        'agent-start',
        /^the agent `wild` ended before it was ready \(exit code 7\) after it printed `cannot load model`; launch again$/,
      ],
      ['crash', 'agent-crashed', /in the middle of its work \(exit code 3\) after it printed `about to fall⟦U\+001B⟧\[31m over`; launch/],
      ['kill-itself', 'agent-crashed', /signal SIGKILL/],
      ['version-9', 'agent-start', /version 9 of the protocol, not 1/],
      ['no-session', 'agent-protocol', /gave an answer that does not follow the protocol/],
      ['garbage', 'agent-protocol', /printed something that is not a message and was stopped; check that it speaks ACP/],
      ['wrong-envelope', 'agent-protocol', /does not follow JSON-RPC/],
      ['batch', 'agent-protocol', /does not follow JSON-RPC/],
      ['unasked-answer', 'agent-protocol', /answered a question that was not asked/],
      ['twice-the-same-id', 'agent-protocol', /used one request id twice/],
      ['long-line', 'agent-protocol', /sent a line of more than 16777216 bytes/],
      ['bad-answer', 'agent-protocol', /does not follow the protocol/],
      ['close-output', 'agent-protocol', /closed its output without an answer/],
      ['refuse-politely', 'agent-refused', /gave up and said `I may not do that\.`/],
      ['cancel-itself', 'agent-refused', /stopped by itself before it was done/],
      ['protocol-error', 'agent-refused', /said `please log in`/],
    ];
    for (const [deed, code, message] of rows) it(`says ${code} of one that does ${deed}`, () => fails(deed, code, message));

    it('stops one that asks for everything at once', () =>
      fails('flood', 'agent-protocol', /asked for 65 things at once/, '', { rule: (_, signal) => untilStopped(signal) }));

    it('says agent-missing when there is nothing to start', async () => {
      await fails('', 'agent-missing', /`no-such-agent` was not found; check that it is installed/, '', { argv: ['no-such-agent'] });
      await fails('', 'agent-missing', /cannot be run \(EACCES\)/, '', { argv: [path.join(cwd, 'a.txt')] });
      await fails('', 'agent-missing', /its working folder is gone/, '', { cwd: path.join(base, 'gone') });
      await fails('', 'agent-missing', /its command is empty/, '', { argv: [] });
    });
  });

  describe('with an agent that does not end', () => {
    it('gives up on one that is not ready in time', async () => {
      for (const deed of ['silent', 'deaf']) {
        const clock = new ManualClock();
        const onStarted = (): Promise<void> => clock.advance(5_000);
        await fails(deed, 'agent-timeout', /was not ready within 5 s and was stopped/, '', { clock, startMs: 5_000, onStarted });
        assert.equal(clock.pending, 0);
      }
    });

    it('gives up on one that works too long, after asking it to stop', async () => {
      const clock = new ManualClock();
      const onUpdate = (update: AgentUpdate): void => {
        if (update.kind !== 'log') return;
        if (update.text === 'working') void clock.advance(60_000);
        if (update.text === 'heard cancel') void clock.advance(GRACE_MS);
      };
      await fails('never', 'agent-timeout', /did not finish within 60 s .*choose a smaller goal/, '', {
        clock,
        promptMs: 60_000,
        onUpdate,
      });
      assert.equal(clock.pending, 0);
    });

    for (const manner of ['obeys', 'ignores']) {
      it(`cancels one that ${manner}`, async () => {
        const clock = new ManualClock();
        const cancel = new AbortController();
        const onUpdate = (update: AgentUpdate): void => {
          if (update.kind !== 'log') return;
          if (update.text === 'working') cancel.abort();
          if (update.text === 'heard cancel' && manner === 'ignores') void clock.advance(GRACE_MS);
        };
        await fails('never', 'agent-cancelled', /because the mission was cancelled/, manner, { clock, signal: cancel.signal, onUpdate });
        assert.ok(updates.some((update) => update.kind === 'log' && update.text === 'heard cancel'));
        assert.equal(clock.pending, 0);
      });
    }

    it('does not even start when it is cancelled already', async () => {
      await fails('polite', 'agent-cancelled', /cancelled/, '', { signal: AbortSignal.abort() });
      assert.equal(started, undefined);
    });

    it('kills what an agent leaves behind, in its group and out of it', async () => {
      for (const end of ['end', 'crash']) {
        updates = [];
        const result = await fly('children', end);
        assert.equal(result.ok, end === 'end');
        const pids = updates.flatMap((update) =>
          update.kind === 'log' ? (/^children (\d+) (\d+)$/.exec(update.text)?.slice(1).map(Number) ?? []) : [],
        );
        assert.equal(pids.length, 2);
        const [inGroup = 0, outside = 0] = pids;
        assert.equal(await processIdentity(inGroup), undefined);
        // Out of the group and without a parent, it cannot be traced: the one case that needs a container.
        if (end === 'end') assert.equal(await processIdentity(outside), undefined);
        else process.kill(outside, 'SIGKILL');
      }
    });

    it('does nothing for an agent after its answer', async () => {
      assert.equal((await fly('work-after-the-end')).ok, true);
      assert.equal(existsSync(path.join(cwd, 'later.txt')), false);
      // Asked before the answer: it may have happened, but then before the run was over.
      const settled = existsSync(path.join(cwd, 'late.txt'));
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(existsSync(path.join(cwd, 'late.txt')), settled);
    });
  });

  it('ends the agent when its start cannot be recorded', async () => {
    await assert.rejects(fly('never', '', { onStarted: () => Promise.reject(new Error('the store is full')) }), /the store is full/);
  });

  it('keeps working when a listener throws, and says so at the end', async () => {
    const broken = fly('polite', '', {
      onUpdate: () => {
        throw new Error('listener');
      },
    });
    await assert.rejects(broken, /^Error: listener$/);
  });
});

function untilStopped(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped'), { once: true }));
}
