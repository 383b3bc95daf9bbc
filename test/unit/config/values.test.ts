import assert from 'node:assert/strict';
import fc from 'fast-check';
import { z } from 'zod';
import { coerceNumber } from '../../../src/config/numberSchema.ts';
import { pathProblem } from '../../../src/config/pathSchema.ts';
import { quoteInput } from '../../../src/config/quoteInput.ts';
import { parseSetting } from '../../../src/config/resolveSetting.ts';
import { settingKeys, type SettingKey } from '../../../src/config/settings.ts';
import { baseUrlProblem } from '../../../src/config/upstreamSchema.ts';
import { corpus } from '../../support/corpora.ts';

const INVALID = Symbol('invalid');

function check(key: SettingKey, raw: unknown, expected: unknown): void {
  const parsed = parseSetting(key, raw);
  assert.deepEqual(parsed.ok ? parsed.value : INVALID, expected, `${key} = ${quoteInput(raw)}`);
}

describe('numbers', () => {
  it('are coerced, rounded down, and refused out of range', () => {
    for (const [raw, expected] of [
      [1, 1],
      [50, 50],
      [0, INVALID],
      [51, INVALID],
      [50.9, 50],
      [0.9, INVALID],
      ['7', 7],
      [' 7.9 ', 7],
      ['+7', 7],
      ['7.', 7],
      [-1, INVALID],
      ['1e1', INVALID],
      ['0x10', INVALID],
      ['٣', INVALID],
      ['３', INVALID],
      ['', INVALID],
      [' ', INVALID],
      ['7 missions', INVALID],
      [NaN, INVALID],
      [Infinity, INVALID],
      [1e308, INVALID],
      [true, INVALID],
      [null, INVALID],
      [[7], INVALID],
      [{ valueOf: () => 7 }, INVALID],
      [7n, INVALID],
    ] as const)
      check('agents.max', raw, expected);
  });

  it('keep money to the micro-dollar, rounded down', () => {
    for (const [raw, expected] of [
      [0.5, 0.5],
      [0.07, 0.07],
      ['0.29', 0.29],
      [0.1234567, 0.123456],
      [0.0000009, 0],
      [0, 0],
      [-0, 0],
      [-0.01, INVALID],
      [10_000.000001, INVALID],
      ['$1', INVALID],
      ['1,50', INVALID],
    ] as const)
      check('budget.mission', raw, expected);
    const parsed = parseSetting('budget.mission', -0);
    assert.ok(parsed.ok && Object.is(parsed.value, 0), 'minus zero is zero');
  });

  it('keep shares to the hundredth', () => {
    for (const [raw, expected] of [
      [0.8, 0.8],
      [0.29, 0.29],
      [0.799, 0.79],
      [1, 1],
      [1.001, 1],
      [1.01, INVALID],
      [0.05, 0.05],
      [0.04, INVALID],
      ['80%', INVALID],
    ] as const)
      check('budget.alertAt', raw, expected);
  });

  it('that are already on the unit are never changed, others only down by less than a unit', () => {
    for (const units of [1, 100, 1_000_000]) {
      fc.assert(fc.property(fc.integer({ min: -1e9, max: 1e9 }), (count) => coerceNumber(count / units, units) === count / units + 0));
      fc.assert(
        fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (value) => {
          const coerced = coerceNumber(value, units) as number;
          // A rest below a thousandth of the unit counts as the binary error of a decimal.
          return coerced <= value + 1e-3 / units && value - coerced < 1 / units + 1e-9;
        }),
      );
    }
  });
});

