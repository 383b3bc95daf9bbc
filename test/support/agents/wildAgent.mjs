// An ACP agent that does one thing no agent should do: `node wildAgent.mjs <deed> [argument]`. Plain JSON-RPC, no SDK,
// so that it can also say what no SDK would let it say.
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [deed, argument] = process.argv.slice(2);
const sessionId = 'session';
const answers = new Map();
let count = 0;
let prompts = 0;

const raw = (text) => void writeSync(1, text);
const send = (message) => raw(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const log = (text) => void writeSync(2, `${text}\n`);
const request = (method, params) =>
  new Promise((resolve) => {
    const id = `q${(count += 1)}`;
    answers.set(id, resolve);
    send({ id, method, params: { sessionId, ...params } });
  });
const say = (text) =>
  send({
    method: 'session/update',
    params: { sessionId, update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } } },
  });
const forever = () => new Promise(() => setInterval(() => undefined, 1_000));
const child = (detached) => {
  const script =
    'process.stdout.on("error", () => 0); process.on("SIGTERM", () => 0); setInterval(() => process.stdout.write(""), 50); setTimeout(process.exit, 60_000)';
  const started = spawn(process.execPath, ['-e', script], { detached, stdio: ['ignore', 'inherit', 'inherit'] });
  started.unref();
  return started.pid;
};

const onceOptions = ['allow_once', 'reject_once'].map((kind) => ({ optionId: kind, name: kind, kind }));

/** What happens instead of, or before, the answer to the prompt. Answers the stop reason. */
const deeds = {
  polite: async () => (say('done'), 'end_turn'),
  'polite-and-gone': async (id) => {
    send({ id, result: { stopReason: 'end_turn' } });
    process.exit(0);
  },
  'ask-each': async () => {
    for (const [method, params] of JSON.parse(argument)) say(`${JSON.stringify(await request(method, params))}\n`);
    return 'end_turn';
  },
  /** One edit as some agents make it: a permission, then a request to write in the same breath as the end of the tool call. */
  'edit-twice': async () => {
    const [path, content] = JSON.parse(argument);
    const toolCall = { toolCallId: 'edit', kind: 'edit', content: [{ type: 'diff', path, oldText: '', newText: content }] };
    say(JSON.stringify(await request('session/request_permission', { toolCall, options: onceOptions })));
    const lines = [
      { id: 'write', method: 'fs/write_text_file', params: { sessionId, path, content } },
      {
        method: 'session/update',
        params: { sessionId, update: { sessionUpdate: 'tool_call_update', toolCallId: 'edit', status: 'completed' } },
      },
    ];
    const written = new Promise((resolve) => answers.set('write', resolve));
    raw(lines.map((line) => `${JSON.stringify({ jsonrpc: '2.0', ...line })}\n`).join(''));
    await written;
    return 'end_turn';
  },
  /** A permission that does not say what for; the tool call does, a moment later. */
  'read-later': async () => {
    const update = (more) =>
      send({ method: 'session/update', params: { sessionId, update: { sessionUpdate: 'tool_call_update', toolCallId: 'read', ...more } } });
    update({ kind: 'read', status: 'pending', locations: [], rawInput: {} });
    const toolCall = { toolCallId: 'read', kind: 'read', locations: [], rawInput: {} };
    const answer = request('session/request_permission', { toolCall, options: onceOptions });
    update({ status: 'in_progress', locations: [{ path: argument }], rawInput: { filePath: argument } });
    say(JSON.stringify(await answer));
    return 'end_turn';
  },
  stubborn: async () => {
    const toolCall = { toolCallId: `t${prompts}`, kind: 'execute', rawInput: { command: 'rm -rf ~' } };
    await request('session/request_permission', { toolCall, options: onceOptions });
    return 'end_turn';
  },
  command: async () => {
    const { terminalId } = await request('terminal/create', JSON.parse(argument));
    const seen = [];
    for (const method of ['terminal/wait_for_exit', 'terminal/output', 'terminal/release', 'terminal/output'])
      seen.push(await request(method, { terminalId }));
    say(JSON.stringify(seen));
    return 'end_turn';
  },
  crash: async () => {
    log('about to fall\u001b[31m over');
    process.exit(3);
  },
  'kill-itself': async () => process.kill(process.pid, 'SIGKILL'),
  garbage: async () => (raw('Loading model… 100%\n'), forever()),
  'wrong-envelope': async () => (raw('{"jsonrpc":"1.0","method":"hello"}\n'), forever()),
  batch: async () => (raw('[{"jsonrpc":"2.0","method":"hello"}]\n'), forever()),
  'unasked-answer': async () => (send({ id: 4711, result: {} }), forever()),
  'twice-the-same-id': async () => {
    // In one write, or the first may be answered before the second comes.
    const line = JSON.stringify({ jsonrpc: '2.0', id: 'same', method: 'fs/read_text_file', params: { sessionId, path: 'a.txt' } });
    raw(`${line}\n${line}\n`);
    return forever();
  },
  flood: async () => {
    for (let i = 0; i < 500; i += 1) send({ id: i, method: 'session/request_permission', params: { sessionId } });
    return forever();
  },
  'long-line': async () => {
    const megabyte = 'x'.repeat(1024 * 1024);
    for (let i = 0; i < 40; i += 1) raw(megabyte);
    return forever();
  },
  'bad-answer': async () => 'whatever',
  'refuse-politely': async () => (say('I may not do that.'), 'refusal'),
  'cancel-itself': async () => 'cancelled',
  'protocol-error': async (id) => (send({ id, error: { code: -32000, message: 'please log in' } }), forever()),
  'close-output': async () => {
    process.stdout.end();
    (await import('node:fs')).closeSync(1);
    return forever();
  },
  never: async () => (log('working'), forever()),
  children: async () => (log(`children ${child(false)} ${child(true)}`), argument === 'crash' ? process.exit(1) : 'end_turn'),
  'work-after-the-end': async (id) => {
    send({ id: 'late', method: 'fs/write_text_file', params: { sessionId, path: 'late.txt', content: 'late' } });
    send({ id, result: { stopReason: 'end_turn' } });
    setTimeout(() => send({ id: 'later', method: 'fs/write_text_file', params: { sessionId, path: 'later.txt', content: 'later' } }), 50);
    return forever();
  },
  'abandon-command': async () => {
    log(`terminal ${JSON.stringify(await request('terminal/create', { command: 'sleep', args: ['1000'] }))}`);
    return 'end_turn';
  },
  environment: async () => (say(JSON.stringify([process.env, process.cwd()])), 'end_turn'),
};

