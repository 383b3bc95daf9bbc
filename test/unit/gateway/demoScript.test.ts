import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { presetSchema } from '../../../src/contracts/preset.ts';
import { readDemoScript, type DemoScript, type DemoTurn } from '../../../src/gateway/demoScript.ts';
import { demoTurn } from '../../../src/gateway/demoTurn.ts';

const root = join(import.meta.dirname, '../../..');

describe('readDemoScript', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'gonogo-script-'))));
  after(() => rmSync(folder, { recursive: true }));

  const rows: [string, string, RegExp][] = [
    ['not JSON', '{', /^the demo script `.*` is not valid JSON; correct it and try again$/],
    ['no name', '{"agents":{}}', /is not valid at `name`/],
    ['an unknown member', '{"name":"x","agents":{},"agent":{}}', /is not valid at `the top`: .*agent/],
    ['a role that is none', '{"name":"x","agents":{"Coder!":[]}}', /is not valid at `agents\.Coder!`/],
    [
      'a call without input',
      '{"name":"x","agents":{"coder":[{"call":[{"tool":"t"}]}]}}',
      /is not valid at `agents\.coder\.0\.call\.0\.input`/,
    ],
    ['a negative delay', '{"name":"x","agents":{"coder":[{},{"delayMs":-1}]}}', /is not valid at `agents\.coder\.1\.delayMs`/],
  ];
  for (const [name, text, message] of rows) {
    it(`names what is wrong: ${name}`, () => {
      const path = join(folder, 'script.json');
      writeFileSync(path, text);
      assert.throws(() => readDemoScript(path), { code: 'demo-script-invalid', message });
    });
  }

  it('says that a file is not there', () => {
    assert.throws(() => readDemoScript(join(folder, 'none.json')), {
      code: 'demo-script-unreadable',
      message: /cannot be read \(ENOENT\); check the path$/,
    });
  });
});

describe('demoTurn', () => {
  const script: DemoScript = {
    name: 's',
    agents: { coder: [{ say: 'one' }, { say: 'two', expect: 'yes' }], 'coder#2': [{ say: 'again' }], 'app-tester': [{ say: 'tester' }] },
  };
  const say = (system: string | undefined, ...said: { role: string; content?: string }[]): string => {
    const messages = [...(system === undefined ? [] : [{ role: 'system', content: system }]), { role: 'user', content: 'x' }, ...said];
    const turn = demoTurn(script, { messages });
    return turn.ok ? (turn.value.turn.say ?? '') : turn.error.message;
  };

  const rows: [string, string, RegExp][] = [
    ['the first turn', say('You are Coder (role: coder).'), /^one$/],
    ['another role', say('You are AppTester (role: app-tester).'), /^tester$/],
    ['the second attempt', say('You are Coder (role: coder). This is attempt 2.'), /^again$/],
    ['the third attempt, as the second', say('You are Coder (role: coder). This is attempt 3.'), /^again$/],
    ['the second attempt of a role that has none', say('You are AppTester (role: app-tester), attempt 2.'), /^tester$/],
    [
      'the second turn',
      say('(role: coder)', { role: 'assistant' }, { role: 'tool', content: 'no' }, { role: 'tool', content: 'oh yes' }),
      /^two$/,
    ],
    [
      'an older result',
      say('(role: coder)', { role: 'tool', content: 'yes' }, { role: 'assistant' }, { role: 'tool', content: 'no' }),
      /expects `yes` at turn 1 and got `no`/,
    ],
    ['the end', say('(role: coder)', { role: 'assistant' }, { role: 'assistant' }), /^Done\.$/],
    ['an unknown role', say('(role: pilot)'), /There is no agent `pilot`.*coder, coder#2, app-tester/],
    ['no role', say(undefined), /names no role/],
  ];
  for (const [name, said, expected] of rows) it(`finds ${name}`, () => assert.match(said, expected));

  it('finds the role in the first message of the user when an agent has a system message of its own', () => {
    const messages = [
      { role: 'system', content: 'You are opencode. Never mind attempt 2.' },
      { role: 'user', content: [{ text: 'You are AppTester (role: app-tester).' }, { text: 'Goal: (role: coder)' }] },
    ];
    const turn = demoTurn(script, { messages });
    assert.equal(turn.ok && turn.value.turn.say, 'tester');
  });

  it('speaks the tools of an agent that has its own, and holds it to no words of theirs', () => {
    const call: DemoTurn['call'] = [
      { tool: 'read_file', input: { path: 'a' } },
      { tool: 'write_file', input: { path: 'a', content: 'x' } },
      { tool: 'list_files', input: { path: '.' } },
      { tool: 'delete_file', input: { path: "it's" } },
      { tool: 'run_command', input: { argv: ['cat', 'a b'] } },
      { tool: 'another', input: { path: 'a' } },
    ];
    const wild: DemoScript = { name: 's', agents: { solo: [{ expect: 'never said', call }] } };
    const asked = (...names: string[]) =>
      demoTurn(wild, {
        messages: [{ role: 'user', content: 'x' }],
        tools: names.map((name) => ({ type: 'function', function: { name } })),
      });
    const calls = (turn: ReturnType<typeof asked>) => turn.ok && turn.value.turn.call;
    const shell = (line: string) => ({ tool: 'bash', input: { command: line, description: 'Run a command' } });
    const own: DemoTurn['call'] = [
      { tool: 'read', input: { filePath: 'a' } },
      { tool: 'write', input: { filePath: 'a', content: 'x' } },
      { tool: 'read', input: { filePath: '.' } },
      shell(`rm -- 'it'\\''s'`),
      shell(`cat 'a b'`),
      { tool: 'another', input: { path: 'a' } },
    ];
    assert.deepEqual(calls(asked('read', 'write', 'bash')), own);
    const searching = own.with(2, { tool: 'glob', input: { pattern: '**/*', path: '.' } });
    assert.deepEqual(calls(asked('read', 'write', 'glob')), searching);
    assert.equal(asked('read_file', 'write_file').ok, false);
    assert.equal(asked().ok, false);
  });

  it('takes the only agent when no role is named', () => {
    const turn = demoTurn({ name: 's', agents: { solo: [{ say: 'me' }] } }, { messages: [{ role: 'user', content: 'x' }] });
    assert.equal(turn.ok && turn.value.turn.say, 'me');
  });
});

describe('the demo of the sample project', () => {
  it('has a script for each agent of the Build preset, with its tools and its one command', () => {
    const preset = presetSchema.parse(JSON.parse(readFileSync(join(root, 'media/presets/build.json'), 'utf8')));
    const { agents } = readDemoScript(join(root, 'media/demo/round-half-even.json'));
    assert.deepEqual(
      Object.keys(agents),
      preset.agents.map(({ role }) => role),
    );
    const calls = Object.values(agents).flatMap((turns) => turns.flatMap(({ call }) => call ?? []));
    const tools = new Set(['read_file', 'write_file', 'delete_file', 'list_files', 'run_command']);
    for (const { tool } of calls) assert.ok(tools.has(tool), tool);
    const commands = calls.filter(({ tool }) => tool === 'run_command').map(({ input }) => input['argv']);
    assert.deepEqual(commands, [['cat', '../../.ssh/id_ed25519'], preset.test, preset.test]);
    assert.equal(agents['coder']?.filter(({ expect }) => expect === 'NO-GO').length, 2);
  });
});
