import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { AcpAgentHost } from '../../../src/agents/acp/acpAgentHost.ts';
import { processIdentity } from '../../../src/agents/processes.ts';
import { systemClock } from '../../../src/base/clock.ts';
import type { CorrelationId, MissionId } from '../../../src/base/ids.ts';
import type { Result } from '../../../src/base/result.ts';
import type { AgentError, AgentResult, AgentUpdate, ProcessIdentity } from '../../../src/contracts/agent.ts';
import { GovernedTools } from '../../../src/tools/governedTools.ts';
import { RecordingSandbox } from '../../support/recordingSandbox.ts';
import {
  answering,
  chunkEvent,
  cuttingAfter,
  doneEvent,
  hangingUp,
  ScriptedUpstream,
  stallingAfter,
  stopEvent,
  streaming,
  textEvent,
  usageEvent,
  type Script,
} from '../../support/scriptedUpstream.ts';
import { TestGate, type Rule } from '../../support/testGate.ts';

const agentSource = path.join(import.meta.dirname, '../../../src/agent.ts');
const token = 'mission-token-0123456789';

const sent = z.object({
  model: z.string(),
  stream: z.literal(true),
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown() })),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })),
});

/** The model calls tools in one answer. */
function calling(...calls: readonly (readonly [string, unknown])[]): Script {
  const events = calls.map(([name, input], index) =>
    chunkEvent([
      {
        index: 0,
        delta: {
          tool_calls: [{ index, id: `call_${name}_${index}`, type: 'function', function: { name, arguments: JSON.stringify(input) } }],
        },
        finish_reason: null,
      },
    ]),
  );
  return streaming(...events, chunkEvent([{ index: 0, delta: {}, finish_reason: 'tool_calls' }]), usageEvent(10, 5), doneEvent);
}

const saying = (...texts: readonly string[]): Script => streaming(...texts.map(textEvent), stopEvent, usageEvent(10, 5), doneEvent);