describe('paths', () => {
  it('are trimmed', () => {
    check('missions.templatesPath', '  templates/mine \n', 'templates/mine');
    check('agents.path', { opencode: ' /opt/opencode ' }, { opencode: '/opt/opencode' });
    check('agents.path', { mine: { command: ' /opt/mine ' } }, { mine: { command: '/opt/mine' } });
  });

  it('of an agent come with arguments and variables, which hold anything but a NUL', () => {
    const own = { command: '/opt/mine', args: ['--acp', '', '*|?'], env: { HOME: '/home/ada', _A1: '' } };
    check('agents.path', { mine: own }, { mine: own });
    for (const wrong of [
      {},
      { args: ['x'] },
      { command: 'mine' },
      { command: '/opt/../mine' },
      { ...own, args: '--acp' },
      { ...own, args: ['a\0b'] },
      { ...own, args: ['\ud800'] },
      { ...own, args: Array.from({ length: 65 }, () => '') },
      { ...own, env: { 'A B': 'x' } },
      { ...own, env: { 'A=B': 'x' } },
      { ...own, env: { A: 1 } },
      { ...own, shell: true },
    ])
      assert.equal(parseSetting('agents.path', { mine: wrong }).ok, false, JSON.stringify(wrong));
  });

  it('are refused on traversal, control characters, wildcards and pipes', () => {
    for (const path of [
      '..',
      '../a',
      'a/../b',
      'a\\..\\b',
      'a/.. /b',
      'a/%2e%2e/b',
      '%252e%252e%252fa',
      '..%2f..',
      'a\0b',
      'a%00b',
      'a\nb',
      '*.json',
      'a?',
      'a|b',
      'a<b',
      'a"b',
      '',
      '   ',
      '\ud800',
    ])
      assert.notEqual(pathProblem(path, 'relative'), undefined, JSON.stringify(path));
    for (const path of [
      '.gonogo/templates',
      'a..b/c',
      '..a/b',
      'src/...',
      '.env.example',
      './a',
      'файл',
      'a b/c',
      '..%',
      '%2e',
      'a/%2e%2e.txt',
      '100%',
    ])
      assert.equal(pathProblem(path, 'relative'), undefined, JSON.stringify(path));
    assert.notEqual(pathProblem('a'.repeat(1_001), 'relative'), undefined);
  });

  it('are relative or absolute as the setting asks, on every platform alike', () => {
    for (const path of ['/a', '\\a', 'C:/a', 'c:\\a', 'C:a', '\\\\server\\share'])
      assert.notEqual(pathProblem(path, 'relative'), undefined, path);
    for (const path of ['/usr/bin/opencode', 'C:\\tools\\opencode.exe', 'D:/tools/opencode', '\\\\server\\share\\opencode'])
      assert.equal(pathProblem(path, 'absolute'), undefined, path);
    for (const path of ['opencode', './opencode', '~/bin/opencode', 'C:opencode'])
      assert.notEqual(pathProblem(path, 'absolute'), undefined, path);
  });

  corpus(
    '06-input/path-traversal',
    z.object({
      payload: z.string(),
      escapes_literally_posix: z.boolean(),
      escapes_literally_win32: z.boolean(),
      decode_rounds_until_escape: z.number().nullable(),
    }),
    'refuse every payload that escapes, literally or once decoded',
    (rows) => {
      let refused = 0;
      for (const row of rows) {
        if (!row.escapes_literally_posix && !row.escapes_literally_win32 && row.decode_rounds_until_escape === null) continue;
        refused += 1;
        check('missions.templatesPath', row.payload, INVALID);
      }
      assert.ok(refused > 300, `only ${refused} payloads escape`);
    },
  );
});

describe('the model server', () => {
  const good = { baseUrl: 'https://models.example.com/v1', model: 'qwen3:8b', inputUsdPerMTok: 0.5, outputUsdPerMTok: 2 };

  it('is complete or null', () => {
    check('models.upstream', null, null);
    check('models.upstream', good, good);
    for (const key of Object.keys(good)) check('models.upstream', { ...good, [key]: undefined }, INVALID);
    for (const raw of [
      undefined,
      {},
      [],
      'https://models.example.com/v1',
      { ...good, apiKey: 'sk-1' },
      { ...good, inputUsdPerMTok: -1 },
      { ...good, outputUsdPerMTok: NaN },
      { ...good, model: 'a\nb' },
      { ...good, model: '' },
    ])
      check('models.upstream', raw, INVALID);
  });

  it('speaks a protocol GoNoGo knows, which need not be named', () => {
    for (const protocol of ['openai', 'anthropic']) check('models.upstream', { ...good, protocol }, { ...good, protocol });
    for (const protocol of ['OpenAI', '', null, 1]) check('models.upstream', { ...good, protocol }, INVALID);
  });

  it('is refused without a price, with what to write', () => {
    const { inputUsdPerMTok: _, ...unpriced } = good;
    const parsed = parseSetting('models.upstream', unpriced);
    assert.ok(!parsed.ok);
    assert.match(parsed.error, /must be the price of a million input tokens in US dollars, from 0 to 10000/);
  });

  it('has an address that gives no key away', () => {
    for (const url of [
      'http://127.0.0.1:11434/v1',
      'http://localhost:1234',
      'http://[::1]:1/v1',
      'http://192.168.1.5/v1',
      'http://10.0.0.2',
      'http://172.16.0.1',
      'https://a.example/v1',
    ])
      assert.equal(baseUrlProblem(url), undefined, url);
    for (const url of [
      'http://models.example.com/v1',
      'http://172.32.0.1',
      'http://10.0.0.2.example.com',
      'http://127.0.0.1.example.com',
      'https://user:pass@a.example/v1',
      'https://a.example/v1?key=1',
      'https://a.example/v1#x',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'a.example/v1',
      '',
    ])
      assert.notEqual(baseUrlProblem(url), undefined, url);
  });

  it('is not repeated in a message, whatever was written into it', () => {
    const parsed = parseSetting('models.upstream', { ...good, baseUrl: 'https://user:hunter2@a.example/v1' });
    assert.ok(!parsed.ok);
    assert.doesNotMatch(parsed.error, /hunter2/);
  });
});

