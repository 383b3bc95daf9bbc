import assert from 'node:assert/strict';
import { pointerCritic } from '../../../src/critics/pointerCritic.ts';

const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;

describe('a change of a Git LFS pointer', () => {
  const rows: [what: string, before: string | undefined, after: string | undefined, said: string | undefined][] = [
    ['of both sides', pointer, pointer.replace('12345', '1'), '`big.bin` is a Git LFS pointer.'],
    ['that is added', undefined, pointer, '`big.bin` became a Git LFS pointer.'],
    ['that takes the place of content', 'content', pointer, '`big.bin` became a Git LFS pointer.'],
    ['that content takes the place of', pointer, 'content', '`big.bin` was a Git LFS pointer.'],
    ['that is removed', pointer, undefined, '`big.bin` was a Git LFS pointer.'],
    ['only quoted in a text', undefined, `See:\n${pointer}`, undefined],
    ['longer than one may be', undefined, pointer + 'x'.repeat(1_024), undefined],
    ['of another version', undefined, pointer.replace('v1', 'v2'), undefined],
  ];
  for (const [what, before, after, said] of rows)
    it(`${what} is ${said === undefined ? 'nothing to say' : 'said, and a person weighs it'}`, async () => {
      const found = await pointerCritic.review([{ path: 'big.bin', before, after }], new AbortController().signal);
      assert.deepEqual(
        found.map(({ effect, code, location }) => [effect, code, location]),
        said === undefined ? [] : [['hold', 'lfs-pointer', { path: 'big.bin', line: 1 }]],
      );
      if (said !== undefined) assert.ok(found[0]?.reason.startsWith(said), found[0]?.reason);
    });
});
