import assert from 'node:assert/strict';
import { z } from 'zod';
import { parseSettingKey } from '../../../src/config/settingKey.ts';
import { settingKeys } from '../../../src/config/settings.ts';
import { corpus } from '../../support/corpora.ts';

function check(raw: unknown, expected: string): void {
  const parsed = parseSettingKey(raw);
  assert.equal(parsed.ok ? 'ok' : parsed.error.code, expected, String(raw));
  if (parsed.ok) return;
  assert.doesNotMatch(parsed.error.message, /[\p{Cc}\p{Cf}\p{Cs}]/u, 'the message shows characters that hide or reorder text');
  assert.ok(parsed.error.message.length < 300, 'the message repeats a huge key');
}

describe('parseSettingKey', () => {
  it('knows every key of the table', () => {
    for (const key of settingKeys) check(key, 'ok');
  });

  it('refuses a key by its shape', () => {
    for (const raw of [
      '',
      ' ',
      '\t',
      'agents.max\0',
      'agents\nmax',
      '\u0085',
      'a..b',
      '../agents.max',
      '..',
      `a'b`,
      'a"b',
      'a`b',
      '<b>',
      'a>b',
    ])
      check(raw, 'bad-key');
    for (const raw of ['\ud800', 'x'.repeat(201), undefined, null, 3, {}, [], Symbol('agents.max')]) check(raw, 'bad-key');
    check(['agents.max'], 'bad-key');
  });

  it('refuses a key it does not know', () => {
    for (const raw of [
      'agents',
      'agents.Max',
      'gonogo.agents.max',
      'agents.max ',
      '__proto__',
      'constructor',
      'toString',
      'x'.repeat(200),
      '\u202eagents.max',
      'agents\u200b.max',
    ])
      check(raw, 'unknown-key');
  });

  const hostile = (code: string | undefined): boolean => code === 'bad-key' || code === 'unknown-key';
  function refuseAll(keys: readonly string[]): void {
    for (const key of keys) {
      const parsed = parseSettingKey(key);
      assert.ok(!parsed.ok && hostile(parsed.error.code), JSON.stringify(key));
      assert.doesNotMatch(parsed.error.message, /[\p{Cc}\p{Cf}\p{Cs}]/u, JSON.stringify(key));
      if (key.includes('..') || /['"<>`]/.test(key) || key.trim() === '') assert.equal(parsed.error.code, 'bad-key', JSON.stringify(key));
    }
  }

  corpus('06-input/naughty-strings', z.object({ text: z.string() }), 'refuses every naughty string', (rows) =>
    refuseAll(rows.map(({ text }) => text)),
  );
  corpus('06-input/path-traversal', z.object({ payload: z.string() }), 'refuses every path traversal', (rows) =>
    refuseAll(rows.map(({ payload }) => payload)),
  );
  corpus('06-input/command-injection', z.object({ payload: z.string() }), 'refuses every command injection', (rows) =>
    refuseAll(rows.map(({ payload }) => payload)),
  );
  corpus('06-input/prototype-pollution', z.object({ json: z.string() }), 'refuses every key that pollutes', (rows) =>
    refuseAll(rows.flatMap(({ json }) => [json, ...Object.getOwnPropertyNames(JSON.parse(json))])),
  );
});
