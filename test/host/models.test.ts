import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { systemClock } from '../../src/base/clock.ts';
import { microUsd } from '../../src/base/money.ts';
import { ConfigurationService } from '../../src/config/configurationService.ts';
import { KernelLink } from '../../src/editor/kernelLink.ts';
import { kernelSettings } from '../../src/editor/kernelSettings.ts';
import { ModelKeys } from '../../src/editor/modelKeys.ts';
import { ModelSetup } from '../../src/editor/modelSetup.ts';
import { vscodeModelUi } from '../../src/editor/modelUi.ts';
import { VscodeSettingsSource } from '../../src/editor/vscodeSettingsSource.ts';
import { RecordingLogger } from '../support/recordingLogger.ts';
import { InMemorySecrets, ScriptedModelUi, type Step } from '../support/scriptedModelUi.ts';
import { answering, ScriptedUpstream, type Script } from '../support/scriptedUpstream.ts';

const KEY = 'sk-host-0123456789abcdef';
const list = { data: [{ id: 'small' }, { id: 'large' }] };
const completion = {
  choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 },
};
const serving: Script = (response, closed, request) => answering(200, request.body === '' ? list : completion)(response, closed, request);

describe('a model of their own, in the editor', () => {
  let scratch: string;
  let link: KernelLink;
  let config: ConfigurationService;
  let server: ScriptedUpstream;
  let secrets: InMemorySecrets;
  let logger: RecordingLogger;

  beforeEach(async () => {
    scratch = mkdtempSync(path.join(tmpdir(), 'gonogo-'));
    logger = new RecordingLogger();
    secrets = new InMemorySecrets();
    const extension = vscode.extensions.getExtension('gonogo.gonogo')?.extensionPath;
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    assert.ok(extension !== undefined && folder !== undefined);
    link = new KernelLink(
      path.join(extension, 'dist', 'kernel.js'),
      {
        home: path.join(scratch, 'home'),
        folders: [folder],
        userId: 'ada',

        userAgent: 'gonogo/test',
        media: path.join(extension, 'media'),
        agentScript: path.join(extension, 'dist', 'agent.js'),
        demoScript: path.join(extension, 'media', 'demo', 'round-half-even.json'),
      },
      logger,
    );
    config = new ConfigurationService({ source: new VscodeSettingsSource(), clock: systemClock, logger, instanceId: 'host-test' });
    server = await ScriptedUpstream.start(serving);
  });
  afterEach(async () => {
    await config.update('models.upstream', undefined, 'user');
    await config.update('models.demo', undefined, 'user');
    await config.shutdown();
    await link.close();
    await server.close();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  });

  async function setUp(...steps: readonly Step[]): Promise<ScriptedModelUi> {
    const ui = new ScriptedModelUi(...steps);
    const keys = new ModelKeys({ secrets, kernel: link.api, clock: systemClock, logger });
    const local = [{ name: 'Ollama', baseUrl: `http://localhost:${server.port}/v1`, hint: 'fetch one' }];
    await new ModelSetup({ ui, config, keys, kernel: link.api, local }).setUp();
    assert.equal(ui.left, 0);
    return ui;
  }
  const userSetting = (name: string): unknown => vscode.workspace.getConfiguration('gonogo').inspect(name)?.globalValue;

  it('is set up through the real settings and the real kernel, with its key in the secret storage only', async () => {
    const baseUrl = `http://127.0.0.1:${server.port}/v1`;
    const ui = await setUp(
      { pick: 'OpenAI-compatible' },
      { type: baseUrl },
      { type: KEY },
      { pick: 'large' },
      { type: '0.5' },
      { type: '2' },
    );
    const expected = { protocol: 'openai', baseUrl, model: 'large', inputUsdPerMTok: 0.5, outputUsdPerMTok: 2 };
    assert.deepEqual(userSetting('models.upstream'), expected);
    assert.equal(userSetting('models.demo'), false);
    // The sample's own settings turn the demo model on.
    assert.match(ui.told.join('\n'), /^warning: `large` at `127\.0\.0\.1:\d+` answers .* This workspace turns the demo model on/);
    assert.deepEqual([...secrets.kept], [[`gonogo.model-key:${baseUrl}`, KEY]]);
    const keyed = server.requests.filter(({ headers }) => headers.host === `127.0.0.1:${server.port}`);
    assert.deepEqual(
      keyed.map(({ url, headers }) => [url, headers.authorization]),
      [
        ['/v1/models', `Bearer ${KEY}`],
        ['/v1/models', `Bearer ${KEY}`],
        ['/v1/chat/completions', `Bearer ${KEY}`],
      ],
    );
    assert.ok(
      server.requests.filter((each) => !keyed.includes(each)).every(({ headers }) => headers.authorization === undefined),
      'the key went to another server',
    );

    await link.api.configure({ ...kernelSettings(config, true), demo: false });
    const snapshot = await link.api.snapshot();
    assert.equal(snapshot.health.items.find(({ name }) => name === 'Model')?.message, `large at ${baseUrl}.`);
    const entries = await link.api.ledger({ limit: 100 });
    assert.deepEqual(
      entries.filter(({ phase }) => phase === 'effect').map(({ action, result, cost }) => [action, result, cost]),
      // Newest first: nine tokens in at $0.50 and one out at $2 a million; the lists cost nothing.
      [
        ['model.probe', 'success', microUsd(7)],
        ['model.probe', 'success', microUsd(0)],
        ['model.probe', 'success', microUsd(0)],
      ],
    );
    assert.ok(!JSON.stringify([snapshot, entries, logger.records]).includes(KEY));
    const home = path.join(scratch, 'home');
    const files = readdirSync(home).filter((name) => name.startsWith('gonogo.db'));
    assert.ok(files.length >= 2, files.join());
    for (const name of files) assert.ok(!readFileSync(path.join(home, name)).includes(KEY), name);
  });

  it('is found on this machine, and costs nothing', async () => {
    const ui = await setUp({ pick: 'Ollama on this machine' }, { pick: 'small' });
    assert.deepEqual(ui.picks[0]?.[0], 'Ollama on this machine (2 models)');
    const baseUrl = `http://localhost:${server.port}/v1`;
    const expected = { protocol: 'openai', baseUrl, model: 'small', inputUsdPerMTok: 0, outputUsdPerMTok: 0 };
    assert.deepEqual(userSetting('models.upstream'), expected);
    assert.equal(secrets.kept.size, 0);
  });

  it('is asked for in quick picks and input boxes', async () => {
    /** Presses Enter until it is heard: nothing tells that a box has opened. */
    const entered = async <T>(answer: Promise<T>): Promise<T> => {
      const open = { still: true };
      const done = answer.finally(() => (open.still = false));
      while (open.still) {
        await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
        await new Promise((resolve) => setImmediate(resolve));
      }
      return done;
    };
    const rows = Promise.resolve([
      { label: '$(x) one', description: 'first', value: 1 },
      { label: 'two', value: 2 },
    ]);
    assert.equal(await entered(vscodeModelUi.pick('Title', 'Which?', rows)), 1);
    const problem = (): undefined => undefined;
    assert.equal(await entered(vscodeModelUi.ask({ title: 'Title', prompt: 'What?', value: 'as it is', problem })), 'as it is');
    assert.equal(await vscodeModelUi.busy('waiting', Promise.resolve(3)), 3);
  });
});