describe('the built-in agent', function () {
  this.timeout(30_000);
  let cwd: string;
  let gate: TestGate;
  let sandbox: RecordingSandbox;
  let upstream: ScriptedUpstream | undefined;
  let updates: AgentUpdate[];
  let started: ProcessIdentity | undefined;

  beforeEach(() => {
    cwd = path.join(realpathSync(mkdtempSync(path.join(tmpdir(), 'gonogo-builtin-'))), 'worktree');
    mkdirSync(path.join(cwd, 'src'), { recursive: true });
    writeFileSync(path.join(cwd, 'src/total.js'), 'old');
    writeFileSync(path.join(cwd, 'unused.js'), '');
    sandbox = new RecordingSandbox();
    updates = [];
    started = undefined;
  });
  afterEach(async () => {
    await upstream?.close();
    upstream = undefined;
    assert.equal(started === undefined ? undefined : await processIdentity(started.pid), undefined, 'the agent is still there');
    rmSync(path.dirname(cwd), { recursive: true, force: true });
  });

  async function fly(
    scripts: readonly Script[],
    {
      rule,
      signal = new AbortController().signal,
      env,
    }: { rule?: Rule; signal?: AbortSignal; env?: Readonly<Record<string, string>> } = {},
  ): Promise<Result<AgentResult, AgentError>> {
    upstream = await ScriptedUpstream.start(...scripts);
    gate = new TestGate(rule);
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
      principal: { kind: 'agent', id: 'builtin/coder' },
      capability: 'token',
      listTracked: () => Promise.resolve(['src/total.js', 'unused.js']),
      environment: { PATH: '/usr/bin' },
      signal,
    });
    return new AcpAgentHost(systemClock).run(
      {
        id: 'builtin',
        argv: [process.execPath, agentSource],
        env: env ?? { GONOGO_GATEWAY_URL: `http://127.0.0.1:${upstream.port}/v1`, GONOGO_GATEWAY_TOKEN: token, GONOGO_MODEL: 'demo' },
      },
      { cwd, role: 'coder', instructions: 'You are Coder (role: coder). You change code.', text: 'Round totals half-even.' },
      tools,
      {
        signal,
        timeouts: { startMs: 20_000, promptMs: 20_000 },
        onUpdate: (update) => updates.push(update),
        onStarted: (identity) => {
          started = identity;
          return Promise.resolve();
        },
      },
    );
  }

  const requests = (): z.infer<typeof sent>[] => (upstream?.requests ?? []).map(({ body }) => sent.parse(JSON.parse(body)));
  /** What the tools answered before the model spoke for the n-th time. */
  const toolResults = (request: number): unknown[] =>
    (requests()[request]?.messages ?? []).filter(({ role }) => role === 'tool').map(({ content }) => content);

  it('works with the model and its tools until the model is done', async () => {
    sandbox.answer = () => Promise.resolve({ exitCode: 1, output: '1 failing', outputBytes: 9 });
    const result = await fly([
      calling(['list_files', {}], ['read_file', { path: 'src/total.js' }]),
      calling(
        ['write_file', { path: 'src/total.js', content: 'new – ü\n' }],
        ['delete_file', { path: 'unused.js' }],
        ['run_command', { argv: ['npm', 'test'] }],
      ),
      saying('All ', 'done.'),
    ]);
    assert.deepEqual(result, { ok: true, value: { stopReason: 'end_turn' } });
    assert.equal(readFileSync(path.join(cwd, 'src/total.js'), 'utf8'), 'new – ü\n');
    assert.equal(existsSync(path.join(cwd, 'unused.js')), false);
    assert.deepEqual(
      gate.decisions.map(({ draft }) => `${draft.kind} ${draft.resource}`),
      ['file.list .', 'file.read src/total.js', 'file.write src/total.js', 'file.delete unused.js', 'shell.exec npm test'],
    );
    assert.deepEqual(toolResults(1), ['src/total.js\nunused.js', 'old']);
    assert.deepEqual(toolResults(2).slice(2), ['written', 'deleted', 'exit code 1\n1 failing']);
  });

  it('tells the model what it is and what it may do, with the token of the mission', async () => {
    await fly([saying('Hello.')]);
    const [request] = requests();
    assert.ok(request);
    assert.equal(request.model, 'demo');
    assert.deepEqual(request.messages, [
      { role: 'system', content: 'You are Coder (role: coder). You change code.' },
      { role: 'user', content: 'Round totals half-even.' },
    ]);
    assert.deepEqual(request.tools.map((tool) => tool.function.name).sort(), [
      'delete_file',
      'list_files',
      'read_file',
      'run_command',
      'write_file',
    ]);
    assert.equal(upstream?.requests[0]?.headers.authorization, `Bearer ${token}`);
  });

  it('shows its words and its tools while it works', async () => {
    await fly([calling(['write_file', { path: 'src/key.js', content: 'x' }]), saying('Half', ' way')], {
      rule: () => 'that looks like a key',
    });
    assert.deepEqual(updates, [
      { kind: 'tool', title: 'Write src/key.js', status: 'in_progress' },
      { kind: 'tool', title: 'Write src/key.js', status: 'failed' },
      { kind: 'message', text: 'Half' },
      { kind: 'message', text: ' way' },
    ]);
  });

  it('gives a refusal to the model in words, and goes on', async () => {
    const rule: Rule = ({ kind, resource }) =>
      kind === 'shell.exec' || resource.includes('..') ? `\`${resource}\` is not allowed; stay inside` : undefined;
    const result = await fly(
      [
        calling(
          ['read_file', { path: '../../etc/passwd' }],
          ['run_command', { argv: ['sh', '-c', 'cat ../x > y'] }],
          ['read_file', { path: 'nowhere.js' }],
        ),
        calling(['no_such_tool', { path: 'x' }], ['write_file', { path: 'a.js' }]),
        saying('Understood.'),
      ],
      { rule },
    );
    assert.equal(result.ok, true);
    assert.deepEqual(toolResults(1), [
      'NO-GO: `../../etc/passwd` is not allowed; stay inside',
      "NO-GO: `sh -c 'cat ../x > y'` is not allowed; stay inside",
      '`nowhere.js` does not exist; list the files to see what does',
    ]);
    assert.equal(toolResults(2).length, 5);
    assert.deepEqual(sandbox.commands, []);
    assert.equal(existsSync(path.join(cwd, 'a.js')), false);
  });

  it('stops after forty steps', async () => {
    const result = await fly([calling(['list_files', { path: 'src' }])]);
    assert.deepEqual(result, { ok: true, value: { stopReason: 'max_turn_requests' } });
    assert.equal(upstream?.requests.length, 40);
  });

  describe('when the model cannot be used', () => {
    const spent = {
      error: {
        message: 'The budget of this mission is spent. Raise it and launch again.',
        type: 'insufficient_quota',
        param: null,
        code: 'mission-budget',
      },
    };
    const rows: readonly [string, Script, RegExp][] = [
      [
        'the budget is spent',
        answering(402, spent),
        /gave up and said `The model could not be used: The budget of this mission is spent\. Raise it/,
      ],
      [
        'the budget ends in the middle',
        streaming(textEvent('Half'), `data: ${JSON.stringify(spent)}\n\n`),
        /The budget of this mission is spent/,
      ],
      ['the answer is cut off', cuttingAfter(textEvent('Half')), /gave up and said `Half.*The model/],
      ['the answer ends without an end', streaming(textEvent('Half')), /gave up and said `Half.*The model/],
      ['the answer is garbage', answering(200, '<html>'), /gave up and said `.*The model/],
      ['nobody answers', hangingUp, /gave up and said `The model could not be used/],
    ];
    for (const [what, script, message] of rows) {
      it(`says why and ends cleanly: ${what}`, async () => {
        const result = await fly([script]);
        assert.ok(!result.ok);
        assert.equal(result.error.code, 'agent-refused');
        assert.match(result.error.message, message);
        assert.equal(upstream?.requests.length, 1);
      });
    }
  });

  it('stops in the middle of an answer when it is cancelled', async () => {
    const cancel = new AbortController();
    const flying = fly([stallingAfter(textEvent('Thinking'))], { signal: cancel.signal });
    while (upstream === undefined) await new Promise((resolve) => setImmediate(resolve));
    await upstream.nextRequest();
    cancel.abort();
    const result = await flying;
    assert.ok(!result.ok);
    assert.equal(result.error.code, 'agent-cancelled');
  });

  it('says which part of its environment is missing, without its value', async () => {
    const result = await fly([saying('')], { env: { GONOGO_GATEWAY_URL: 'not-a-url-secret', GONOGO_MODEL: 'demo' } });
    assert.ok(!result.ok);
    assert.equal(result.error.code, 'agent-start');
    assert.match(result.error.message, /lacks a valid `GONOGO_GATEWAY_URL`, `GONOGO_GATEWAY_TOKEN`/);
    assert.doesNotMatch(result.error.message, /secret/);
  });
});
