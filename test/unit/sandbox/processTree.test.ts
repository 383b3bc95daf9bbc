import assert from 'node:assert/strict';
import { exceeded } from '../../../src/sandbox/limitsWatch.ts';
import { parseMemory, parseStat } from '../../../src/sandbox/processTree.ts';

const rest = '0 -1 4194304 100 0 0 0 1 2 0 0 20 0 11 0 987654 1000 200';

describe('processTree', () => {
  const rows: readonly (readonly [name: string, text: string, expected: ReturnType<typeof parseStat>])[] = [
    ['a plain name', `42 (node) S 7 42 42 ${rest}`, { pid: 42, parent: 7, state: 'S', startTime: '987654' }],
    ['a name made to mislead', `42 (x) Z 1 (y) R 7 42 42 ${rest}`, { pid: 42, parent: 7, state: 'R', startTime: '987654' }],
    ['an empty file', '', undefined],
    ['a cut line', '42 (node) S 7', undefined],
  ];
  for (const [name, text, expected] of rows) it(`parses ${name}`, () => assert.deepEqual(parseStat(text), expected));

  it('counts anonymous and shared memory, not mapped files', () => {
    assert.equal(parseMemory('VmRSS:\t  900 kB\nRssAnon:\t  100 kB\nRssFile:\t  780 kB\nRssShmem:\t   20 kB\n'), 120 * 1024);
    assert.equal(parseMemory(''), 0);
  });
});

describe('limitsWatch', () => {
  const limits = { wallMs: 1, outputBytes: 1, fileBytes: 1, memoryBytes: 10 * 1024 ** 2, processes: 2 };
  const rows: readonly (readonly [processes: number, memoryBytes: number, expected: string | undefined])[] = [
    [3, 10 * 1024 ** 2, undefined],
    [4, 0, 'it ran more than 2 processes'],
    [1, 10 * 1024 ** 2 + 1, 'it used more than 10 MB of memory'],
  ];
  for (const [processes, memoryBytes, expected] of rows)
    it(`says \`${expected ?? 'nothing'}\` at ${processes} processes and ${memoryBytes} bytes`, () => {
      assert.equal(exceeded({ processes, memoryBytes }, limits), expected);
    });
});
