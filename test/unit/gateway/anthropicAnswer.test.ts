import assert from 'node:assert/strict';
import { MessageStream } from '../../../src/gateway/anthropic/messageStream.ts';
import { wholeMessage } from '../../../src/gateway/anthropic/wholeMessage.ts';
import { SseSplitter } from '../../../src/gateway/sseEvents.ts';
import { messageEnd, messageEvent, messageStart, textBlock, toolBlock } from '../../support/scriptedAnthropic.ts';

const NOW = 1_700_000_000_999;
const HEAD = { id: 'msg_01Scripted', model: 'scripted-1', object: 'chat.completion.chunk', created: 1_700_000_000 };

/** What a stream says, event by event, as the values a client reads; `garbage` where it breaks. */
function chunksOf(...events: readonly string[]): unknown[] {
  const stream = new MessageStream(NOW);
  const splitter = new SseSplitter();
  const said: unknown[] = [];
  for (const event of splitter.push(Buffer.from(events.join('')))) {
    const text = stream.take(event.data);
    if (text === undefined) return [...said, 'garbage'];
    for (const line of text.split('\n\n').filter((each) => each !== '')) {
      said.push(line.startsWith('data: {') ? (JSON.parse(line.slice(6)) as unknown) : line);
    }
  }
  assert.equal(splitter.rest.length, 0);
  return said;
}

const delta = (given: object, finish: string | null = null, more: object = {}): object => ({
  ...HEAD,
  choices: [{ index: 0, delta: given, finish_reason: finish }],
  ...more,
});
const usage = (prompt: number, completion: number, cached = 0): object => ({
  usage: {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached },
  },
});
const begin = (prompt: number, cached = 0): object => delta({ role: 'assistant', content: '' }, null, usage(prompt, 1, cached));