describe('values of every setting', () => {
  /** Parsing ends in a value that parses to itself, or in a short sentence without hidden characters. */
  function holds(key: SettingKey, raw: unknown): void {
    const parsed = parseSetting(key, raw);
    if (parsed.ok) {
      assert.deepEqual(parseSetting(key, parsed.value), parsed, key);
      return;
    }
    assert.ok(parsed.error.length < 500, key);
    assert.doesNotMatch(parsed.error, /[\p{Cc}\p{Cf}\p{Cs}]/u, key);
  }

  it('survive any JSON value', () => {
    fc.assert(fc.property(fc.constantFrom(...settingKeys), fc.jsonValue(), holds));
  });

  it('survive objects that throw when looked at', () => {
    const trap = new Proxy(
      {},
      {
        get: () => assert.fail('looked at'),
        ownKeys: () => assert.fail('looked at'),
        getPrototypeOf: () => assert.fail('looked at'),
      },
    );
    for (const key of settingKeys) assert.equal(parseSetting(key, trap).ok, false, key);
  });

  it('are frozen', () => {
    const parsed = parseSetting('agents.path', { opencode: '/opt/opencode' });
    assert.ok(parsed.ok && Object.isFrozen(parsed.value));
  });

  corpus('06-input/naughty-strings', z.object({ text: z.string() }), 'survive every naughty string, as value, member and key', (rows) => {
    for (const { text } of rows)
      for (const key of settingKeys) {
        holds(key, text);
        holds(key, [text]);
        holds(key, { [text]: text });
        holds(key, { baseUrl: text, model: text, inputUsdPerMTok: text, outputUsdPerMTok: text });
      }
  });

  corpus('06-input/prototype-pollution', z.object({ json: z.string(), probe_key: z.string().nullable() }), 'pollute nothing', (rows) => {
    for (const { json, probe_key: probe } of rows) {
      for (const key of settingKeys) {
        holds(key, JSON.parse(json));
        const parsed = parseSetting(key, JSON.parse(json));
        if (probe !== null && parsed.ok && typeof parsed.value === 'object' && parsed.value !== null)
          assert.equal(Reflect.get(parsed.value, probe), undefined, json);
      }
      if (probe !== null) assert.equal(Reflect.get({}, probe), undefined, json);
    }
  });
});

describe('quoteInput', () => {
  it('makes hidden characters visible and keeps it short', () => {
    assert.equal(quoteInput('a\u202eb'), '`a⟦U+202E⟧b`');
    assert.equal(quoteInput('a`b'), '`a⟦U+0060⟧b`');
    assert.equal(quoteInput('a\nb\0'), '`a⟦U+000A⟧b⟦U+0000⟧`');
    assert.equal(quoteInput('x'.repeat(61)), `\`${'x'.repeat(40)}…\``);
    assert.equal(quoteInput({ key: 'secret' }), 'an object');
    assert.equal(quoteInput([]), 'a list');
    assert.equal(quoteInput(null), '`null`');
    assert.equal(quoteInput(-0.5), '`-0.5`');
  });
});
