import assert from 'node:assert/strict';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, isStepCount, streamText, tool } from 'ai';
import { z } from 'zod';
import {
  ANTHROPIC_KEY,
  anthropicError,
  messageEnd,
  messageEvent,
  messages,
  messageStart,
  strictly,
  textBlock,
  toolBlock,
} from '../../support/scriptedAnthropic.ts';
import { answering, cuttingAfter, type Script } from '../../support/scriptedUpstream.ts';
import { GatewayRig, MESSAGES, MODEL } from './gatewayRig.ts';

const whole = (content: readonly object[], stop_reason: string, output: number): Script =>
  strictly(
    answering(200, {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: MODEL,
      content,
      stop_reason,
      stop_sequence: null,
      usage: { input_tokens: 100, cache_creation_input_tokens: 10, cache_read_input_tokens: 90, output_tokens: output },
    }),
  );
const use = { input: 100, cacheWrite: 10, cacheRead: 90 };
const STREAM = { stream: true, max_tokens: 100, messages: MESSAGES };
const errorBody = z.object({ error: z.object({ message: z.string(), code: z.string() }) });

describe('the gateway and an Anthropic upstream', () => {
  let rig: GatewayRig;
  const start = async (...scripts: readonly Script[]): Promise<void> => {
    rig = await GatewayRig.start({ scripts, upstream: { protocol: 'anthropic', apiKey: ANTHROPIC_KEY } });
  };
  afterEach(async () => {
    await rig.stop();
    assert.equal(rig.clock.pending, 0, 'a timer was left behind');
  });

  const model = () =>
    createOpenAICompatible({ name: 'gonogo', baseURL: rig.endpoint.baseUrl, apiKey: rig.token, includeUsage: true }).chatModel(MODEL);
  const looked: string[] = [];
  const tools = {
    read_file: tool({
      description: 'Reads a file',
      inputSchema: z.object({ path: z.string() }),
      execute: ({ path }) => {
        looked.push(path);
        return `content of ${path}`;
      },
    }),
    now: tool({ inputSchema: z.object({}), execute: () => 'noon' }),
  };
  const ask = { instructions: 'You are Coder.', prompt: 'Round half-even.', tools, stopWhen: isStepCount(5), maxRetries: 0 } as const;

  /** What the second request said of the first answer's calls: the whole round trip in Anthropic's words. */
  function assertSecondRequest(): void {
    const body = z.object({ system: z.unknown(), messages: z.array(z.unknown()) }).parse(JSON.parse(rig.upstream.requests[1]?.body ?? ''));
    assert.deepEqual(body, {
      system: [{ type: 'text', text: 'You are Coder.' }],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Round half-even.' }] },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'I look.' },
            { type: 'tool_use', id: 'toolu_1', name: 'read_file', input: { path: 'src/a.js' } },
            { type: 'tool_use', id: 'toolu_2', name: 'now', input: {} },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_1', content: 'content of src/a.js' },
            { type: 'tool_result', tool_use_id: 'toolu_2', content: 'noon' },
          ],
        },
      ],
    });
  }

  it('streams to the real SDK, with tools, and books the usage', async () => {
    looked.length = 0;
    await start(
      messages(
        messageStart(use),
        messageEvent('ping'),
        textBlock(0, 'I ', 'look.'),
        toolBlock(1, 'toolu_1', 'read_file', '{"path": "src', '/a.js"}'),
        toolBlock(2, 'toolu_2', 'now'),
        messageEnd('tool_use', 50),
      ),
      messages(messageStart({ input: 300 }), textBlock(0, 'Grüße ', '⚖'), messageEnd('end_turn', 20)),
    );
    const result = streamText({ model: model(), ...ask });
    assert.equal(await result.text, 'Grüße ⚖');
    assert.deepEqual(looked, ['src/a.js']);
    assert.equal(await result.finishReason, 'stop');
    const steps = await result.steps;
    assert.deepEqual(
      steps.map(({ usage, finishReason }) => [
        finishReason,
        usage.inputTokens,
        usage.outputTokens,
        usage.inputTokenDetails.cacheReadTokens,
      ]),
      [
        ['tool-calls', 200, 50, 90],
        ['stop', 300, 20, 0],
      ],
    );
    assertSecondRequest();
    assert.deepEqual(rig.money, { spent: 500 * 3 + 70 * 15, reserved: 0 });
    assert.equal(rig.outcome['estimated'], false);
  });

  it('answers the real SDK in one piece, with tools, and books the usage', async () => {
    looked.length = 0;
    await start(
      whole(
        [
          { type: 'text', text: 'I look.' },
          { type: 'tool_use', id: 'toolu_1', name: 'read_file', input: { path: 'src/a.js' } },
          { type: 'tool_use', id: 'toolu_2', name: 'now', input: {} },
        ],
        'tool_use',
        50,
      ),
      whole([{ type: 'text', text: 'Done.' }], 'end_turn', 20),
    );
    const result = await generateText({ model: model(), ...ask, toolChoice: 'auto', temperature: 0.2, stopSequences: ['END'] });
    assert.equal(result.text, 'Done.');
    assert.deepEqual(looked, ['src/a.js']);
    assertSecondRequest();
    assert.deepEqual(rig.money, { spent: 400 * 3 + 70 * 15, reserved: 0 });
    const sent = z.looseObject({}).parse(JSON.parse(rig.upstream.requests[0]?.body ?? ''));
    assert.deepEqual([sent['temperature'], sent['stop_sequences'], sent['stream']], [0.2, ['END'], undefined]);
  });

  it('decides the exact bytes that go out, and lowers the limit to the room', async () => {
    await start(messages(messageStart({ input: 1 }), textBlock(0, 'ok'), messageEnd('end_turn', 1)));
    await (await rig.post({ ...STREAM, max_tokens: 1_000_000 })).text();
    const [request] = rig.upstream.requests;
    const { max_tokens: limit } = z.object({ max_tokens: z.number() }).parse(JSON.parse(request?.body ?? ''));
    assert.ok(limit > 20_000 && limit < 30_000, String(limit));
    assert.partialDeepStrictEqual(rig.gate.decisions[0]?.draft.input, { maxOutputTokens: limit });
  });

  it('says in words what cannot be asked, before anything is decided', async () => {
    await start(messages());
    const response = await rig.post({ ...STREAM, n: 3 });
    const { error } = errorBody.parse(await response.json());
    assert.deepEqual([response.status, error.code], [400, 'unsupported_request']);
    assert.match(error.message, /`n` must be 1/);
    assert.deepEqual([rig.gate.decisions.length, rig.upstream.requests.length, rig.money.reserved], [0, 0, 0]);
  });

  const refusals: [number, string, string, Record<string, string>, number, string, RegExp][] = [
    [400, 'invalid_request_error', 'prompt is too long', {}, 400, 'upstream_refused', /It says: prompt is too long$/],
    [
      403,
      'permission_error',
      `no ${ANTHROPIC_KEY}`,
      {},
      502,
      'upstream_key_refused',
      /refused the key \(status 403\); run GoNoGo: Set Up Model…/,
    ],
    [404, 'not_found_error', 'model: scripted-1', {}, 404, 'upstream_refused', /It says: model: scripted-1$/],
    [
      429,
      'rate_limit_error',
      'too fast',
      { 'retry-after': '90' },
      429,
      'upstream_busy',
      /asks for fewer calls; try again in 90 s\. It says: too fast$/,
    ],
    [429, 'rate_limit_error', 'too fast', { 'retry-after': '600' }, 429, 'upstream_busy', /try again in 10 min\./],
    [529, 'overloaded_error', `busy ${ANTHROPIC_KEY}`, {}, 502, 'upstream_busy', /status 529\. Try again later\. It says: busy \[key\]$/],
  ];
  for (const [status, type, said, headers, expected, code, message] of refusals) {
    it(`passes ${status} ${type} on${headers['retry-after'] === undefined ? '' : ` after ${headers['retry-after']} s`}`, async () => {
      await start(strictly(answering(status, anthropicError(type, said), headers)));
      const response = await rig.post(STREAM);
      const text = await response.text();
      const { error } = errorBody.parse(JSON.parse(text));
      assert.deepEqual([response.status, error.code], [expected, code]);
      assert.match(error.message, message);
      assert.equal(rig.upstream.requests.length, status === 529 ? 3 : 1);
      assert.deepEqual(rig.money, { spent: 0, reserved: 0 });
      assert.doesNotMatch(JSON.stringify([text, rig.gate.outcomes, rig.logger.records]), new RegExp(ANTHROPIC_KEY));
    });
  }

  it('ends with an error the agent understands when the stream breaks, and books what it cost', async () => {
    const begun =
      messageStart({ input: 1000 }) + messageEvent('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
    const said = messageEvent('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'x'.repeat(400) } });
    const overloaded = messageEvent('error', { error: { type: 'overloaded_error', message: `Overloaded ${ANTHROPIC_KEY}` } });
    await start(strictly(cuttingAfter(begun, said)), messages(begun, said, overloaded), messages(begun, said, 'data: {"odd":1}\n\n'));
    const expected: [string, RegExp][] = [
      ['upstream_cut', /half-way/],
      ['upstream_busy', /It says: Overloaded \[key\]$/],
      ['upstream_garbage', /not a chat completion/],
    ];
    for (const [n, [code, message]] of expected.entries()) {
      const text = await (await rig.post({ ...STREAM, max_tokens: 1000 })).text();
      const events = text.trim().split('\n\n');
      assert.match(events[1] ?? '', /"content":"x{400}"/);
      const { error } = errorBody.parse(JSON.parse(events.at(-1)?.slice('data: '.length) ?? ''));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      // The input as reported, the output as counted.
      assert.deepEqual(rig.money, { spent: (n + 1) * (1000 * 3 + 100 * 15), reserved: 0 });
      assert.equal(rig.outcome['estimated'], true);
    }
  });

  it('stops a stream that costs more than was set aside', async () => {
    const flood = messageEvent('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'y'.repeat(4_000) } });
    await start(
      messages(
        messageStart({ input: 10 }),
        messageEvent('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
        ...Array.from({ length: 20 }, () => flood),
        messageEnd('end_turn', 20_000),
      ),
    );
    const text = await (await rig.post(STREAM)).text();
    assert.match(text, /insufficient_quota/);
    assert.ok(text.length < 10_000, String(text.length));
  });
});