describe('a stream of the Messages API', () => {
  it('reads as a stream of chunks, with the usage last', () => {
    assert.deepEqual(
      chunksOf(
        messageStart({ input: 100, cacheWrite: 20, cacheRead: 3 }),
        messageEvent('ping'),
        textBlock(0, 'Hel', 'lo'),
        messageEnd('end_turn', 12),
      ),
      [
        begin(123, 3),
        ': ping',
        delta({ content: 'Hel' }),
        delta({ content: 'lo' }),
        delta({}, 'stop'),
        { ...HEAD, choices: [], ...usage(123, 12, 3) },
        'data: [DONE]',
      ],
    );
  });

  it('numbers tool calls by themselves, and sends their input as it came', () => {
    const call = (index: number, more: object): object => delta({ tool_calls: [{ index, ...more }] });
    assert.deepEqual(
      chunksOf(
        messageStart({ input: 1 }),
        textBlock(0, 'I look.'),
        toolBlock(1, 'toolu_1', 'read_file', '{"path": "sr', 'c/a.js", "n": 12345678901234567890}'),
        toolBlock(2, 'toolu_2', 'now'),
        messageEnd('tool_use', 30),
      ),
      [
        begin(1),
        delta({ content: 'I look.' }),
        call(0, { id: 'toolu_1', type: 'function', function: { name: 'read_file', arguments: '' } }),
        call(0, { function: { arguments: '{"path": "sr' } }),
        call(0, { function: { arguments: 'c/a.js", "n": 12345678901234567890}' } }),
        call(1, { id: 'toolu_2', type: 'function', function: { name: 'now', arguments: '' } }),
        call(1, { function: { arguments: '{}' } }),
        delta({}, 'tool_calls'),
        { ...HEAD, choices: [], ...usage(1, 30) },
        'data: [DONE]',
      ],
    );
  });

  it('passes thoughts on as reasoning and leaves out what it does not know', () => {
    const thinking = [
      messageEvent('content_block_start', { index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }),
      messageEvent('content_block_delta', { index: 0, delta: { type: 'thinking_delta', thinking: 'Hm' } }),
      messageEvent('content_block_delta', { index: 0, delta: { type: 'signature_delta', signature: 'abc' } }),
      messageEvent('content_block_stop', { index: 0 }),
      messageEvent('content_block_start', { index: 1, content_block: { type: 'server_tool_use', id: 's', name: 'web_search', input: {} } }),
      messageEvent('content_block_delta', { index: 1, delta: { type: 'input_json_delta', partial_json: '{"q":1}' } }),
      messageEvent('content_block_stop', { index: 1 }),
      messageEvent('some_later_event', { anything: 1 }),
    ];
    const said = chunksOf(messageStart({ input: 1 }), ...thinking, messageEnd('end_turn', 2));
    assert.deepEqual(said.slice(1, -3), [delta({ reasoning_content: 'Hm' })]);
  });

  it('says why it stopped', () => {
    const rows: [string, string][] = [
      ['end_turn', 'stop'],
      ['stop_sequence', 'stop'],
      ['pause_turn', 'stop'],
      ['max_tokens', 'length'],
      ['model_context_window_exceeded', 'length'],
      ['tool_use', 'tool_calls'],
      ['refusal', 'content_filter'],
      ['some_later_reason', 'stop'],
    ];
    for (const [reason, finish] of rows) {
      assert.deepEqual(chunksOf(messageStart({ input: 1 }), messageEnd(reason, 1))[1], delta({}, finish), reason);
    }
  });

  it('takes usage that is reported again at the end, and keeps what is not', () => {
    const end = messageEvent('message_delta', {
      delta: { stop_reason: 'end_turn' },
      usage: { input_tokens: 40, output_tokens: 7, cache_read_input_tokens: null },
    });
    assert.deepEqual(chunksOf(messageStart({ input: 30, cacheRead: 5 }), end).at(-1), { ...HEAD, choices: [], ...usage(45, 7, 5) });
  });

  it('passes an error on in the middle', () => {
    const error = { type: 'overloaded_error', message: 'Overloaded' };
    assert.deepEqual(chunksOf(messageStart({ input: 1 }), messageEvent('error', { error })).at(-1), { error });
  });

  it('knows what is no event', () => {
    const rows = [
      'data: nonsense\n\n',
      'data: []\n\n',
      'data: {"choices":[]}\n\n',
      textBlock(0, 'before the start'),
      messageStart({ input: -1 }),
      messageEvent('message_start', {}),
      messageStart({ input: 1 }) + messageEvent('content_block_start', { index: 0, content_block: { type: 'tool_use', name: 'f' } }),
      messageStart({ input: 1 }) + messageEvent('content_block_delta', { index: 0, delta: { type: 'text_delta' } }),
      messageStart({ input: 1 }) + messageEvent('content_block_delta', { delta: { type: 'text_delta', text: 'x' } }),
    ];
    for (const row of rows) assert.equal(chunksOf(row).at(-1), 'garbage', row);
  });
});

describe('a message in one piece', () => {
  const message = (content: readonly object[], more: object = {}): string =>
    JSON.stringify({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude',
      content,
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 10, cache_creation_input_tokens: 1, cache_read_input_tokens: 2, output_tokens: 3 },
      ...more,
    });

  it('reads as a chat completion', () => {
    const content = [
      { type: 'thinking', thinking: 'Hm', signature: 's' },
      { type: 'text', text: 'Two ' },
      { type: 'text', text: 'calls', citations: null },
      { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: [1] } },
      { type: 'tool_use', id: 'toolu_2', name: 'g', input: {} },
      { type: 'web_search_tool_result', tool_use_id: 'x', content: [] },
    ];
    assert.deepEqual(JSON.parse(wholeMessage(message(content, { stop_reason: 'tool_use' }), NOW)), {
      id: 'msg_1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'claude',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'Two calls',
            reasoning_content: 'Hm',
            tool_calls: [
              { id: 'toolu_1', type: 'function', function: { name: 'f', arguments: '{"a":[1]}' } },
              { id: 'toolu_2', type: 'function', function: { name: 'g', arguments: '{}' } },
            ],
          },
          finish_reason: 'tool_calls',
        },
      ],
      ...usage(13, 3, 2),
    });
    assert.match(wholeMessage(message([]), NOW), /"content":null.*"finish_reason":"stop"/);
  });

  it('leaves what is none as it is', () => {
    for (const text of [
      '<html>',
      '{}',
      '[]',
      '{"type":"error","error":{"type":"api_error","message":"no"}}',
      message([{ type: 'text' }]),
      message([{ type: 'tool_use', id: 'x', name: 'f', input: 'no' }]),
    ])
      assert.equal(wholeMessage(text, NOW), text);
  });
});
