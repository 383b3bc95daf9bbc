import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isCodedError } from '../../../src/base/errors.ts';
import type { KernelSettings } from '../../../src/contracts/kernelApi.ts';
import { approve, launch, untilReview } from '../../support/flights.ts';
import { goodTotal, KernelRig } from '../../support/kernelRig.ts';
import {
  ANTHROPIC_KEY,
  anthropicError,
  messageEnd,
  messages,
  messageStart,
  strictly,
  textBlock,
  toolBlock,
} from '../../support/scriptedAnthropic.ts';
import { answering, ScriptedUpstream } from '../../support/scriptedUpstream.ts';

const root = join(import.meta.dirname, '../../..');

/** Every file below a folder that holds the text, as bytes. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => statSync(file).size < 64 * 1024 * 1024 && readFileSync(file).includes(text));
}

const upstreamAt = (port: number): Partial<KernelSettings> => ({
  demo: false,
  logLevel: 'trace',
  upstream: { protocol: 'anthropic', baseUrl: `http://127.0.0.1:${port}/v1`, model: 'claude', inputUsdPerMTok: 3, outputUsdPerMTok: 15 },
});

describe('the key of a model', function () {
  this.timeout(60_000);

  it('flies a mission on Anthropic and is found nowhere afterwards', async () => {
    const write = JSON.stringify({ path: 'src/total.js', content: goodTotal });
    await using upstream = disposing(
      await ScriptedUpstream.start(
        strictly(answering(500, 'never reached without a key')),
        messages(
          messageStart({ input: 500 }),
          toolBlock(0, 'toolu_1', 'write_file', write.slice(0, 20), write.slice(20)),
          messageEnd('tool_use', 90),
        ),
        // A server that repeats the key in what goes wrong.
        strictly(answering(529, anthropicError('overloaded_error', `busy for ${ANTHROPIC_KEY}`), { 'retry-after': '0' })),
        messages(messageStart({ input: 700 }), textBlock(0, 'Done.'), messageEnd('end_turn', 5)),
      ),
    );
    await using rig = new KernelRig({ settings: upstreamAt(upstream.server.port) });
    const seen = join(rig.folder, 'environment.json');
    const wrapper = join(rig.folder, 'agent.mjs');
    writeFileSync(
      wrapper,
      `import { writeFileSync, readFileSync } from 'node:fs';
       writeFileSync(${JSON.stringify(seen)}, JSON.stringify(process.env) + readFileSync('/proc/self/cmdline', 'latin1'));
       await import(${JSON.stringify(join(root, 'src/agent.ts'))});`,
    );
    const kernel = await rig.start({ boot: { agentScript: wrapper } });
    await kernel.api.setModelKey(`http://127.0.0.1:${upstream.server.port}/v1/`, ANTHROPIC_KEY);
    const test = await kernel.api.testModel({ protocol: 'anthropic', baseUrl: `http://127.0.0.1:${upstream.server.port}/other` });
    assert.ok(!test.ok);
    assert.equal(test.code, 'upstream-key-missing', 'a key goes to its own server only');

    const id = await launch(kernel, rig);
    const review = await untilReview(kernel, id);
    // The scripts began with the test above, which another path has kept from the key.
    assert.deepEqual(
      upstream.server.requests.map(({ headers }) => headers['x-api-key']),
      [undefined, ...upstream.server.requests.slice(1).map(() => ANTHROPIC_KEY)],
    );
    assert.ok(upstream.server.requests.length >= 3);
    const done = await approve(kernel, review);
    assert.equal(done.status, 'done', done.detail);

    const told = JSON.stringify([await kernel.api.snapshot(), await kernel.api.ledger({ limit: 1_000 }), review, kernel.watch.logs, test]);
    assert.ok(kernel.watch.logs.length > 0 && told.includes('model.probe'));
    assert.ok(!told.includes(ANTHROPIC_KEY), 'the kernel told it');
    const environment = readFileSync(seen, 'utf8');
    assert.match(environment, /GONOGO_GATEWAY_TOKEN/);
    assert.ok(!environment.includes(ANTHROPIC_KEY), 'the agent was given it');
    // The store is open: its write-ahead log is there too.
    assert.ok(readdirSync(rig.home).some((name) => name.endsWith('-wal')));
    assert.deepEqual(filesWith(rig.folder, ANTHROPIC_KEY), []);
    assert.notDeepEqual(filesWith(rig.folder, id), [], 'the search finds what is there');

    await kernel.api.setModelKey(`http://127.0.0.1:${upstream.server.port}/v1`, undefined);
    await kernel.api.testModel({ protocol: 'anthropic', baseUrl: `http://127.0.0.1:${upstream.server.port}/v1` });
    assert.equal(upstream.server.requests.at(-1)?.headers['x-api-key'], undefined, 'it was forgotten');
  });

  it('is refused for an address where it could be read on the way, and named in no refusal', async () => {
    await using rig = new KernelRig();
    const { api } = await rig.start();
    const rows: [string, string][] = [
      ['http://models.example.com/v1', ANTHROPIC_KEY],
      ['ftp://127.0.0.1/v1', ANTHROPIC_KEY],
      ['not an address', ANTHROPIC_KEY],
      ['https://models.example.com/v1', `${ANTHROPIC_KEY}\r\nx-other: 1`],
      ['https://models.example.com/v1', ''],
    ];
    for (const [baseUrl, key] of rows) {
      await assert.rejects(
        api.setModelKey(baseUrl, key),
        (error) => isCodedError(error) && error.code === 'bad-model' && !error.message.includes(ANTHROPIC_KEY),
        baseUrl,
      );
    }
    const test = await api.testModel({ protocol: 'openai', baseUrl: 'http://models.example.com/v1' });
    assert.deepEqual([test.ok, !test.ok && test.code], [false, 'bad-address']);
    const odd = await api.testModel({ protocol: 'openai', baseUrl: 'https://models.example.com/v1', model: 'a\nb' });
    assert.deepEqual([odd.ok, !odd.ok && odd.code], [false, 'bad-model']);
    const entries = await api.ledger({ limit: 10 });
    assert.deepEqual(
      entries.map(({ action }) => action),
      ['ledger.key'],
      'nothing went out',
    );
  });

  it('is missed by health and pre-flight until it is there', async () => {
    await using rig = new KernelRig({ settings: { ...upstreamAt(9), trusted: true } });
    const { api } = await rig.start();
    const model = async (): Promise<string> => {
      const item = (await api.snapshot()).health.items.find(({ name }) => name === 'Model');
      return `${item?.level}: ${item?.message}`;
    };
    assert.equal(
      await model(),
      'degraded: claude at http://127.0.0.1:9/v1 has no key in this window. Run GoNoGo: Set Up Model… to give it one.',
    );
    const card = await api.preFlight('quick', 'Round', rig.workspace);
    assert.ok(card.warnings.includes('There is no key for claude in this window. Run GoNoGo: Set Up Model… if its server wants one.'));
    await api.setModelKey('http://127.0.0.1:9/v1', ANTHROPIC_KEY);
    assert.equal(await model(), 'healthy: claude at http://127.0.0.1:9/v1.');
    assert.deepEqual((await api.preFlight('quick', 'Round', rig.workspace)).warnings, []);
  });
});

function disposing(server: ScriptedUpstream): AsyncDisposable & { readonly server: ScriptedUpstream } {
  return { server, [Symbol.asyncDispose]: () => server.close() };
}
