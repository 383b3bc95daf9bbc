import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadOrCreateKey } from '../../../src/store/keys.ts';

describe('a key of the store', () => {
  let home: string;
  const file = (): string => join(home, 'test.key');

  beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'gonogo-keys-'))));
  afterEach(() => rmSync(home, { recursive: true }));

  it('is 32 bytes for the owner alone, and the same ever after', () => {
    const key = loadOrCreateKey(home, 'test.key');
    assert.equal(key.length, 32);
    assert.equal(statSync(file()).mode & 0o777, 0o600);
    assert.deepEqual(loadOrCreateKey(home, 'test.key'), key);
    assert.notDeepEqual(loadOrCreateKey(home, 'other.key'), key);
    assert.deepEqual(readdirSync(home).sort(), ['other.key', 'test.key']);
  });

  it('is refused and kept when it is damaged', () => {
    loadOrCreateKey(home, 'test.key');
    truncateSync(file(), 31);
    assert.throws(() => loadOrCreateKey(home, 'test.key'), { code: 'bad-key', message: /is damaged; restore it/ });
    assert.equal(statSync(file()).size, 31);
  });

  it('is one key when several processes make it at once', async () => {
    const children = Array.from({ length: 4 }, () => spawn(process.execPath, [join(import.meta.dirname, 'keysChild.ts'), home]));
    const said = children.map(async (child) => {
      let text = '';
      for await (const part of child.stdout.setEncoding('utf8')) text += String(part);
      return text;
    });
    await Promise.all(children.map((child) => once(child.stdout, 'readable')));
    for (const child of children) child.stdin.end('go\n');
    const expected = `ready\n${readFileSync(await made()).toString('hex')}`;
    assert.deepEqual(await Promise.all(said), [expected, expected, expected, expected]);
    assert.deepEqual(readdirSync(home), ['test.key']);

    async function made(): Promise<string> {
      await Promise.all(said);
      return file();
    }
  });
});
