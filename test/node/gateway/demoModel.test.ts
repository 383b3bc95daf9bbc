import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { isStepCount, streamText, tool } from 'ai';
import { z } from 'zod';
import { systemClock } from '../../../src/base/clock.ts';
import { startDemoModel, type DemoModel } from '../../../src/gateway/demoModel.ts';
import { RecordingLogger } from '../../support/recordingLogger.ts';
import { GatewayRig } from './gatewayRig.ts';

const script = {
  name: 'demo-test',
  agents: {
    coder: [
      {
        say: 'I read two files. ⚖️ Grüße',
        call: [
          { tool: 'read_file', input: { path: 'a.js' } },
          { tool: 'read_file', input: { path: 'ü "quoted"\n.js' } },
        ],
      },
      { expect: 'text of a.js', say: 'And write one.', call: [{ tool: 'write_file', input: { path: 'a.js', content: 'x'.repeat(500) } }] },
      { say: 'That is it.' },
    ],
  },
};

describe('the demo model', () => {
  let folder: string;
  let demo: DemoModel | undefined;
  let rig: GatewayRig | undefined;

  const start = async (content: unknown = script): Promise<DemoModel> => {
    const scriptPath = join(folder, 'script.json');
    writeFileSync(scriptPath, JSON.stringify(content));
    demo = await startDemoModel({ scriptPath, clock: systemClock, logger: new RecordingLogger() });
    return demo;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gonogo-demo-'));
  });
  afterEach(async () => {
    await rig?.stop();
    await demo?.close();
    rig = demo = undefined;
    rmSync(folder, { recursive: true });
  });

  const post = (model: DemoModel, body: object, key = model.upstream.apiKey): Promise<Response> =>
    fetch(`${model.upstream.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });

  it('drives the `ai` SDK through the gateway, tool calls and all, and every token is paid for', async () => {
    const { upstream } = await start();
    rig = await GatewayRig.start({ upstream });
    const provider = createOpenAICompatible({ name: 'gonogo', baseURL: rig.endpoint.baseUrl, apiKey: rig.token, includeUsage: true });
    const calls: unknown[] = [];
    const result = streamText({
      model: provider.chatModel(upstream.model),
      instructions: 'You are Coder (role: coder).',
      prompt: 'Round half to even.',
      stopWhen: isStepCount(10),
      maxRetries: 0,
      tools: {
        read_file: tool({ inputSchema: z.object({ path: z.string() }), execute: ({ path }) => (calls.push(path), `text of ${path}`) }),
        write_file: tool({
          inputSchema: z.object({ path: z.string(), content: z.string() }),
          execute: (input) => (calls.push(input), 'written'),
        }),
      },
    });
    let text = '';
    let deltas = 0;
    const errors: unknown[] = [];
    for await (const part of result.stream) {
      if (part.type === 'error') errors.push(part.error);
      if (part.type !== 'text-delta') continue;
      text += part.text;
      deltas += 1;
    }
    assert.deepEqual(errors, []);
    assert.equal(text, 'I read two files. ⚖️ GrüßeAnd write one.That is it.');
    assert.ok(deltas > 3, `the text came in ${deltas} pieces`);
    assert.deepEqual(calls, ['a.js', 'ü "quoted"\n.js', { path: 'a.js', content: 'x'.repeat(500) }]);
    assert.equal(await result.finishReason, 'stop');
    const usage = await result.usage;
    assert.deepEqual(rig.money, { spent: (usage.inputTokens ?? 0) * 3 + (usage.outputTokens ?? 0) * 15, reserved: 0 });
    assert.ok((usage.outputTokens ?? 0) > 125, 'the written file counts');
    assert.equal(rig.gate.outcomes.length, 3);
    assert.partialDeepStrictEqual(rig.outcome, { model: 'demo-test', demo: true, estimated: false });
  });

  it('goes on where a conversation is, whoever began it', async () => {
    const model = await start();
    const messages = [
      { role: 'system', content: 'You are Coder (role: coder).' },
      { role: 'user', content: 'Go.' },
      { role: 'assistant', content: 'something' },
      { role: 'tool', tool_call_id: 'x', content: [{ type: 'text', text: 'text of a.js' }] },
      { role: 'assistant', content: 'something else' },
    ];
    const answer = z.object({ choices: z.array(z.object({ message: z.unknown(), finish_reason: z.string() })) });
    const third = answer.parse(await (await post(model, { messages })).json());
    assert.deepEqual(third.choices[0], { message: { role: 'assistant', content: 'That is it.' }, finish_reason: 'stop' });
    const past = answer.parse(await (await post(model, { messages: [...messages, { role: 'assistant', content: 'x' }] })).json());
    assert.deepEqual(past.choices[0]?.message, { role: 'assistant', content: 'Done.' });
    const second = answer.parse(await (await post(model, { messages: messages.slice(0, 4) })).json());
    assert.deepEqual(second.choices[0], {
      message: {
        role: 'assistant',
        content: 'And write one.',
        tool_calls: [
          {
            id: 'call_1_0',
            type: 'function',
            function: { name: 'write_file', arguments: JSON.stringify({ path: 'a.js', content: 'x'.repeat(500) }) },
          },
        ],
      },
      finish_reason: 'tool_calls',
    });
  });

  it('ends an answer where `max_tokens` ends it', async () => {
    const model = await start();
    const messages = [{ role: 'user', content: 'Go.' }];
    const answer = z.object({
      choices: z.array(z.object({ finish_reason: z.string() })),
      usage: z.object({ completion_tokens: z.number() }),
    });
    const { choices, usage } = answer.parse(await (await post(model, { messages, max_completion_tokens: 10 })).json());
    assert.equal(choices[0]?.finish_reason, 'length');
    assert.ok(usage.completion_tokens > 0 && usage.completion_tokens <= 10);
  });

  it('refuses a wrong key, another path, and what is no request', async () => {
    const model = await start();
    assert.equal((await post(model, { messages: [{ role: 'user' }] }, 'wrong')).status, 401);
    assert.equal((await post(model, { messages: [] })).status, 400);
    assert.equal((await post(model, { messages: [{ role: 'system', content: 'You are X (role: pilot).' }] })).status, 400);
    const headers = { authorization: `Bearer ${model.upstream.apiKey}` };
    assert.equal((await fetch(`${model.upstream.baseUrl}/models`, { headers })).status, 404);
  });

  it('says what it expected when the tools answered something else', async () => {
    const model = await start();
    const messages = [
      { role: 'user', content: 'Go.' },
      { role: 'assistant', content: 'x' },
      { role: 'tool', content: 'NO-GO: not that file' },
    ];
    const response = await post(model, { messages });
    assert.equal(response.status, 400);
    assert.match(await response.text(), /expects `text of a\.js` at turn 1 and got `NO-GO: not that file`/);
  });

  it('does not start with a bad script', async () => {
    await assert.rejects(
      start({ name: 'x', agents: { coder: [{ says: 'typo' }] } }),
      /the demo script `.*script\.json` is not valid at `agents\.coder\.0`: .*says/,
    );
  });
});
