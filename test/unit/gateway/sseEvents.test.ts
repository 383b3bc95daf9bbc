import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SseSplitter } from '../../../src/gateway/sseEvents.ts';

describe('SseSplitter', () => {
  const split = (chunks: readonly Buffer[]): { data: (string | undefined)[]; bytes: Buffer } => {
    const splitter = new SseSplitter();
    const events = chunks.flatMap((chunk) => splitter.push(chunk));
    return { data: events.map(({ data }) => data), bytes: Buffer.concat([...events.map(({ raw }) => raw), splitter.rest]) };
  };

  it('reads data, comments, several data lines and both line ends', () => {
    const text = ': ping\n\ndata: {"a":1}\n\ndata:x\r\ndata: y\r\nid: 3\r\n\r\nevent: z\n\ndata: cut';
    assert.deepEqual(split([Buffer.from(text)]).data, [undefined, '{"a":1}', 'x\ny', undefined]);
  });

  it('finds the same events however the bytes are cut, and loses none', () => {
    const pieces = fc.array(fc.constantFrom('data: ', 'ü⚖', '\n', '\n\n', '\r\n', '\r\n\r\n', '\r', ':', 'x'), { maxLength: 40 });
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(80), { maxLength: 12 }), (texts, cuts) => {
        const bytes = Buffer.from(texts.join(''));
        const ends = [...new Set([0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length])].sort((a, b) => a - b);
        const cut = split(ends.slice(1).map((end, i) => bytes.subarray(ends[i], end)));
        assert.deepEqual(cut.bytes, bytes);
        assert.deepEqual(cut.data, split([bytes]).data);
      }),
    );
  });
});
