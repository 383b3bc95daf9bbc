import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { connect } from 'node:net';
import { z } from 'zod';
import {
  answering,
  cuttingAfter,
  doneEvent,
  hangingUp,
  latch,
  silent,
  stallingAfter,
  stopEvent,
  streaming,
  textEvent,
  usageEvent,
  type Script,
} from '../../support/scriptedUpstream.ts';
import type { MissionId } from '../../../src/base/ids.ts';
import { estimate, GatewayRig, MESSAGES, MISSION, type RigOptions } from './gatewayRig.ts';

const errorBody = z.strictObject({ error: z.strictObject({ message: z.string(), type: z.string(), param: z.null(), code: z.string() }) });
const STREAM = { stream: true, max_tokens: 100, messages: MESSAGES };
const completion = {
  choices: [{ index: 0, message: { content: 'ok' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 10, completion_tokens: 2 },
};

/** The error a call ends with, wherever in the answer it stands. */
async function errorOf(response: Response): Promise<{ status: number; code: string; message: string; before: string }> {
  const text = await response.text();
  const at = text.lastIndexOf('{"error"');
  const { error } = errorBody.parse(JSON.parse(text.slice(at)));
  return { status: response.status, code: error.code, message: error.message, before: text.slice(0, at).replace(/data: $/, '') };
}

describe('the gateway and an upstream in trouble', () => {
  let rig: GatewayRig;
  const start = async (scripts: readonly Script[], options: Omit<RigOptions, 'scripts'> = {}): Promise<void> => {
    rig = await GatewayRig.start({ scripts, ...options });
  };
  afterEach(async () => {
    await rig.stop();
    assert.equal(rig.clock.pending, 0, 'a timer was left behind');
  });

  /** Asserts one call: how it ends, how often the upstream was asked, and what was booked. */
  async function check(
    body: object,
    expected: { status: number; code: string; message: RegExp; before?: string; requests: number; spent: number },
  ): Promise<void> {
    const error = await errorOf(await rig.post(body));
    assert.deepEqual([error.status, error.code, error.before], [expected.status, expected.code, expected.before ?? '']);
    assert.match(error.message, expected.message);
    assert.equal(rig.upstream.requests.length, expected.requests);
    assert.deepEqual(rig.money, { spent: expected.spent, reserved: 0 });
    assert.equal(rig.outcome['result'], 'failure');
    await rig.upstream.idle();
  }

  it('says that a dead upstream cannot be reached, after two more tries', async () => {
    await start([]);
    await rig.upstream.close();
    await check(STREAM, {
      status: 502,
      code: 'upstream_unreachable',
      message: /^The model's server at `127\.0\.0\.1:\d+` cannot be reached: nothing answers there;/,
      requests: 0,
      spent: 0,
    });
    assert.deepEqual(
      rig.clock.delays.filter((delay) => delay < 10_000),
      [500, 1000],
    );
  });

  const recovering: [string, Script, number][] = [
    ['hangs up', hangingUp, 500],
    ['answers 502', answering(502, ''), 500],
    ['answers 503', answering(503, { error: { message: 'overloaded' } }), 500],
    ['answers 429 and wants a pause', answering(429, '', { 'retry-after': '7' }), 7_000],
  ];
  for (const [name, script, delay] of recovering) {
    it(`tries again when the upstream ${name}`, async () => {
      await start([script, answering(200, completion)]);
      const response = await rig.post({ messages: MESSAGES });
      assert.deepEqual(await response.json(), completion);
      assert.equal(rig.upstream.requests.length, 2);
      assert.equal(rig.upstream.requests[0]?.body, rig.upstream.requests[1]?.body);
      assert.ok(rig.clock.delays.includes(delay), rig.clock.delays.join());
      assert.deepEqual(rig.money, { spent: 60, reserved: 0 });
      assert.equal(rig.gate.decisions.length, 1);
    });
  }

  it('gives up at once when the upstream wants a long pause', async () => {
    await start([answering(429, { error: { message: 'Quota for the day is used up' } }, { 'retry-after': '60' })]);
    const response = await rig.post(STREAM);
    assert.equal(response.headers.get('retry-after'), '60');
    const error = await errorOf(response);
    assert.deepEqual([error.status, error.code], [429, 'upstream_busy']);
    assert.match(error.message, /asks for fewer calls.*It says: Quota for the day is used up$/);
    assert.equal(rig.upstream.requests.length, 1);
  });

  it('passes a refusal on and does not repeat the call', async () => {
    await start([answering(400, { error: { message: 'messages[0] is too odd' } })]);
    await check(STREAM, {
      status: 400,
      code: 'upstream_refused',
      message: /status 400\. It says: messages\[0\] is too odd$/,
      requests: 1,
      spent: 0,
    });
  });

  it('does not let the key out when the upstream quotes it', async () => {
    await start([answering(401, { error: { message: 'Incorrect API key provided: upstream-key' } })]);
    const error = await errorOf(await rig.post(STREAM));
    assert.deepEqual([error.status, error.code], [502, 'upstream_key_refused']);
    assert.doesNotMatch(JSON.stringify([error, rig.gate.outcomes, rig.logger.records]), /upstream-key/);
  });

  it('does not follow a redirect', async () => {
    await start([answering(307, '', { location: 'http://127.0.0.1:9/v1/chat/completions' })]);
    await check(STREAM, { status: 502, code: 'upstream_moved', message: /status 307/, requests: 1, spent: 0 });
  });

  it('waits no longer than it should for the first byte', async () => {
    await start([silent], { timeouts: { firstByteMs: 3_000, wholeAnswerMs: 4_000 } });
    await check(STREAM, { status: 504, code: 'upstream_slow', message: /sent nothing for 3 s\./, requests: 1, spent: 0 });
    await check({ messages: MESSAGES }, { status: 504, code: 'upstream_slow', message: /sent nothing for 4 s\./, requests: 2, spent: 0 });
  });

  it('ends a stream that has gone quiet and books what came', async () => {
    await start([stallingAfter(textEvent('Hello, world'))], { timeouts: { idleMs: 3_000 } });
    const spent = estimate(STREAM) * 3 + 3 * 15;
    await check(STREAM, {
      status: 200,
      code: 'upstream_slow',
      message: /sent nothing for 3 s\./,
      before: textEvent('Hello, world'),
      requests: 1,
      spent,
    });
    assert.deepEqual([rig.outcome['outputTokens'], rig.outcome['estimated']], [3, true]);
  });

  it('ends a stream that was cut, books what came, and does not repeat it', async () => {
    await start([cuttingAfter(textEvent('Hello, world'))]);
    const spent = estimate(STREAM) * 3 + 3 * 15;
    await check(STREAM, {
      status: 200,
      code: 'upstream_cut',
      message: /ended its answer half-way\. Try again\.$/,
      before: textEvent('Hello, world'),
      requests: 1,
      spent,
    });
  });

  it('takes a stream that ends too early for a cut one, and one without `[DONE]` for whole', async () => {
    await start([streaming(textEvent('Hello, world')), streaming(textEvent('a'), stopEvent.trimEnd())]);
    const spent = estimate(STREAM) * 3 + 3 * 15;
    await check(STREAM, { status: 200, code: 'upstream_cut', message: /half-way/, before: textEvent('Hello, world'), requests: 1, spent });
    assert.equal(await (await rig.post(STREAM)).text(), textEvent('a') + stopEvent.trimEnd());
  });

  it('takes the larger of what was counted and what was reported before a cut', async () => {
    await start([cuttingAfter(usageEvent(50, 1), textEvent('x'.repeat(40)))]);
    await errorOf(await rig.post(STREAM));
    assert.equal(rig.money.spent, 50 * 3 + 10 * 15);
  });

  const garbage: [string, Script][] = [
    ['a web page', (response) => void response.end('<html>Please sign in</html>')],
    ['nothing', streaming('')],
    ['an end without a beginning', streaming(doneEvent)],
    ['JSON that is no completion', answering(200, { hello: 1 })],
    ['binary', streaming(Buffer.from([0xff, 0x00, 0x0a, 0x0a, 0xfe]))],
  ];
  for (const [name, script] of garbage) {
    it(`does not take ${name} for an answer`, async () => {
      await start([script]);
      await check(STREAM, { status: 502, code: 'upstream_garbage', message: /is not a chat completion/, requests: 1, spent: 0 });
      await check(
        { messages: MESSAGES },
        { status: 502, code: 'upstream_garbage', message: /is not a chat completion/, requests: 2, spent: 0 },
      );
    });
  }

  it('ends a stream that turns into garbage', async () => {
    await start([streaming(textEvent('Hello, world'), 'data: {"choices":[{"delta"\n\n', textEvent('never seen'), doneEvent)]);
    const spent = estimate(STREAM) * 3 + 3 * 15;
    await check(STREAM, {
      status: 200,
      code: 'upstream_garbage',
      message: /not a chat completion/,
      before: textEvent('Hello, world'),
      requests: 1,
      spent,
    });
  });

  it('passes an error inside a stream on in its own words', async () => {
    await start([streaming('data: {"error":{"message":"The model is overloaded","code":529}}\n\n')]);
    await check(STREAM, { status: 502, code: 'upstream_busy', message: /It says: The model is overloaded$/, requests: 1, spent: 0 });
  });

  it('ends the upstream call when the agent leaves in the middle, and books what came', async () => {
    const gone = latch();
    await start([
      (response, closed) => {
        response.writeHead(200);
        response.write(textEvent('Hello, world'));
        void closed.then(gone.open);
      },
    ]);
    const leaving = new AbortController();
    const response = await rig.post(STREAM, { signal: leaving.signal });
    await response.body?.getReader().read();
    leaving.abort();
    await gone.opened;
    await rig.endpoint.close();
    assert.deepEqual(rig.money, { spent: estimate(STREAM) * 3 + 3 * 15, reserved: 0 });
    assert.equal(rig.outcome['problem'], 'caller_left');
    assert.equal(rig.upstream.requests.length, 1);
  });

  it('books all that was set aside when the agent leaves before the first byte, because the provider may have done the work', async () => {
    const gone = latch();
    await start([(_, closed) => void closed.then(gone.open)]);
    const arrived = rig.upstream.nextRequest();
    const leaving = new AbortController();
    const response = rig.post(STREAM, { signal: leaving.signal });
    await arrived;
    leaving.abort();
    await assert.rejects(response, { name: 'AbortError' });
    await gone.opened;
    await rig.endpoint.close();
    // Its worst case: the input, and a quarter more than the output it was granted.
    assert.deepEqual(rig.money, { spent: estimate(STREAM) * 3 + 125 * 15, reserved: 0 });
    assert.deepEqual([rig.outcome['problem'], rig.outcome['estimated']], ['caller_left', true]);
    assert.equal(rig.upstream.requests.length, 1);
  });

  it('breaks the calls of one mission off and books them before it says so', async () => {
    await start([silent]);
    const arrived = rig.upstream.nextRequest();
    const response = rig.post(STREAM);
    response.catch(() => undefined);
    await arrived;
    await rig.endpoint.endCalls('another-mission' as MissionId);
    assert.notEqual(rig.money.reserved, 0);
    const { reserved } = rig.money;
    await rig.endpoint.endCalls(MISSION);
    assert.deepEqual(rig.money, { spent: reserved, reserved: 0 });
    await assert.rejects(response);
  });

  it('gives everything back when the agent leaves while a try is waited for', async () => {
    await start([answering(429, '', { 'retry-after': '10' })]);
    const waits = new Promise<string | undefined>((resolve) => (rig.onWaiting = resolve));
    const leaving = new AbortController();
    const response = rig.post({ messages: MESSAGES }, { signal: leaving.signal });
    assert.equal(await waits, "Waiting 10 s: the model's server asks for fewer calls");
    leaving.abort();
    await assert.rejects(response, { name: 'AbortError' });
    await rig.endpoint.close();
    assert.equal(rig.upstream.requests.length, 1);
    assert.equal(rig.waited.at(-1), undefined, 'it still says that it waits');
    assert.deepEqual(rig.money, { spent: 0, reserved: 0 });
  });

  it('holds the upstream back while the agent does not read, and drops an agent that never does', async () => {
    let sent = 0;
    const gone = latch();
    const endless: Script = async (response, closed) => {
      const state = { open: true };
      void closed.then(() => {
        state.open = false;
        gone.open();
      });
      response.writeHead(200);
      const event = textEvent('x'.repeat(64 * 1024));
      while (state.open) {
        if (response.write(event)) sent += 1;
        else await Promise.race([once(response, 'drain'), closed]);
      }
    };
    const free = { inputUsdPerMTok: 0, outputUsdPerMTok: 0 };
    await start([endless], { upstream: { price: free }, timeouts: { idleMs: 10_000 } });
    const { port, host } = new URL(rig.endpoint.baseUrl);
    const socket = connect(Number(port), '127.0.0.1');
    const body = JSON.stringify(STREAM);
    socket.pause();
    socket.on('error', () => undefined);
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${rig.token}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await gone.opened;
    socket.destroy();
    assert.ok(sent < 600, `${sent} events of 64 KB were taken from the upstream`);
    await rig.endpoint.close();
    assert.equal(rig.outcome['problem'], 'caller_left');
  });

  it('settles what runs when it closes', async () => {
    await start([stallingAfter(textEvent('Hello, world'))]);
    const response = await rig.post(STREAM);
    const reader = response.body?.getReader();
    await reader?.read();
    await rig.endpoint.close();
    assert.deepEqual(rig.money, { spent: estimate(STREAM) * 3 + 3 * 15, reserved: 0 });
    await assert.rejects(async () => reader?.read());
    await assert.rejects(rig.post(STREAM));
  });

  it('uses a connection again after a stream that ended well, and never after one that did not', async () => {
    const endingLater: Script = (response) => {
      response.writeHead(200);
      response.write(textEvent('a') + stopEvent + doneEvent, () => setImmediate(() => response.end()));
    };
    const broken = streaming('data: no\n\n', textEvent('a'));
    await start([endingLater, endingLater, endingLater, broken, endingLater]);
    const connections: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      await (await rig.post(STREAM)).text();
      await rig.upstream.idle();
      connections.push(rig.upstream.connections);
    }
    assert.deepEqual(connections, [1, 1, 1, 1, 2]);
  });

  it('ignores the proxy settings of the environment', async () => {
    await start([answering(200, completion)]);
    const source = new URL('../../../src/', import.meta.url).href;
    const script = `
      import { createHash } from 'node:crypto';
      import { Permit } from '${source}contracts/permit.ts';
      import { callUpstream, defaultTimeouts } from '${source}gateway/callUpstream.ts';
      import { UpstreamAgents } from '${source}gateway/upstreamAgents.ts';
      import { systemClock } from '${source}base/clock.ts';
      const body = '{}';
      const input = { requestSha256: createHash('sha256').update(body).digest('hex') };
      const permit = Permit.mint({ kind: 'model.call', input }, 'entry');
      const upstream = { protocol: 'openai', baseUrl: 'http://127.0.0.1:${rig.upstream.port}/v1', model: 'm' };
      const call = { upstream, body, stream: false, signal: new AbortController().signal, onSent: () => undefined };
      const deps = { agents: new UpstreamAgents(), timeouts: defaultTimeouts, clock: systemClock, logger: { log: () => undefined } };
      const answer = await callUpstream(permit, call, deps);
      for await (const chunk of answer.chunks()) process.stdout.write(chunk);
      process.exit(0);`;
    const proxy = 'http://127.0.0.1:9';
    const env = { ...process.env, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy, http_proxy: proxy, NO_PROXY: '', no_proxy: '' };
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
    assert.deepEqual(JSON.parse(stdout), completion);
  });
});
