import assert from 'node:assert/strict';
import fc from 'fast-check';
import { z } from 'zod';
import { approvalChannel, approvalStateSchema, maxReasonLength } from '../../../src/protocol/approval.ts';
import { ChannelClient } from '../../../src/protocol/channelClient.ts';
import { ChannelHost } from '../../../src/protocol/channelHost.ts';
import { ChannelError } from '../../../src/protocol/messages.ts';
import type { Problem, ResponseMessage, EventMessage } from '../../../src/protocol/messages.ts';

const definition = {
  requests: { double: { params: z.strictObject({ value: z.number() }), result: z.strictObject({ value: z.number() }) } },
  commands: { note: z.strictObject({ text: z.string().max(10) }) },
  events: { total: z.object({ value: z.number() }) },
};

interface Wire {
  client: ChannelClient<typeof definition>;
  host: ChannelHost<typeof definition>;
  answers: (ResponseMessage | EventMessage)[];
  totals: number[];
  notes: string[];
  problems: Problem[];
  refused: { raw: unknown; reason: string }[];
}

/** Both sides joined; what crosses is copied as structured clone does. */
function wire(double: (value: number) => Promise<number> = (value) => Promise.resolve(value * 2)): Wire {
  const answers: (ResponseMessage | EventMessage)[] = [];
  const [totals, notes, problems]: [number[], string[], Problem[]] = [[], [], []];
  const refused: Wire['refused'] = [];
  const host: Wire['host'] = new ChannelHost(
    definition,
    {
      requests: { double: async ({ value }) => ({ value: await double(value) }) },
      commands: {
        note: ({ text }) => {
          notes.push(text);
          return Promise.resolve();
        },
      },
    },
    {
      post: (message) => {
        answers.push(message);
        client.receive(structuredClone(message));
      },
      describe: (thrown) => ({ code: 'broken', message: String(thrown) }),
      refused: (raw, reason) => refused.push({ raw, reason }),
    },
  );
  const client: Wire['client'] = new ChannelClient(definition, {
    post: (message) => void host.receive(structuredClone(message)),
    events: { total: ({ value }) => totals.push(value) },
    problem: (problem) => problems.push(problem),
  });
  return { client, host, answers, totals, notes, problems, refused };
}

const code = (expected: string) => (error: unknown) => error instanceof ChannelError && error.code === expected;

