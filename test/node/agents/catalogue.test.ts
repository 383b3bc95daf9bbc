import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AgentCatalogue } from '../../../src/agents/catalogue.ts';
import { systemClock } from '../../../src/base/clock.ts';
import type { MissionId } from '../../../src/base/ids.ts';
import type { AgentProgram } from '../../../src/contracts/agent.ts';
import type { PreparedAgent } from '../../../src/agents/catalogue.ts';

const mission = 'm' as MissionId;
const access = { url: 'http://127.0.0.1:1/v1', token: 'mission-token', model: 'vendor/model:1' };

describe('AgentCatalogue', function () {
  this.timeout(30_000);
  let base: string;
  let bin: string;
  let place: { root: string; cwd: string };

  beforeEach(() => {
    base = realpathSync(mkdtempSync(path.join(tmpdir(), 'gonogo-catalogue-')));
    bin = path.join(base, 'bin');
    place = { root: path.join(base, 'tree'), cwd: path.join(base, 'tree/app') };
    for (const folder of [bin, place.cwd]) mkdirSync(folder, { recursive: true });
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  function program(name: string, script: string): string {
    const file = path.join(bin, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  function catalogue(programs: Readonly<Record<string, AgentProgram>> = {}, searchPath = bin): AgentCatalogue {
    const env = { PATH: searchPath, HOME: '/home/ada', OPENAI_API_KEY: 'the key of the person' };
    return new AgentCatalogue({ home: base, agentScript: '/ext/agent.js', programs: () => programs, env, clock: systemClock });
  }

  async function prepared(id: string, programs?: Readonly<Record<string, AgentProgram>>, searchPath?: string): Promise<PreparedAgent> {
    const result = await catalogue(programs, searchPath).prepare(id, mission, place, access);
    assert.ok(result.ok, result.ok ? '' : result.error.message);
    return result.value;
  }

  describe('looks for an agent', () => {
    it('of its own, which is always there and which no setting replaces', async () => {
      const own = catalogue({ builtin: { command: program('evil', 'exit 0') } });
      const card = await own.inspect('builtin');
      assert.deepEqual([card.problem, card.title], [undefined, 'Built-in agent']);
      await using agent = await prepared('builtin', { builtin: { command: path.join(bin, 'evil') } });
      assert.deepEqual(agent.command.argv, [process.execPath, '/ext/agent.js']);
    });

    it('that nobody knows, and runs nothing by that name', async () => {
      const ran = path.join(base, 'ran');
      program('mine', `touch ${ran}`);
      for (const id of ['mine', 'constructor', '__proto__']) {
        const card = await catalogue().inspect(id);
        assert.match(card.problem ?? '', /^There is no agent .*\. Set gonogo\.agents\.default to builtin or opencode/);
        const refused = await catalogue().prepare(id, mission, place, access);
        assert.equal(refused.ok ? '' : refused.error.code, 'agent-missing');
      }
      assert.equal(existsSync(ran), false);
    });

    it('on the PATH, but never in a folder relative to the worktree', async () => {
      const file = program('opencode', 'echo 1.18.33');
      program('rg', '');
      const card = await catalogue({}, `:relative:${bin}`).inspect('opencode');
      assert.deepEqual(card, {
        id: 'opencode',
        title: 'opencode',
        version: '1.18.33',
        program: file,
        hint: 'It needs no log-in: its model is the one of GoNoGo.',
        warnings: [],
      });
      const relative = path.relative(process.cwd(), bin);
      assert.match(
        (await catalogue({}, `${relative}:.`).inspect('opencode')).problem ?? '',
        /^opencode is not on your PATH\. Install it \(npm/,
      );
    });

    it('by the path the person names, before the PATH', async () => {
      program('opencode', 'echo 1.18.1');
      const command = program('newer', 'echo opencode v1.20.0-beta.1');
      const card = await catalogue({ opencode: { command } }).inspect('opencode');
      assert.deepEqual([card.version, card.program], ['1.20.0-beta.1', command]);
      for (const wrong of [path.join(bin, 'gone'), bin, path.join(base, 'plain')]) {
        if (wrong.endsWith('plain')) writeFileSync(wrong, '');
        const { problem } = await catalogue({ opencode: { command: wrong } }).inspect('opencode');
        assert.match(problem ?? '', /^There is no program to run at .*\. Correct gonogo\.agents\.path/);
      }
    });

    const sick: readonly [string, string, RegExp][] = [
      ['too old', 'echo 1.17.99', /^opencode 1\.17\.99 is too old to be held\. Install 1\.18 or later/],
      [
        'broken',
        'echo "Illegal instruction" >&2; exit 132',
        /does not tell its version \(it said `Illegal instruction`\)\. Install it again/,
      ],
      ['something else', 'echo hello', /does not tell its version \(it said `hello`\)/],
    ];
    for (const [what, script, problem] of sick) {
      it(`that is ${what}`, async () => {
        program('opencode', script);
        assert.match((await catalogue().inspect('opencode')).problem ?? '', problem);
      });
    }

    it('asks for the version in an empty home, once, and again when the program has changed', async () => {
      const asked = path.join(base, 'asked');
      const script = (version: string): string => `echo "$HOME $OPENAI_API_KEY $(ls -A "$HOME")" >> ${asked}; echo ${version}`;
      program('opencode', script('1.18.0'));
      const agents = catalogue();
      for (let i = 0; i < 3; i += 1) assert.equal((await agents.inspect('opencode')).version, '1.18.0');
      program('opencode', script('1.19.10'));
      assert.equal((await agents.inspect('opencode')).version, '1.19.10');
      assert.equal(agents.lastSeen('opencode')?.version, '1.19.10');
      const lines = readFileSync(asked, 'utf8').trim().split('\n');
      assert.equal(lines.length, 2);
      for (const line of lines) assert.match(line, new RegExp(`^${base}/agents/version-[^ ]+/home *$`));
      assert.deepEqual(readdirSync(path.join(base, 'agents')), []);
    });

    it('of any kind that speaks ACP, and lets it keep its version to itself', async () => {
      const command = program('mine', 'exit 3');
      const card = await catalogue({ mine: { command, args: ['--acp'] } }).inspect('mine');
      assert.deepEqual([card.problem, card.version, card.program], [undefined, undefined, command]);
      assert.match(card.hint ?? '', /If it needs a log-in, name HOME in the env of gonogo\.agents\.path/);
      assert.deepEqual(catalogue({ mine: { command } }).ids, ['builtin', 'opencode', 'mine']);
    });
  });

  describe('prepares an agent', () => {
    it('with what is written here and nothing else of the environment', async () => {
      const command = program('mine', '');
      await using agent = await prepared('mine', {
        mine: { command, args: ['--acp'], env: { HOME: '/home/ada', GONOGO_GATEWAY_TOKEN: 'other' } },
      });
      assert.deepEqual(agent.command.argv, [command, '--acp']);
      const { env } = agent.command;
      const folder = path.join(base, 'agents/m');
      assert.deepEqual(
        [env['HOME'], env['GONOGO_GATEWAY_TOKEN'], env['OPENAI_API_KEY'], env['OPENAI_BASE_URL'], env['PATH']],
        ['/home/ada', 'mission-token', 'mission-token', access.url, bin],
      );
      for (const [name, value] of Object.entries(env))
        assert.ok(/^(PATH|LANG|HOME|OPENAI_|GONOGO_)/.test(name) || value.startsWith(`${folder}/`), `${name}=${value}`);
    });

    it('in a folder of its own, which goes with it and with the next sweep', async () => {
      program('opencode', '');
      const folder = path.join(base, 'agents/m');
      {
        await using agent = await prepared('opencode');
        assert.equal(statSync(folder).mode & 0o777, 0o700);
        writeFileSync(path.join(agent.command.env['HOME'] ?? '', 'left'), '');
      }
      assert.equal(existsSync(folder), false);
      for (const name of ['m', 'gone']) mkdirSync(path.join(base, 'agents', name), { recursive: true });
      await catalogue().sweep(new Set(['m']));
      assert.deepEqual(readdirSync(path.join(base, 'agents')), ['m']);
      writeFileSync(path.join(folder, 'of-a-crash'), '');
      await using _ = await prepared('opencode');
      assert.equal(existsSync(path.join(folder, 'of-a-crash')), false);
    });

    it('that is opencode, with our model and a question before everything it does', async () => {
      program('opencode', '');
      await using agent = await prepared('opencode');
      const { env, argv } = agent.command;
      assert.deepEqual(argv, [path.join(bin, 'opencode'), 'acp']);
      const config = JSON.parse(env['OPENCODE_CONFIG_CONTENT'] ?? '') as Record<string, unknown>;
      const provider = (config['provider'] as { gonogo: { options: unknown; models: { mission: { id: string } } } }).gonogo;
      assert.deepEqual([provider.options, provider.models.mission.id], [{ baseURL: access.url, apiKey: access.token }, access.model]);
      const permission = JSON.parse(env['OPENCODE_PERMISSION'] ?? '') as Record<string, string>;
      assert.deepEqual(config['permission'], permission);
      const let_ = Object.entries(permission).flatMap(([tool, rule]) => (rule === 'allow' ? [tool] : []));
      assert.deepEqual([permission['*'], let_], ['ask', ['external_directory', 'todowrite', 'todoread']]);
      assert.deepEqual([permission['glob'], permission['grep']], ['deny', 'deny'], 'without ripgrep it would fetch one');
      program('rg', '');
      await using searching = await prepared('opencode');
      assert.equal((JSON.parse(searching.command.env['OPENCODE_PERMISSION'] ?? '') as Record<string, string>)['grep'], undefined);
    });

    const plugins: readonly [string, string, boolean][] = [
      ['app/.opencode/plugin/a.js', '', true],
      ['.opencode/plugins/a.ts', '', true],
      ['opencode.json', '{"plugin":["x"]}', true],
      ['app/opencode.jsonc', '{"\\u0070lugin":["x"]}', true],
      ['.opencode/opencode.json', '{"plugins":[]}', true],
      ['opencode.json', '{"mcp":{},"model":"x"}', false],
      ['.opencode/command/a.md', '', false],
      ['app/deeper/.opencode/plugin/a.js', '', false],
      ['../.opencode/plugin/a.js', '', false],
    ];
    for (const [file, text, refused] of plugins) {
      it(`${refused ? 'not where' : 'where'} opencode ${refused ? 'would run' : 'does not look at'} ${file} ${text}`, async () => {
        program('opencode', 'echo 1.18.33');
        const full = path.join(place.root, file);
        mkdirSync(path.dirname(full), { recursive: true });
        writeFileSync(full, text);
        const agents = catalogue();
        const result = await agents.prepare('opencode', mission, place, access);
        if (result.ok) await result.value[Symbol.asyncDispose]();
        const { problem } = await agents.inspect('opencode', place);
        const sentence =
          /^opencode would run the plugins that this repository brings \(.*opencode.*\), and nothing can hold them\. Choose another agent/;
        assert.equal(result.ok, !refused);
        assert.equal(problem !== undefined, refused);
        if (!result.ok) {
          assert.match(result.error.message, sentence);
          assert.equal(problem, result.error.message);
        }
        assert.equal((await agents.inspect('builtin', place)).problem, undefined);
      });
    }
  });
});