// Whatever a failing test leaves running ends by itself.
setTimeout(() => process.exit(99), 60_000).unref();

if (deed === 'crash-at-start') {
  log('cannot load model');
  process.exit(7);
}
if (deed === 'silent') setInterval(() => undefined, 1_000);
else if (deed === 'deaf') process.stdin.pause();
else
  createInterface({ input: process.stdin }).on('line', async (line) => {
    const { id, method, params, result, error } = JSON.parse(line);
    if (method === undefined) return answers.get(id)?.(error ? { error } : result);
    if (method === 'initialize')
      return send({
        id,
        result: {
          protocolVersion: deed === 'version-9' ? 9 : 1,
          authMethods: [{ id: 'in', name: 'Log in', description: 'Run `wild login`' }],
        },
      });
    if (method === 'session/new' && deed === 'locked') return send({ id, error: { code: -32_000, message: 'Authentication required' } });
    if (method === 'session/new') return send({ id, result: deed === 'no-session' ? {} : { sessionId } });
    if (method === 'session/cancel') {
      log('heard cancel');
      if (deed === 'never' && argument === 'obeys') process.exit(0);
      return undefined;
    }
    // What it is told after refusals.
    if (method === 'session/prompt' && prompts++ > 0 && deed !== 'stubborn') {
      log(`heard ${JSON.stringify(params.prompt)}`);
      return send({ id, result: { stopReason: 'end_turn' } });
    }
    const stopReason = await deeds[deed](id);
    return send({ id, result: { stopReason } });
  });
