import assert from 'node:assert/strict';
import fc from 'fast-check';
import { messagesRequest } from '../../../src/gateway/anthropic/messagesRequest.ts';
import { messagesObjection } from '../../support/scriptedAnthropic.ts';

const user = { role: 'user', content: 'Hello' };

function translated(chat: object): unknown {
  const result = messagesRequest(JSON.stringify({ model: 'claude', max_tokens: 100, ...chat }));
  if (!result.ok) throw new Error(result.error.message);
  const body: unknown = JSON.parse(result.value);
  assert.equal(messagesObjection(body), undefined);
  return body;
}

function check(chat: object, expected: object): void {
  assert.deepEqual(translated(chat), { model: 'claude', max_tokens: 100, ...expected });
}

function refused(chat: object): string {
  const result = messagesRequest(JSON.stringify({ model: 'claude', max_tokens: 100, messages: [user], ...chat }));
  assert.ok(!result.ok, JSON.stringify(chat));
  assert.deepEqual([result.error.status, result.error.code], [400, 'unsupported_request']);
  return result.error.message;
}

const text = (said: string): object => ({ type: 'text', text: said });
const call = (id: string, name: string, args: string): object => ({ id, type: 'function', function: { name, arguments: args } });

describe('a chat completion request for the Messages API', () => {
  it('puts instructions apart, wherever they stand', () => {
    check(
      {
        messages: [
          { role: 'system', content: 'You are Coder.' },
          user,
          { role: 'developer', content: [text('Be brief.'), text('')] },
          { role: 'user', content: [text('Again')] },
        ],
      },
      { system: [text('You are Coder.'), text('Be brief.')], messages: [{ role: 'user', content: [text('Hello'), text('Again')] }] },
    );
  });

  it('turns tool calls and their results into blocks, results first and together', () => {
    check(
      {
        messages: [
          user,
          {
            role: 'assistant',
            content: 'I look.',
            tool_calls: [call('toolu_1', 'list_files', ''), call('call.2', 'read_file', '{"path":"a","n":1.5}')],
          },
          { role: 'user', content: 'Hurry' },
          { role: 'tool', tool_call_id: 'toolu_1', content: '' },
          { role: 'tool', tool_call_id: 'call.2', content: [text('body')] },
          { role: 'assistant', content: null, tool_calls: [] },
          { role: 'assistant', content: [text('Done'), { type: 'refusal', refusal: 'no more' }] },
          { role: 'user', content: 'Thanks' },
        ],
      },
      {
        messages: [
          { role: 'user', content: [text('Hello')] },
          {
            role: 'assistant',
            content: [
              text('I look.'),
              { type: 'tool_use', id: 'toolu_1', name: 'list_files', input: {} },
              { type: 'tool_use', id: 'call_2', name: 'read_file', input: { path: 'a', n: 1.5 } },
            ],
          },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 'toolu_1' },
              { type: 'tool_result', tool_use_id: 'call_2', content: [text('body')] },
              text('Hurry'),
            ],
          },
          { role: 'assistant', content: [text('Done'), text('no more')] },
          { role: 'user', content: [text('Thanks')] },
        ],
      },
    );
  });

  it('describes tools and how they may be chosen', () => {
    const parameters = {
      $schema: 'x',
      type: 'object',
      properties: { path: { type: 'string' } },
      required: ['path'],
      additionalProperties: false,
    };
    const tools = [
      { type: 'function', function: { name: 'read_file', description: 'Reads', parameters, strict: true } },
      { type: 'function', function: { name: 'now' } },
    ];
    const expected = {
      messages: [{ role: 'user', content: [text('Hello')] }],
      tools: [
        { name: 'read_file', description: 'Reads', input_schema: parameters },
        { name: 'now', input_schema: { type: 'object', properties: {} } },
      ],
    };
    const rows: [object, object][] = [
      [{}, {}],
      [{ tool_choice: 'auto' }, {}],
      [{ tool_choice: 'auto', parallel_tool_calls: false }, { tool_choice: { type: 'auto', disable_parallel_tool_use: true } }],
      [{ parallel_tool_calls: false }, { tool_choice: { type: 'auto', disable_parallel_tool_use: true } }],
      [{ parallel_tool_calls: true }, {}],
      [{ tool_choice: 'none', parallel_tool_calls: false }, { tool_choice: { type: 'none' } }],
      [{ tool_choice: 'required' }, { tool_choice: { type: 'any' } }],
      [{ tool_choice: { type: 'function', function: { name: 'now' } } }, { tool_choice: { type: 'tool', name: 'now' } }],
    ];
    for (const [given, choice] of rows) check({ messages: [user], tools, ...given }, { ...expected, ...choice });
    check({ messages: [user], tools: [], tool_choice: 'required', parallel_tool_calls: false }, { messages: expected.messages });
  });

  it('says limits, stops and sampling in its words, and leaves hints to OpenAI out', () => {
    const messages = [{ role: 'user', content: [text('Hello')] }];
    const rows: [object, object][] = [
      [{ max_tokens: 50, max_completion_tokens: 60 }, { max_tokens: 50 }],
      [{ max_tokens: null, max_completion_tokens: 60 }, { max_tokens: 60 }],
      [{ stop: 'END' }, { stop_sequences: ['END'] }],
      [{ stop: ['A', 'B'] }, { stop_sequences: ['A', 'B'] }],
      [{ stop: null, temperature: 1.7 }, { temperature: 1 }],
      [{ temperature: 0, top_p: 0.5 }, { temperature: 0 }],
      [{ top_p: 0.5 }, { top_p: 0.5 }],
      [{ stream: true, stream_options: { include_usage: true } }, { stream: true }],
      [
        {
          stream: false,
          n: 1,
          user: 'u',
          seed: 1,
          store: true,
          reasoning_effort: 'high',
          response_format: { type: 'text' },
          logprobs: false,
        },
        {},
      ],
    ];
    for (const [given, expected] of rows) check({ messages: [user], ...given }, { messages, ...expected });
  });

  it('passes images on', () => {
    const url = (address: string): object => ({ type: 'image_url', image_url: { url: address, detail: 'low' } });
    check(
      { messages: [{ role: 'user', content: [text('See'), url('data:image/png;base64,aGk='), url('https://a.example/b.jpg')] }] },
      {
        messages: [
          {
            role: 'user',
            content: [
              text('See'),
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
              { type: 'image', source: { type: 'url', url: 'https://a.example/b.jpg' } },
            ],
          },
        ],
      },
    );
    for (const bad of ['http://a.example/b.jpg', 'data:image/svg+xml;base64,aGk=', 'data:text/html,x', 'file:///etc/passwd'])
      assert.match(refused({ messages: [{ role: 'user', content: [url(bad)] }] }), /an image must be/);
  });

  it('trims what the model is to continue', () => {
    check(
      { messages: [user, { role: 'assistant', content: 'The sum is \n' }] },
      {
        messages: [
          { role: 'user', content: [text('Hello')] },
          { role: 'assistant', content: [text('The sum is')] },
        ],
      },
    );
    check({ messages: [user, { role: 'assistant', content: ' \n' }] }, { messages: [{ role: 'user', content: [text('Hello')] }] });
  });

  it('refuses what it cannot say rather than leave it out', () => {
    const rows: [object, RegExp][] = [
      [{ n: 2 }, /`n` must be 1/],
      [{ response_format: { type: 'json_object' } }, /`response_format.type` must be `text`/],
      [{ response_format: { type: 'json_schema', json_schema: {} } }, /`response_format.type`/],
      [{ logprobs: true }, /`logprobs` is not available/],
      [{ functions: [] }, /`functions` is not available/],
      [{ tools: [{ type: 'web_search' }] }, /`tools.0/],
      [{ messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] }, /`messages.0.content/],
      [{ messages: [{ role: 'function', name: 'f', content: 'x' }] }, /`messages.0.role`/],
      [{ messages: [{ role: 'system', content: 'alone' }] }, /instructions only/],
      [{ messages: [user, { role: 'assistant', tool_calls: [call('1', 'f', '[1]')] }] }, /`messages.1`: the arguments of the call of `f`/],
      [{ messages: [user, { role: 'assistant', tool_calls: [call('1', 'f', '{"a"')] }] }, /are not a JSON object/],
      [{ temperature: 'hot' }, /`temperature`/],
      [{ max_tokens: null }, /`max_tokens` is missing/],
    ];
    for (const [given, message] of rows) assert.match(refused(given), message);
  });

  it('is one the API takes, or a refusal, for any conversation', () => {
    const words = fc.oneof(fc.string(), fc.constantFrom('', ' ', 'a\n'));
    const parts = fc.array(words.map(text), { maxLength: 3 });
    const ids = fc.constantFrom('a', 'b.c', 'd e');
    // Calls are answered at once, as a client has to; the rest comes in any order.
    const exchange = fc
      .uniqueArray(ids, { minLength: 1 })
      .map((called) => [
        { role: 'assistant', content: null, tool_calls: called.map((each) => call(each, 'f', '{}')) },
        ...called.map((each) => ({ role: 'tool', tool_call_id: each, content: 'done' })),
      ]);
    const spoken = fc.record({ role: fc.constantFrom('system', 'user', 'assistant'), content: fc.oneof(words, parts) }).map((one) => [one]);
    fc.assert(
      fc.property(fc.array(fc.oneof(exchange, spoken), { maxLength: 6 }), (turns) => {
        const chat = { model: 'm', max_tokens: 1, messages: [user, ...turns.flat()] };
        const result = messagesRequest(JSON.stringify(chat));
        assert.ok(result.ok);
        assert.equal(messagesObjection(JSON.parse(result.value)), undefined, result.value);
      }),
    );
  });
});
