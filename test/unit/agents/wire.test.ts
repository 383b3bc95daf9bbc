import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import type { AnyMessage } from '@agentclientprotocol/sdk';
import fc from 'fast-check';
import { acpStream, WireError, type WireLimits } from '../../../src/agents/acp/wire.ts';

const limits: WireLimits = { lineBytes: 2_000, openRequests: 3 };

/** What arrives of the chunks: messages, notifications, and the error that ended it. */
async function receive(
  chunks: readonly Buffer[],
): Promise<{ messages: AnyMessage[]; notices: unknown[]; error: unknown; listeners: number }> {
  const output = new PassThrough();
  const notices: unknown[] = [];
  const { readable } = acpStream(output, new PassThrough(), (method, params) => notices.push([method, params]), limits);
  for (const chunk of chunks) output.write(chunk);
  output.end();
  const messages: AnyMessage[] = [];
  let error: unknown;
  try {
    for await (const message of readable) messages.push(message);
  } catch (thrown) {
    error = thrown;
  }
  return { messages, notices, error, listeners: output.listenerCount('data') };
}

describe('acpStream', () => {
  it('puts messages together again however the bytes arrive', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 3 }), fc.infiniteStream(fc.integer({ min: 1, max: 30 })), async (texts, sizes) => {
        const sent = texts.map((path, id) => ({ jsonrpc: '2.0', id, method: 'fs/read_text_file', params: { path } }));
        const note = { jsonrpc: '2.0', method: 'session/update', params: { n: 1 } };
        const bytes = Buffer.from([...sent, note].map((message) => `${JSON.stringify(message)}\r\n\n`).join(''));
        const chunks: Buffer[] = [];
        let at = 0;
        for (const size of sizes) {
          if (at >= bytes.length) break;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        assert.deepEqual(await receive(chunks), {
          messages: sent,
          notices: [['session/update', { n: 1 }]],
          error: undefined,
          listeners: 0,
        });
      }),
      { numRuns: 60 },
    );
  });

  const bad: readonly [string, RegExp][] = [
    ['hello', /printed something that is not a message/],
    ['{"jsonrpc":"2.0","id":null,"method":"a"}', /does not follow JSON-RPC/],
    ['{"jsonrpc":"2.0","id":1.5,"method":"a"}', /does not follow JSON-RPC/],
    ['{"jsonrpc":"2.0","id":{},"method":"a"}', /does not follow JSON-RPC/],
    ['{"id":1,"method":"a"}', /does not follow JSON-RPC/],
    ['{"jsonrpc":"2.0","id":1,"error":"no"}', /does not follow JSON-RPC/],
    ['null', /does not follow JSON-RPC/],
    ['{"jsonrpc":"2.0","id":1,"result":{}}', /answered a question that was not asked/],
    ['x'.repeat(2_001), /a line of more than 2000 bytes/],
    [Array.from({ length: 4 }, (_, id) => `{"jsonrpc":"2.0","id":${id},"method":"a"}`).join('\n'), /asked for 4 things at once/],
  ];
  for (const [line, message] of bad) {
    it(`ends at ${line.slice(0, 40)}`, async () => {
      const { error, listeners } = await receive([Buffer.from(`${line}\n`)]);
      assert.ok(error instanceof WireError);
      assert.match(error.message, message);
      assert.equal(listeners, 0);
    });
  }

  it('never holds more of a line than its limit', async () => {
    const { error, messages } = await receive(Array.from({ length: 100 }, () => Buffer.alloc(1_000, 0x20)));
    assert.ok(error instanceof WireError);
    assert.deepEqual(messages, []);
  });

  it('takes an answer once, and frees a request when it is answered', async () => {
    const output = new PassThrough();
    const input = new PassThrough();
    const { readable, writable } = acpStream(output, input, () => undefined, limits);
    const writer = writable.getWriter();
    const reader = readable.getReader();
    for (let id = 0; id < 20; id += 1) {
      output.write(`{"jsonrpc":"2.0","id":${id},"method":"a"}\n`);
      assert.equal((await reader.read()).done, false);
      await writer.write({ jsonrpc: '2.0', id, result: {} });
    }
    await writer.write({ jsonrpc: '2.0', id: 'mine', method: 'session/prompt' });
    output.write('{"jsonrpc":"2.0","id":"mine","result":{"stopReason":"end_turn"}}\n');
    assert.deepEqual((await reader.read()).value, { jsonrpc: '2.0', id: 'mine', result: { stopReason: 'end_turn' } });
    output.write('{"jsonrpc":"2.0","id":"mine","result":{"stopReason":"end_turn"}}\n');
    await assert.rejects(reader.read(), /not asked/);
    assert.equal(String(input.read()).split('\n').length, 22);
  });
});