describe('channel', () => {
  it('answers each request with its own result, in whatever order they end', async () => {
    const waiting = new Map<number, () => void>();
    const { client } = wire((value) => new Promise((resolve) => waiting.set(value, () => resolve(value * 2))));
    const [one, two] = [client.request('double', { value: 1 }), client.request('double', { value: 2 })];
    waiting.get(2)?.();
    assert.deepEqual(await two, { value: 4 });
    waiting.get(1)?.();
    assert.deepEqual(await one, { value: 2 });
    assert.equal(client.pending, 0);
  });

  it('carries what a handler throws as code and words', async () => {
    const { client } = wire(() => Promise.reject(new Error('no')));
    await assert.rejects(client.request('double', { value: 1 }), (error) => code('broken')(error) && String(error).includes('no'));
  });

  it('refuses an answer that is not what was promised', async () => {
    const { client } = wire(() => Promise.resolve('four' as unknown as number));
    await assert.rejects(client.request('double', { value: 2 }), code('invalid-response'));
  });

  it('rejects what is pending when it is disposed, and every request after', async () => {
    const { client } = wire(() => new Promise(() => undefined));
    const pending = client.request('double', { value: 1 });
    client.dispose();
    await assert.rejects(pending, code('disposed'));
    await assert.rejects(client.request('double', { value: 1 }), code('disposed'));
    assert.equal(client.pending, 0);
  });

  it('delivers events and commands, and reports an event it cannot read', async () => {
    const { client, host, totals, notes, problems } = wire();
    host.event('total', { value: 3 });
    client.command('note', { text: 'hello' });
    client.receive({ kind: 'event', name: 'total', payload: { value: 'three' } });
    client.receive({ kind: 'event', name: 'constructor', payload: {} });
    client.receive('nonsense');
    assert.deepEqual([totals, notes], [[3], ['hello']]);
    assert.deepEqual(
      problems.map((problem) => problem.code),
      ['invalid-message', 'invalid-message', 'invalid-message'],
    );
  });

  const unreadable: [name: string, raw: unknown, id: string, code: string][] = [
    ['nothing', undefined, '', 'invalid-message'],
    ['text', 'approve', '', 'invalid-message'],
    ['an unknown kind with an id', { kind: 'execute', id: '7', command: 'rm' }, '7', 'invalid-message'],
    ['a request without an id', { kind: 'request', method: 'double', params: { value: 1 } }, '', 'invalid-message'],
    ['a request with more than it may hold', { kind: 'request', id: '7', method: 'double', params: {}, extra: 1 }, '7', 'invalid-message'],
    ['an unknown request', { kind: 'request', id: '7', method: 'triple', params: {} }, '7', 'unknown-request-kind'],
    ['a name every object has', { kind: 'request', id: '7', method: 'toString', params: {} }, '7', 'unknown-request-kind'],
    ['the prototype', { kind: 'request', id: '7', method: '__proto__', params: {} }, '7', 'unknown-request-kind'],
    ['content of the wrong type', { kind: 'request', id: '7', method: 'double', params: { value: '1' } }, '7', 'invalid-message'],
    ['an unknown command', { kind: 'command', name: 'run', params: {} }, '', 'unknown-command-kind'],
    ['a command too long', { kind: 'command', name: 'note', params: { text: 'x'.repeat(11) } }, '', 'invalid-message'],
  ];
  for (const [name, raw, id, expected] of unreadable) {
    it(`answers and reports ${name}`, async () => {
      const { host, answers, refused } = wire();
      await host.receive(raw);
      assert.equal(answers.length, 1);
      const [answer] = answers;
      assert.ok(answer?.kind === 'response' && !answer.ok);
      assert.deepEqual([answer.id, answer.error.code], [id, expected]);
      assert.equal(refused.length, 1);
      assert.equal(refused[0]?.raw, raw);
    });
  }

  it('answers anything at all exactly once, and never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (raw) => {
        const { host, answers } = wire();
        await host.receive(raw);
        assert.equal(answers.length, 1);
      }),
    );
  });
});

describe('approval messages', () => {
  const digest = 'a'.repeat(64);
  const { decide } = approvalChannel.requests;
  const rows: [name: string, params: unknown, good: boolean][] = [
    ['an approval', { requestId: 'r', digest, decision: { kind: 'approve' } }, true],
    ['a rejection with a reason', { requestId: 'r', digest, decision: { kind: 'reject', reason: 'no tests' } }, true],
    ['a rejection without a reason', { requestId: 'r', digest, decision: { kind: 'reject' } }, false],
    ['a rejection with a blank reason', { requestId: 'r', digest, decision: { kind: 'reject', reason: ' \n ' } }, false],
    ['a reason that is too long', { requestId: 'r', digest, decision: { kind: 'reject', reason: 'x'.repeat(maxReasonLength + 1) } }, false],
    ['a decision without a digest', { requestId: 'r', decision: { kind: 'approve' } }, false],
    ['a digest in capitals', { requestId: 'r', digest: 'A'.repeat(64), decision: { kind: 'approve' } }, false],
    ['a digest cut short', { requestId: 'r', digest: digest.slice(1), decision: { kind: 'approve' } }, false],
    ['an approval for always', { requestId: 'r', digest, decision: { kind: 'approve', always: true } }, false],
    ['someone else as the decider', { requestId: 'r', digest, decision: { kind: 'approve' }, by: 'root' }, false],
  ];
  for (const [name, params, good] of rows) {
    it(`${good ? 'reads' : 'refuses'} ${name}`, () => assert.equal(decide.params.safeParse(params).success, good));
  }

  it('reads no state that was tampered with', () => {
    assert.equal(approvalStateSchema.safeParse({ rejectDraft: 'x'.repeat(maxReasonLength + 1) }).success, false);
    assert.deepEqual(approvalStateSchema.parse({ evil: 1 }), {
      diffScroll: 0,
      leftOut: [],
      filter: '',
      kinds: [],
      folded: [],
      rejecting: false,
      rejectDraft: '',
    });
  });
});
