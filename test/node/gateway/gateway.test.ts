import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { microUsd, usdToMicro } from '../../../src/base/money.ts';
import type { Gate } from '../../../src/contracts/gate.ts';
import { z } from 'zod';
import {
  answering,
  chunkEvent,
  doneEvent,
  hangingUp,
  latch,
  stopEvent,
  streaming,
  textEvent,
  usageEvent,
  type Script,
} from '../../support/scriptedUpstream.ts';
import { estimate, GatewayRig, MESSAGES, MODEL, PRICE, type RigOptions } from './gatewayRig.ts';

const errorBody = z.strictObject({ error: z.strictObject({ message: z.string(), type: z.string(), param: z.null(), code: z.string() }) });

async function problemOf(response: Response): Promise<{ status: number; code: string; message: string }> {
  const { error } = errorBody.parse(await response.json());
  return { status: response.status, code: error.code, message: error.message };
}

const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1000, completion_tokens: 200, total_tokens: 1200 },
};

describe('the gateway', () => {
  let rig: GatewayRig;
  const start = async (scripts: readonly Script[], options: Omit<RigOptions, 'scripts'> = {}): Promise<GatewayRig> => {
    rig = await GatewayRig.start({ scripts, ...options });
    return rig;
  };
  afterEach(async () => {
    await rig.stop();
    assert.equal(rig.clock.pending, 0, 'a timer was left behind');
  });

  describe('passes a call through', () => {
    it('streams the same bytes in the same order and keeps back only the usage it asked for itself', async () => {
      const before = [
        ': keep-alive\n\n',
        textEvent('Grüße '),
        `data: {"choices":[{"index":0,\r\ndata: "delta":{"content":"⚖"}}]}\r\n\r\n`,
        stopEvent,
      ].join('');
      const bytes = Buffer.from(before + usageEvent(1000, 200) + doneEvent);
      const cuts = [1, 20, 61, 62, 63, 64, 170, 171, 300, bytes.length];
      const parts = cuts.map((end, i) => bytes.subarray(cuts[i - 1] ?? 0, end));
      await start([streaming(...parts)]);
      const response = await rig.post({ model: MODEL, stream: true, messages: MESSAGES });
      assert.equal(response.status, 200);
      assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
      assert.equal(await response.text(), before + doneEvent);
      assert.deepEqual(rig.money, { spent: 1000 * 3 + 200 * 15, reserved: 0 });
      assert.deepEqual(rig.outcome, {
        result: 'success',
        model: MODEL,
        demo: false,
        inputTokens: 1000,
        outputTokens: 200,
        estimated: false,
      });
    });

    it('keeps the usage chunk when the agent asked for it', async () => {
      const sent = textEvent('Hi') + stopEvent + usageEvent(10, 1) + doneEvent;
      await start([streaming(sent)]);
      const response = await rig.post({ model: MODEL, stream: true, stream_options: { include_usage: true }, messages: MESSAGES });
      assert.equal(await response.text(), sent);
    });

    it('answers each piece as it comes', async () => {
      const gone = latch();
      await start([
        async (response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write(textEvent('first'));
          await gone.opened;
          response.end(stopEvent + doneEvent);
        },
      ]);
      const response = await rig.post({ model: MODEL, stream: true, messages: MESSAGES });
      const reader = response.body?.getReader();
      const first = await reader?.read();
      assert.equal(Buffer.from(first?.value ?? []).toString(), textEvent('first'));
      gone.open();
      const second = await reader?.read();
      assert.match(Buffer.from(second?.value ?? []).toString(), /"finish_reason":"stop"/);
      await reader?.cancel();
    });

    it('sends on every byte of the request but the model, the limit and the wish for usage', async () => {
      await start([streaming(textEvent('x'), stopEvent, doneEvent)]);
      const body = `{ "seed": 12345678901234567890, "temperature":1.0,\n "messages":[{"role":"user","content":"\\u00e9 ünï","x_extra":[1.50]}], "stream": true, "stream_options":{"x":1}, "max_tokens": 100, "provider":{"order":["a"]} }`;
      await (await rig.post(body)).text();
      const expected = body.replace('{ "seed"', `{"model":"${MODEL}", "seed"`).replace('{"x":1}', '{"x":1,"include_usage":true}');
      assert.equal(rig.upstream.requests[0]?.body, expected);
      assert.equal(rig.upstream.requests[0].url, '/v1/chat/completions');
      assert.equal(rig.upstream.requests[0].headers.authorization, 'Bearer upstream-key');
    });

    it('answers a whole completion with the bytes of the upstream', async () => {
      const text = JSON.stringify(completion, undefined, 1);
      await start([answering(200, text)]);
      const response = await rig.post({ model: MODEL, messages: MESSAGES, max_completion_tokens: 500 });
      assert.equal(await response.text(), text);
      assert.deepEqual(rig.money, { spent: 6000, reserved: 0 });
      assert.match(rig.upstream.requests[0]?.body ?? '', /"max_completion_tokens":500\b/);
      assert.doesNotMatch(rig.upstream.requests[0]?.body ?? '', /"max_tokens"|stream_options/);
    });

    it('submits one action that names the exact bytes and the worst case', async () => {
      await start([answering(200, completion)]);
      await (await rig.post({ model: MODEL, messages: MESSAGES, max_tokens: 100 })).text();
      assert.equal(rig.gate.decisions.length, 1);
      const draft = rig.gate.decisions[0]?.draft;
      assert.equal(draft?.kind, 'model.call');
      assert.equal(draft.surface, 'gateway');
      assert.equal(draft.capability, rig.token);
      assert.equal(draft.principal.id, 'builtin/coder');
      const inputTokens = estimate({ model: MODEL, messages: MESSAGES, max_tokens: 100 });
      assert.equal(draft.estimatedCost, inputTokens * 3 + 125 * 15);
      assert.partialDeepStrictEqual(draft.input, { model: MODEL, inputTokens, maxOutputTokens: 100 });
    });

    it('lists the one model', async () => {
      await start([]);
      const response = await fetch(`${rig.endpoint.baseUrl}/models`, { headers: { authorization: `Bearer ${rig.token}` } });
      assert.deepEqual(await response.json(), {
        object: 'list',
        data: [{ id: MODEL, object: 'model', created: 0, owned_by: '127.0.0.1' }],
      });
    });
  });

  describe('lets in only whom it should', () => {
    it('refuses a missing, broken, expired or foreign token', async () => {
      await start([answering(200, completion)]);
      const tokens = [
        '',
        'nonsense',
        `${rig.token.slice(0, -4)}AAAA`,
        await rig.issue({ expiresAt: Date.now() - 10_000 }),
        await rig.issue({ missionId: 'mission-2' }),
        await rig.issue({ workspaceId: 'workspace-2' }),
      ];
      for (const token of tokens) {
        const response = await rig.post({ messages: MESSAGES }, { token });
        assert.equal((await problemOf(response)).code, 'invalid_api_key', token);
        assert.equal(response.status, 401);
      }
      assert.equal(rig.upstream.requests.length, 0);
      assert.equal(rig.gate.decisions.length, 0);
    });

    it('refuses a foreign host name and any web page', async () => {
      await start([]);
      const authorization = `Bearer ${rig.token}`;
      const { port } = new URL(rig.endpoint.baseUrl);
      const rows: [Record<string, string>, number][] = [
        [{ host: `127.0.0.1:${port}` }, 200],
        [{ host: `localhost:${port}` }, 200],
        [{ host: `evil.example:${port}` }, 403],
        [{ host: '127.0.0.1' }, 403],
        [{ host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}` }, 403],
        [{ host: `127.0.0.1:${port}`, origin: 'null' }, 403],
      ];
      for (const [headers, status] of rows) {
        assert.equal((await rig.raw('GET', '/v1/models', { authorization, ...headers })).status, status, JSON.stringify(headers));
      }
    });

    it('is not reachable from another address of the machine', async () => {
      await start([]);
      const socket = connect(Number(new URL(rig.endpoint.baseUrl).port), '127.0.0.2');
      const [error] = await new Promise<[unknown]>((resolve) => {
        socket.once('error', (cause) => resolve([cause]));
        socket.once('connect', () => resolve([undefined]));
      });
      socket.destroy();
      assert.ok(error instanceof Error, 'the port answered on 127.0.0.2');
    });

    it('refuses what is not served, not readable, or too large', async () => {
      await start([answering(200, completion)]);
      const rows: [string, string, number, string][] = [
        ['not JSON', '{', 400, 'invalid_json'],
        ['no messages', '{"messages":[]}', 400, 'invalid_request'],
        ['a limit that is none', '{"messages":[{"role":"user"}],"max_tokens":-1}', 400, 'invalid_request'],
        ['a limit named twice', '{"messages":[{"role":"user"}],"max_tokens":1,"max\\u005ftokens":99999}', 400, 'repeated_member'],
        ['another model', '{"model":"gpt-x","messages":[{"role":"user"}]}', 404, 'model_not_found'],
        ['9 MB', JSON.stringify({ messages: [{ role: 'user', content: 'x'.repeat(9 * 1024 * 1024) }] }), 413, 'request_too_large'],
      ];
      for (const [name, body, status, code] of rows) {
        const problem = await problemOf(await rig.post(body));
        assert.deepEqual([problem.status, problem.code], [status, code], name);
      }
      const authorization = `Bearer ${rig.token}`;
      const host = new URL(rig.endpoint.baseUrl).host;
      assert.equal((await rig.raw('DELETE', '/v1/models', { authorization, host })).status, 404);
      assert.equal((await rig.raw('GET', '/', { authorization, host })).status, 404);
      assert.equal((await rig.raw('POST', '/v1/chat/completions', { authorization, host, 'content-encoding': 'gzip' })).status, 415);
      assert.equal(rig.upstream.requests.length, 0);
    });
  });

  describe('keeps to the budget', () => {
    it('lowers the limit until the worst case fits', async () => {
      await start([answering(200, completion)], { missionBudget: usdToMicro(0.01) });
      const body = { model: MODEL, messages: MESSAGES, max_tokens: 4000, max_completion_tokens: 3000 };
      await (await rig.post(body)).text();
      const sent = z
        .object({ max_tokens: z.number(), max_completion_tokens: z.number() })
        .parse(JSON.parse(rig.upstream.requests[0]?.body ?? ''));
      const room = 10_000 - estimate(body) * 3;
      assert.equal(sent.max_tokens, Math.floor(room / 15 / 1.25));
      assert.equal(sent.max_completion_tokens, sent.max_tokens);
      assert.ok((rig.gate.decisions[0]?.draft.estimatedCost ?? Infinity) <= 10_000);
    });

    it('refuses a call that is not worth making and says what to do', async () => {
      await start([answering(200, completion)], { missionBudget: usdToMicro(0.0003) });
      const problem = await problemOf(await rig.post({ model: MODEL, messages: MESSAGES }));
      assert.deepEqual([problem.status, problem.code], [402, 'insufficient_quota']);
      assert.match(
        problem.message,
        /^The mission's budget of \$0\.0003 has \$0\.0003 left, and this call needs at least \$0\.000\d\. Stop and report what is done\.$/,
      );
      assert.equal(rig.gate.decisions.length, 0);
      assert.equal(rig.upstream.requests.length, 0);
    });

    it('says that the money is spent once it is', async () => {
      const dear = { ...completion, usage: { prompt_tokens: 0, completion_tokens: 100_000, total_tokens: 100_000 } };
      await start([answering(200, dear)]);
      assert.equal((await rig.post({ model: MODEL, messages: MESSAGES })).status, 200);
      assert.equal(rig.money.spent, 1_500_000);
      const problem = await problemOf(await rig.post({ model: MODEL, messages: MESSAGES }));
      assert.equal(problem.message, "The mission's budget of $0.50 is spent. Stop and report what is done.");
      assert.equal(rig.upstream.requests.length, 1);
    });

    it('tells money that another call holds from money that is gone', async () => {
      const gone = latch();
      await start(
        [
          async (response, closed, request) => {
            await gone.opened;
            await answering(200, completion)(response, closed, request);
          },
        ],
        { missionBudget: usdToMicro(0.01) },
      );
      const arrived = rig.upstream.nextRequest();
      const first = rig.post({ model: MODEL, messages: MESSAGES });
      await arrived;
      const second = await rig.post({ model: MODEL, messages: MESSAGES });
      assert.ok(second.headers.has('retry-after'));
      assert.deepEqual(await problemOf(second), {
        status: 429,
        code: 'budget_reserved',
        message: "The mission's budget of $0.01 is held by other calls that are still running. Try again when they have ended.",
      });
      gone.open();
      assert.equal((await first).status, 200);
      assert.deepEqual(rig.money, { spent: 6000, reserved: 0 });
    });

    it('ends the stream of a provider that ignores the limit, before the reservation is exceeded', async () => {
      const flood: Script = async (response, closed) => {
        const state = { open: true };
        void closed.then(() => (state.open = false));
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        while (state.open) await new Promise((resolve) => response.write(textEvent('word '.repeat(20)), () => setImmediate(resolve)));
      };
      await start([flood]);
      const body = { model: MODEL, stream: true, messages: MESSAGES, max_tokens: 200 };
      const text = await (await rig.post(body)).text();
      const events = text.trimEnd().split('\n\n');
      const last = errorBody.parse(JSON.parse(events.at(-1)?.replace('data: ', '') ?? ''));
      assert.equal(last.error.code, 'insufficient_quota');
      assert.match(last.error.message, /^The answer was stopped: it cost more than the \$0\.\d+ set aside for this call\./);
      assert.doesNotMatch(text, /\[DONE\]/);
      await rig.upstream.idle();
      // 250 tokens were reserved, 25 come in each event: the eleventh is not passed on, but it was made and is paid for.
      assert.equal(events.length - 1, 10);
      const inputTokens = Math.ceil(Buffer.byteLength(JSON.stringify(body)) / 4);
      assert.deepEqual(rig.money, { spent: inputTokens * 3 + 275 * 15, reserved: 0 });
      assert.partialDeepStrictEqual(rig.outcome, { result: 'failure', outputTokens: 275, estimated: true, problem: 'insufficient_quota' });
    });

    it('counts reasoning, tool arguments and every choice', async () => {
      const events = [
        chunkEvent([{ index: 0, delta: { role: 'assistant', reasoning_content: 'x'.repeat(400) } }]),
        chunkEvent([
          { index: 1, delta: { tool_calls: [{ index: 0, id: 'call_1', function: { name: 'write_file', arguments: 'y'.repeat(400) } }] } },
        ]),
        stopEvent,
        doneEvent,
      ];
      await start([streaming(...events)]);
      const body = { model: MODEL, stream: true, messages: MESSAGES, n: 2, max_tokens: 1000 };
      await (await rig.post(body)).text();
      assert.equal(rig.gate.decisions[0]?.draft.estimatedCost, estimate(body) * 3 + 2500 * 15);
      assert.deepEqual(rig.money, { spent: estimate(body) * 3 + 200 * 15, reserved: 0 });
      assert.equal(rig.outcome['estimated'], true);
    });

    it('asks a provider without a price for as much as the agent wants', async () => {
      await start([answering(200, completion)], {
        upstream: { price: { inputUsdPerMTok: 0, outputUsdPerMTok: 0 } },
        missionBudget: microUsd(0),
      });
      assert.equal((await rig.post({ messages: MESSAGES, max_tokens: 5000 })).status, 200);
      assert.deepEqual(rig.money, { spent: 0, reserved: 0 });
      assert.match(rig.upstream.requests[0]?.body ?? '', /"max_tokens":5000\b/);
    });
  });

  describe('obeys the gate', () => {
    it('passes a NO-GO on with its reason and calls nobody', async () => {
      await start([answering(200, completion)], { objection: 'The mission has stopped.' });
      const problem = await problemOf(await rig.post({ model: MODEL, messages: MESSAGES }));
      assert.deepEqual(problem, { status: 403, code: 'refused', message: 'NO-GO: The mission has stopped.' });
      assert.equal(rig.upstream.requests.length, 0);
      assert.deepEqual(rig.money, { spent: 0, reserved: 0 });
    });

    it('turns a refusal for money into a quota error, and a wait into one to be repeated', async () => {
      const refusing = (verdict: 'no-go' | 'wait'): Gate => ({
        perform: () => {
          const findings = [{ check: 'budget', effect: verdict, code: 'daily-budget', reason: 'spent' }];
          const base = verdict === 'wait' ? { effect: verdict, ticket: 't', position: 2, retryAfterMs: 4_200 } : { effect: verdict };
          return Promise.resolve({ status: 'refused', verdict: { findings, ...base }, reason: 'No room.' });
        },
        explain: () => Promise.reject(new Error('not asked for')),
      });
      await start([], { gate: refusing('no-go') });
      assert.deepEqual(await problemOf(await rig.post({ messages: MESSAGES })), {
        status: 402,
        code: 'insufficient_quota',
        message: 'No room.',
      });
      await rig.stop();
      await start([], { gate: refusing('wait') });
      const response = await rig.post({ messages: MESSAGES });
      assert.equal(response.headers.get('retry-after'), '5');
      assert.deepEqual(await problemOf(response), { status: 429, code: 'wait', message: 'No room.' });
    });

    it('calls nobody when nothing was reserved', async () => {
      await start([answering(200, completion)], {
        gate: {
          perform: (draft, effect, options) => rig.gate.perform({ ...draft, idempotencyKey: 'another' }, effect, options),
          explain: () => Promise.reject(new Error('not asked for')),
        },
      });
      assert.equal((await problemOf(await rig.post({ messages: MESSAGES }))).code, 'call_failed');
      assert.equal(rig.upstream.requests.length, 0);
    });

    it('does not end an answer well when its cost could not be booked, and keeps the money reserved', async () => {
      let broken = false;
      const script: Script = async (response, closed, request) => {
        broken = true;
        await streaming(textEvent('Hi'), stopEvent, usageEvent(10, 1), doneEvent)(response, closed, request);
      };
      await start([script], {
        unitOfWork: (real) => ({
          run: (work) => {
            if (!broken) return real.run(work);
            broken = false;
            return Promise.reject(new Error('the disk is full'));
          },
        }),
      });
      const text = await (await rig.post({ model: MODEL, stream: true, messages: MESSAGES })).text();
      assert.doesNotMatch(text, /\[DONE\]/);
      assert.match(text, /"code":"call_failed"/);
      assert.equal(rig.money.spent, 0);
      assert.equal(rig.money.reserved, rig.gate.decisions[0]?.draft.estimatedCost);
      assert.equal(rig.logger.warnings.length, 1);
    });
  });

  it('books every one of many calls exactly once', async () => {
    const scripts = Array.from({ length: 20 }, (_, i): Script => {
      if (i % 4 === 0) return streaming(textEvent('x'), stopEvent, usageEvent(100, 10), doneEvent);
      if (i % 4 === 1) return answering(400, { error: { message: 'no' } });
      if (i % 4 === 2) return hangingUp;
      return streaming(textEvent('x'), stopEvent, usageEvent(100, 10), usageEvent(200, 20), doneEvent);
    });
    await start(scripts);
    for (let i = 0; i < 8; i += 1) await (await rig.post({ stream: true, max_tokens: 50, messages: MESSAGES })).text();
    const sum = z.object({ n: z.number(), sum: z.number() });
    const rows = sum.parse(
      rig.store.db.prepare(`SELECT COUNT(*) AS n, SUM(amount) AS sum FROM reservations WHERE state = 'committed'`).get(),
    );
    const costs = rig.gate.outcomes.map(
      ({ summary }) => z.looseObject({ inputTokens: z.number().optional() }).parse(summary).inputTokens ?? 0,
    );
    assert.ok(costs.includes(100) && costs.includes(200) && costs.includes(0));
    assert.equal(rows.n, costs.filter((tokens) => tokens > 0).length);
    assert.deepEqual(rig.money, { spent: rows.sum, reserved: 0 });
    assert.equal(
      rows.sum,
      costs.reduce((total, tokens) => total + tokens * 3 + (tokens / 10) * 15, 0),
    );
    assert.deepEqual(PRICE, { inputUsdPerMTok: 3, outputUsdPerMTok: 15 });
  });
});
