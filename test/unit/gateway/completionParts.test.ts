import assert from 'node:assert/strict';
import { readPart, type CompletionPart } from '../../../src/gateway/completionParts.ts';

const delta = (content: string): object => ({ index: 0, delta: { content }, finish_reason: null });
const plain = { kind: 'completion', outputBytes: 0, usage: undefined, usageOnly: false, finished: false } as const;

describe('readPart', () => {
  const rows: [string, string | undefined, CompletionPart][] = [
    ['a comment', undefined, { kind: 'comment' }],
    ['the end', '[DONE]', { kind: 'done' }],
    ['text', JSON.stringify({ choices: [delta('four')] }), { ...plain, outputBytes: 4 }],
    ['an empty usage beside text', JSON.stringify({ choices: [delta('four')], usage: null }), { ...plain, outputBytes: 4 }],
    ['the end of a choice', JSON.stringify({ choices: [{ delta: {}, finish_reason: 'length' }] }), { ...plain, finished: true }],
    [
      'usage alone',
      JSON.stringify({
        choices: [],
        usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12, prompt_tokens_details: { cached_tokens: 4 } },
      }),
      { ...plain, usage: { inputTokens: 5, outputTokens: 7 }, usageOnly: true },
    ],
    [
      'reasoning that only the total holds',
      JSON.stringify({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 112 } }),
      { ...plain, usage: { inputTokens: 5, outputTokens: 107 }, usageOnly: true },
    ],
    ['a usage of nothing', JSON.stringify({ choices: [], usage: { prompt_tokens: 0, completion_tokens: 0 } }), plain],
    ['a usage that is none', JSON.stringify({ choices: [], usage: { prompt_tokens: -1, completion_tokens: 'x' } }), plain],
    ['an error', JSON.stringify({ error: { message: 'no', type: 'x' } }), { kind: 'error', message: 'no' }],
    ['an error as text', JSON.stringify({ error: 'no' }), { kind: 'error', message: 'no' }],
    ['half a JSON', '{"choices":[', { kind: 'garbage' }],
    ['another JSON', '{"hello":1}', { kind: 'garbage' }],
    ['no object', 'null', { kind: 'garbage' }],
  ];
  for (const [name, data, expected] of rows) it(`reads ${name}`, () => assert.deepEqual(readPart(data), expected));
});
