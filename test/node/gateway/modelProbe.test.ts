import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { systemClock } from '../../../src/base/clock.ts';
import { idSource } from '../../../src/base/ids.ts';
import type { ModelTarget, ModelTest } from '../../../src/contracts/models.ts';
import { Permit } from '../../../src/contracts/permit.ts';
import { defaultTimeouts, probeUpstream } from '../../../src/gateway/callUpstream.ts';
import { ModelProbe } from '../../../src/gateway/modelProbe.ts';
import { UpstreamAgents } from '../../../src/gateway/upstreamAgents.ts';
import { selfSigned } from '../../support/certificates.ts';
import { RecordingLogger } from '../../support/recordingLogger.ts';
import { ANTHROPIC_KEY, messagesObjection } from '../../support/scriptedAnthropic.ts';
import { answering, hangingUp, ScriptedUpstream, silent, type Script } from '../../support/scriptedUpstream.ts';
import { TestGate } from '../../support/testGate.ts';

const KEY = 'sk-scripted-0123456789abcdef';
const list = { object: 'list', data: [{ id: 'small', object: 'model' }, { id: 'large' }] };
const completion = {
  choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 },
};
const page = answering(200, '<!doctype html><title>Hello</title>', { 'content-type': 'text/html' });

describe('the test of a model connection', () => {
  const undo: (() => Promise<void> | void)[] = [];
  let gate: TestGate;
  let logger: RecordingLogger;
  beforeEach(() => {
    gate = new TestGate();
    logger = new RecordingLogger();
  });
  afterEach(async () => {
    for (const end of undo.splice(0).reverse()) await end();
  });

  function probe(authorities: readonly string[] = [], limits = { listMs: 5_000, callMs: 5_000 }): ModelProbe {
    const agents = new UpstreamAgents(() => authorities);
    const made = new ModelProbe({ gate, clock: systemClock, ids: idSource(process.env), logger, userId: 'tester', agents, limits });
    undo.push(() => made.close());
    return made;
  }

  async function serve(...scripts: readonly Script[]): Promise<ScriptedUpstream> {
    const upstream = await ScriptedUpstream.start(...scripts);
    undo.push(() => upstream.close());
    return upstream;
  }
  const target = (port: number, more: Partial<ModelTarget> = {}): ModelTarget => ({
    protocol: 'openai',
    baseUrl: `http://127.0.0.1:${port}/v1`,
    model: 'small',
    ...more,
  });

  /** One failed test: its code and sentence, which say nothing of the key, and which is what the ledger gets. */
  function assertFailed(test: ModelTest, code: string, message: RegExp): void {
    assert.ok(!test.ok, 'it went well');
    assert.equal(test.code, code, test.message);
    assert.match(test.message, message);
    assert.match(test.message, /\.$/);
    const outcome = gate.outcomes.at(-1);
    assert.equal(outcome?.result, 'failure');
    assert.partialDeepStrictEqual(outcome.summary, { problem: code, message: test.message });
    assert.doesNotMatch(JSON.stringify([test, gate.decisions, gate.outcomes, logger.records]), new RegExp(KEY));
  }

  it('lists the models and gets a short answer, as one action of the person', async () => {
    const server = await serve(answering(200, list), answering(200, completion));
    const price = { inputUsdPerMTok: 1_000, outputUsdPerMTok: 5_000 };
    const test = await probe().test(target(server.port, { price }), KEY);
    assert.ok(test.ok, JSON.stringify(test));
    assert.deepEqual(test.models, ['small', 'large']);
    assert.deepEqual(
      server.requests.map(({ url, headers, body }) => [url, headers.authorization, body === '' ? '' : (JSON.parse(body) as unknown)]),
      [
        ['/v1/models', `Bearer ${KEY}`, ''],
        ['/v1/chat/completions', `Bearer ${KEY}`, { model: 'small', messages: [{ role: 'user', content: 'Say ok.' }], max_tokens: 16 }],
      ],
    );
    assert.equal(gate.decisions.length, 1);
    const draft = gate.decisions[0]?.draft;
    assert.deepEqual([draft?.kind, draft?.principal, draft?.surface], ['model.probe', { kind: 'person', id: 'tester' }, 'command']);
    assert.deepEqual(gate.outcomes[0]?.summary, { model: 'small', offered: 2, inputTokens: 9, outputTokens: 1 });
    assert.doesNotMatch(JSON.stringify([test, gate.decisions, gate.outcomes, logger.records]), new RegExp(KEY));
  });

  it('asks for the list alone when no model is named, and without a key when there is none', async () => {
    const server = await serve(answering(200, list));
    const test = await probe().test(target(server.port, { model: undefined }), undefined);
    assert.deepEqual(test.ok && test.models, ['small', 'large']);
    assert.deepEqual([server.requests.length, server.requests[0]?.headers.authorization], [1, undefined]);
  });

  it('speaks to Anthropic in its own words', async () => {
    const message = {
      ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'claude', content: [{ type: 'text', text: 'ok' }] },
      ...{ stop_reason: 'end_turn', usage: { input_tokens: 9, output_tokens: 1 } },
    };
    const models = { data: [{ type: 'model', id: 'claude', display_name: 'Claude' }], has_more: false };
    const server = await serve(answering(200, models), answering(200, message));
    const test = await probe().test(target(server.port, { protocol: 'anthropic', model: 'claude' }), ANTHROPIC_KEY);
    assert.deepEqual(test.ok && test.models, ['claude']);
    assert.deepEqual(
      server.requests.map(({ url, headers }) => [url, headers['x-api-key'], headers.authorization, headers['anthropic-version']]),
      [
        ['/v1/models?limit=1000', ANTHROPIC_KEY, undefined, '2023-06-01'],
        ['/v1/messages', ANTHROPIC_KEY, undefined, '2023-06-01'],
      ],
    );
    assert.equal(messagesObjection(JSON.parse(server.requests[1]?.body ?? '')), undefined);
  });

  const noList = answering(404, { error: { message: 'no such route' } });
  const said = (status: number, message: string, headers: Readonly<Record<string, string>> = {}): Script =>
    answering(status, { error: { message } }, headers);
  const rows: [string, readonly Script[], string, RegExp][] = [
    [
      'a wrong key',
      [said(401, `Incorrect API key provided: ${KEY}`)],
      'upstream-key-refused',
      /refused the key \(status 401\); run GoNoGo: Set Up/,
    ],
    ['a key without the right', [said(403, 'no'), said(403, `not for ${KEY}`)], 'upstream-key-refused', /refused the key \(status 403\)/],
    [
      'a key refused as a bad request',
      [noList, said(400, `API key not valid: ${KEY}`)],
      'upstream-refused',
      /It says: API key not valid: \[key\]\.$/,
    ],
    [
      'a model that is not offered',
      [answering(200, { data: [{ id: 'a' }] }), said(404, 'not found')],
      'no-such-model',
      /has no model `small`; choose one it offers: `a`\.$/,
    ],
    [
      'a model that is not among many',
      [answering(200, { data: 'abcdefg'.split('').map((id) => ({ id })) }), said(400, 'invalid model')],
      'no-such-model',
      /offers: `a`, `b`, `c`, `d`, `e` and 2 more\.$/,
    ],
    [
      'a model that no list tells of',
      [noList, said(404, 'The model `small` does not exist')],
      'no-such-model',
      /has no model `small`; choose one as the server spells it\.$/,
    ],
    [
      'an address with nothing behind it',
      [answering(404, 'not found')],
      'wrong-address',
      /There is no model API at `http:\/\/127\.0\.0\.1:\d+\/v1`; correct the address/,
    ],
    ['a web page', [page], 'not-an-api', /is not a model API; correct the address/],
    ['JSON that is no answer', [answering(200, list), answering(200, { hello: 1 })], 'not-an-api', /is not a model API/],
    [
      'too many calls',
      [answering(200, list), said(429, 'slow down', { 'retry-after': '30' })],
      'upstream-busy',
      /try again in 30 s\. It says: slow down\.$/,
    ],
    [
      'too many calls, with a date',
      [answering(200, list), said(429, 'x', { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() })],
      'upstream-busy',
      /in (60|59|58) min\./,
    ],
    [
      'no money left',
      [answering(200, list), said(402, 'Insufficient credits')],
      'upstream-refused',
      /wants to be paid first \(status 402\); add credit at the provider\. It says: Insufficient credits\.$/,
    ],
    ['a server that fails', [answering(200, list), answering(500, 'oops')], 'upstream-busy', /failed with status 500/],
    ['a server that hangs up', [hangingUp], 'upstream-unreachable', /hung up before it answered/],
    [
      'a redirect',
      [answering(308, '', { location: 'https://user:pw@other.example/v1?k=1' })],
      'upstream-moved',
      /points to `https:\/\/other\.example`, which is not followed/,
    ],
  ];
  for (const [what, scripts, code, message] of rows) {
    it(`says in a sentence: ${what}`, async () => {
      const server = await serve(...scripts);
      assertFailed(await probe().test(target(server.port), KEY), code, message);
    });
  }

  it('asks for a key where none was given', async () => {
    const server = await serve(said(401, 'no key'));
    assertFailed(await probe().test(target(server.port), undefined), 'upstream-key-missing', /wants a key; run GoNoGo: Set Up Model…/);
  });

  it('never carries the key to where a redirect leads', async () => {
    const thief = await serve(answering(200, list));
    const server = await serve(answering(307, '', { location: `http://127.0.0.1:${thief.port}/v1/models` }));
    assertFailed(await probe().test(target(server.port), KEY), 'upstream-moved', /not followed/);
    assert.deepEqual(thief.requests, []);
  });

  it('says in a sentence: nobody there, no such name, silence', async () => {
    const server = await ScriptedUpstream.start(silent);
    const { port } = server;
    const slow = probe([], { listMs: 50, callMs: 50 });
    assertFailed(await slow.test(target(port), KEY), 'upstream-slow', /sent nothing for 50 ms\. Try again later\.$/);
    await server.close();
    assertFailed(
      await probe().test(target(port), KEY),
      'upstream-unreachable',
      /nothing answers there; start it, or correct its address\.$/,
    );
    const unknown = target(0, { baseUrl: 'https://models.invalid/v1' });
    assertFailed(await probe().test(unknown, KEY), 'upstream-unreachable', /there is no machine of that name; correct the address/);
  });

  describe('over TLS', () => {
    async function listening(server: Server): Promise<number> {
      const sockets = new Set<Socket>();
      server.on('connection', (socket: Socket) => sockets.add(socket));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      undo.push(async () => {
        for (const socket of sockets) socket.destroy();
        server.close();
        await once(server, 'close');
      });
      return (server.address() as AddressInfo).port;
    }
    const seen: (string | undefined)[] = [];
    const tls = (certificate: { key: string; cert: string }): Promise<number> => {
      seen.length = 0;
      return listening(
        createTlsServer(certificate, (request, response) => {
          seen.push(request.headers.authorization);
          response.setHeader('content-type', 'application/json');
          response.end(JSON.stringify(request.method === 'GET' ? list : completion));
        }),
      );
    };
    const secure = (port: number): ModelTarget => target(port, { baseUrl: `https://127.0.0.1:${port}/v1` });
    const day = 86_400_000;

    it('trusts what this machine trusts', async () => {
      const certificate = selfSigned();
      const port = await tls(certificate);
      const test = await probe([certificate.cert]).test(secure(port), KEY);
      assert.ok(test.ok, JSON.stringify(test));
      assert.deepEqual(seen, [`Bearer ${KEY}`, `Bearer ${KEY}`]);
    });

    it('says in a sentence: signed by itself, and keeps the key', async () => {
      const port = await tls(selfSigned());
      assertFailed(
        await probe().test(secure(port), KEY),
        'upstream-tls',
        /cannot be trusted: its certificate is signed by itself; add the/,
      );
      assert.deepEqual(seen, []);
    });

    const bad: [string, Parameters<typeof selfSigned>[0], RegExp][] = [
      ['expired', { to: new Date(Date.now() - day / 2) }, /its certificate has expired; whoever runs it has to renew it/],
      ['not valid yet', { from: new Date(Date.now() + day / 2) }, /is not valid yet; check the clock of this machine/],
      ['for another name', { address: [127, 0, 0, 9] }, /is for another name; correct the address/],
    ];
    for (const [what, options, message] of bad) {
      it(`says in a sentence: ${what}, and keeps the key`, async () => {
        const certificate = selfSigned(options);
        const port = await tls(certificate);
        assertFailed(await probe([certificate.cert]).test(secure(port), KEY), 'upstream-tls', message);
        assert.deepEqual(seen, []);
      });
    }

    it('says in a sentence: https where only http is spoken, and the other way round', async () => {
      const server = await serve(answering(200, list));
      assertFailed(
        await probe().test(secure(server.port), KEY),
        'upstream-tls',
        /does not speak TLS as it should; check the port, and begin/,
      );
      const port = await tls(selfSigned());
      assertFailed(
        await probe().test(target(port), KEY),
        'upstream-unreachable',
        /check the port and whether the address begins with `https/,
      );
      const odd = await listening(createServer((socket) => void socket.end('SSH-2.0-OpenSSH\r\n')));
      assertFailed(await probe().test(target(odd), KEY), 'upstream-unreachable', /does not speak HTTP; check the port/);
    });
  });

  it('makes no call when the gate says no', async () => {
    const server = await serve(answering(200, list));
    gate = new TestGate(() => 'everything was stopped');
    const test = await probe().test(target(server.port), KEY);
    assert.deepEqual(test, { ok: false, code: 'refused', message: 'NO-GO: everything was stopped', models: [] });
    assert.deepEqual(server.requests, []);
  });

  it('spends a permit once, and only on what was decided', async () => {
    const server = await serve(answering(200, list));
    const baseUrl = `http://127.0.0.1:${server.port}/v1`;
    const input = { protocol: 'openai', baseUrl, model: null, requestSha256: null };
    const mint = (kind: string): Permit => Permit.mint({ kind, input } as never, 'entry' as never);
    const agents = new UpstreamAgents();
    undo.push(() => agents[Symbol.dispose]());
    const deps = { agents, timeouts: defaultTimeouts, clock: systemClock, logger };
    const asked = { body: undefined, listMs: 1_000, callMs: 1_000, signal: new AbortController().signal };
    const upstream = { protocol: 'openai', baseUrl } as const;
    const permit = mint('model.probe');
    probeUpstream(permit, { ...asked, upstream }, deps);
    assert.throws(() => probeUpstream(permit, { ...asked, upstream }, deps), /used before/);
    assert.throws(() => probeUpstream(mint('model.call'), { ...asked, upstream }, deps), /is for `model.call`/);
    const other = { ...upstream, baseUrl: 'http://127.0.0.1:9/v1' };
    assert.throws(() => probeUpstream(mint('model.probe'), { ...asked, upstream: other }, deps), /not the one that was decided/);
    assert.throws(() => probeUpstream(mint('model.probe'), { ...asked, upstream, body: '{}' }, deps), /not the one that was decided/);
    assert.deepEqual(server.requests, []);
  });
});
