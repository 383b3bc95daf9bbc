import assert from 'node:assert/strict';
import { ConfigurationService } from '../../../src/config/configurationService.ts';
import type { ModelTarget, ModelTest } from '../../../src/contracts/models.ts';
import { ModelKeys } from '../../../src/editor/modelKeys.ts';
import { ModelSetup } from '../../../src/editor/modelSetup.ts';
import { InMemorySettingsSource } from '../../support/inMemorySettingsSource.ts';
import { ManualClock } from '../../support/manualClock.ts';
import { RecordingLogger } from '../../support/recordingLogger.ts';
import { InMemorySecrets, ScriptedModelUi, type Step } from '../../support/scriptedModelUi.ts';

const OLLAMA = 'http://127.0.0.1:11434/v1';
const OPENAI = 'https://api.openai.com/v1';
const KEY = 'sk-0123456789abcdef';
const good = (...models: readonly string[]): ModelTest => ({ ok: true, models, tookMs: 420 });
const bad = (code: string, message: string): ModelTest => ({ ok: false, code, message, models: [] });
const down = bad('upstream-unreachable', 'Nothing answers.');

describe('Set Up Model', () => {
  let source: InMemorySettingsSource;
  let config: ConfigurationService;
  let secrets: InMemorySecrets;
  let kernel: Map<string, string | undefined>;
  let asked: (ModelTarget & { readonly key: string | undefined })[];
  /** What servers answer, by what is asked. */
  let answer: (target: ModelTarget, key: string | undefined) => ModelTest;
  const logger = new RecordingLogger();

  beforeEach(() => {
    source = new InMemorySettingsSource();
    config = new ConfigurationService({ source, clock: new ManualClock(), logger, instanceId: 'test' });
    secrets = new InMemorySecrets();
    kernel = new Map();
    asked = [];
    answer = ({ baseUrl, model }, key) => {
      if (baseUrl.startsWith('http:')) return down;
      return key === KEY ? good(...(model === undefined ? ['small', 'large'] : [])) : bad('upstream-key-refused', 'The key was refused.');
    };
  });
  afterEach(async () => {
    await config.shutdown();
    const settings = JSON.stringify(source.inspect('models.upstream'));
    assert.ok(!settings.includes(KEY) && !JSON.stringify(logger.records).includes(KEY));
  });

  async function run(what: 'setUp' | 'test' | 'forgetKey', ...steps: readonly Step[]): Promise<ScriptedModelUi> {
    const ui = new ScriptedModelUi(...steps);
    const keys = new ModelKeys({
      secrets,
      kernel: { setModelKey: async (baseUrl, key) => void kernel.set(baseUrl, key) },
      clock: new ManualClock(),
      logger,
    });
    const testModel = async (target: ModelTarget): Promise<ModelTest> => {
      const key = kernel.get(target.baseUrl);
      asked.push({ ...target, key });
      return answer(target, key);
    };
    await new ModelSetup({ ui, config, keys, kernel: { testModel } })[what]();
    assert.equal(ui.left, 0, 'the script was not played to its end');
    assert.ok(!JSON.stringify([ui.picks, ui.told, ui.questions]).includes(KEY), 'the key was shown');
    return ui;
  }

  const openai: readonly Step[] = [{ pick: 'OpenAI-compatible' }, { type: `${OPENAI}/chat/completions/` }];
  const priced: readonly Step[] = [{ type: '0.5' }, { type: '2,25' }];

  it('takes address, key, model and price once, keeps the key apart, and tests', async () => {
    source.set('models.demo', true, 'user');
    const ui = await run('setUp', ...openai, { type: ` ${KEY} ` }, { pick: 'large' }, ...priced);
    const upstream = { protocol: 'openai', baseUrl: OPENAI, model: 'large', inputUsdPerMTok: 0.5, outputUsdPerMTok: 2.25 };
    assert.deepEqual(source.inspect('models.upstream'), { user: upstream });
    assert.deepEqual(source.inspect('models.demo'), { user: false });
    assert.deepEqual([...secrets.kept], [[`gonogo.model-key:${OPENAI}`, KEY]]);
    assert.deepEqual(asked.at(-1), {
      protocol: 'openai',
      baseUrl: OPENAI,
      model: 'large',
      price: { inputUsdPerMTok: 0.5, outputUsdPerMTok: 2.25 },
      key: KEY,
    });
    assert.deepEqual(ui.told, ['info: `large` at `api.openai.com` answers (0.4 s).']);
    assert.deepEqual(
      ui.questions.map(({ password }) => password ?? false),
      [false, true, false, false],
    );
  });

  it('sets Anthropic up with its own protocol', async () => {
    await run('setUp', { pick: 'Anthropic' }, { type: 'https://api.anthropic.com/v1' }, { type: KEY }, { pick: 'small' }, ...priced);
    assert.partialDeepStrictEqual(source.inspect('models.upstream').user, {
      protocol: 'anthropic',
      baseUrl: 'https://api.anthropic.com/v1',
    });
    assert.ok(asked.filter(({ baseUrl }) => baseUrl.startsWith('https:')).every(({ protocol }) => protocol === 'anthropic'));
  });

  it('finds Ollama while it runs, looks for it only here, and asks for neither key nor price', async () => {
    answer = ({ baseUrl }) => (baseUrl === OLLAMA ? good('qwen3:8b', 'bad\nname') : down);
    const ui = await run('setUp', { pick: 'Ollama on this machine' }, { pick: 'qwen3:8b' });
    assert.deepEqual(ui.picks, [
      ['Ollama on this machine (2 models)', 'OpenAI-compatible server…', 'Anthropic…'],
      ['qwen3:8b', 'Another model…'],
    ]);
    assert.deepEqual(
      asked.map(({ baseUrl, model }) => [baseUrl, model]),
      [
        [OLLAMA, undefined],
        ['http://127.0.0.1:1234/v1', undefined],
        [OLLAMA, 'qwen3:8b'],
      ],
    );
    assert.deepEqual([ui.questions, secrets.kept.size, kernel.size], [[], 0, 0]);
    const upstream = { protocol: 'openai', baseUrl: OLLAMA, model: 'qwen3:8b', inputUsdPerMTok: 0, outputUsdPerMTok: 0 };
    assert.deepEqual(source.inspect('models.upstream').user, upstream);
  });

  it('says how to get a first model', async () => {
    answer = ({ baseUrl }) => (baseUrl === OLLAMA ? good() : down);
    const ui = await run('setUp', { pick: 'Ollama' });
    assert.deepEqual(ui.told, ['warning: Ollama runs but has no model yet; fetch one with `ollama pull`, then set it up again.']);
    assert.equal(source.inspect('models.upstream').user, undefined);
  });

  it('asks again for a wrong key or address, and can go on anyway', async () => {
    const ui = await run(
      'setUp',
      ...openai,
      { type: 'wrong' },
      { click: 'Enter Another Key' },
      { type: KEY },
      { pick: 'small' },
      ...priced,
    );
    assert.deepEqual(ui.told, ['error: The key was refused.', 'info: `small` at `api.openai.com` answers (0.4 s).']);
    assert.equal(secrets.kept.get(`gonogo.model-key:${OPENAI}`), KEY);
    answer = () => down;
    const again = await run(
      'setUp',
      { pick: 'OpenAI-compatible' },
      { type: 'http://127.0.0.1:8080/v1' },
      { type: '' },
      { click: 'Change Address' },
      { type: 'http://127.0.0.1:8081/v1', after: ({ value }) => assert.equal(value, 'http://127.0.0.1:8080/v1') },
      { type: '' },
      { click: 'Set Up Anyway' },
      { type: 'mine' },
      ...priced,
      { click: undefined },
    );
    assert.partialDeepStrictEqual(source.inspect('models.upstream').user, { baseUrl: 'http://127.0.0.1:8081/v1', model: 'mine' });
    assert.equal(again.told.length, 3);
  });

  it('asks for the name where a server has no list', async () => {
    answer = ({ model }) => (model === undefined ? bad('wrong-address', 'No API.') : good());
    const ui = await run('setUp', ...openai, { type: KEY }, { type: 'org/model:free' }, ...priced);
    assert.deepEqual(ui.told, ['info: `org/model:free` at `api.openai.com` answers (0.4 s).']);
  });

  it('leaves everything as it was when the person goes away at any step', async () => {
    const upstream = { baseUrl: 'https://before.example/v1', model: 'm', inputUsdPerMTok: 1, outputUsdPerMTok: 1 };
    source.set('models.upstream', upstream, 'user');
    secrets.kept.set(`gonogo.model-key:${OPENAI}`, 'before');
    const steps: readonly Step[] = [...openai, { type: KEY }, { pick: 'Another' }, { type: 'x' }, ...priced];
    for (let at = 0; at < steps.length; at += 1) {
      const step = steps[at];
      kernel.set(OPENAI, 'before');
      await run('setUp', ...steps.slice(0, at), step && 'pick' in step ? { pick: undefined } : { type: undefined });
      assert.deepEqual(source.inspect('models.upstream').user, upstream, `step ${at}`);
      assert.deepEqual([...secrets.kept.values(), kernel.get(OPENAI)], ['before', 'before'], `step ${at}`);
    }
    assert.equal(steps.length, 7);
  });

  it('works with the key for this window when the secret storage refuses', async () => {
    secrets.trouble = 'refuses';
    const ui = await run('setUp', ...openai, { type: KEY }, { pick: 'small' }, ...priced);
    assert.deepEqual(ui.told, [
      'warning: The secret storage did not take the key (the keyring is locked [key]); it works until this window closes, and you will be asked again after that.',
      'info: `small` at `api.openai.com` answers (0.4 s).',
    ]);
    assert.equal(kernel.get(OPENAI), KEY);
  });

  it('keeps the key that is there when none is typed, and says so', async () => {
    secrets.kept.set(`gonogo.model-key:${OPENAI}`, KEY);
    const ui = await run('setUp', ...openai, { type: '' }, { pick: 'small' }, ...priced);
    assert.match(ui.questions[1]?.prompt ?? '', /to keep the one you gave before/);
    assert.equal(asked.at(-1)?.key, KEY);
  });

  it('says when the workspace wants the demo model', async () => {
    source.set('models.demo', true, 'workspace');
    const ui = await run('setUp', ...openai, { type: KEY }, { pick: 'small' }, ...priced);
    assert.match(
      ui.told[0] ?? '',
      /^warning: `small` .* This workspace turns the demo model on, .*turn `gonogo\.models\.demo` off in the workspace/,
    );
  });

  it('takes no address a key could be read from, no price that is none, and no key that cannot be one', async () => {
    const ui = await run('setUp', ...openai, { type: KEY }, { pick: 'Another' }, { type: 'x' }, { type: '1' }, { type: undefined });
    const [address, key, model, price] = ui.questions;
    for (const text of ['http://api.example.com/v1', 'api.openai.com', '', 'https://u:p@a.example'])
      assert.ok(address?.problem(text), text);
    for (const text of ['two words', 'schlüssel', 'a\nb']) assert.match(key?.problem(text) ?? '', /copy it again/, text);
    for (const text of ['', 'a b', '-x']) assert.ok(model?.problem(text), text);
    for (const text of ['', 'free', '-1', '1e3', '10001', 'NaN', '1.2.3'])
      assert.match(price?.problem(text) ?? '', /Without a price/, text);
    for (const text of ['0', '0.07', '10000', ' 3 ', '1,5']) assert.equal(price?.problem(text), undefined, text);
  });

  it('tests the model that is set, and offers to set one up', async () => {
    assert.deepEqual((await run('test', { click: undefined })).told, ['info: No model is set up.']);
    const upstream = { baseUrl: OPENAI, model: 'small', inputUsdPerMTok: 1, outputUsdPerMTok: 1 };
    source.set('models.upstream', upstream, 'user');
    assert.deepEqual((await run('test', { click: undefined })).told, ['error: The key was refused.']);
    secrets.kept.set(`gonogo.model-key:${OPENAI}`, KEY);
    assert.deepEqual((await run('test')).told, ['info: `small` at `api.openai.com` answers (0.4 s).']);
  });

  it('forgets the key of the server that is chosen', async () => {
    assert.deepEqual((await run('forgetKey')).told, ['info: No key of a model is kept.']);
    secrets.kept.set(`gonogo.model-key:${OPENAI}`, KEY).set('gonogo.model-key:https://b.example/v1', 'b').set('other', 'x');
    kernel.set(OPENAI, KEY);
    await run('forgetKey', { pick: undefined });
    assert.equal(secrets.kept.size, 3);
    const ui = await run('forgetKey', { pick: OPENAI });
    assert.deepEqual(ui.picks, [[OPENAI, 'https://b.example/v1']]);
    assert.deepEqual([...secrets.kept.values(), kernel.get(OPENAI)], ['b', 'x', undefined]);
  });
});
