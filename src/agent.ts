import { randomUUID } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { agent, ndJsonStream, PROTOCOL_VERSION, RequestError, type ContentBlock } from '@agentclientprotocol/sdk';
import { readEnvironment, type AgentEnvironment } from './agent/agentEnvironment.ts';
import { runTurn } from './agent/turn.ts';
import { messageOf } from './base/errors.ts';

// The built-in agent: an ACP agent over stdio, as any other, that spends through the gateway and acts through its client.
// It ends when its input ends.

interface Session {
  running?: AbortController;
}

function serve(environment: AgentEnvironment): void {
  const sessions = new Map<string, Session>();
  const app = agent({ name: 'gonogo-builtin' })
    .onRequest('initialize', () => ({
      protocolVersion: PROTOCOL_VERSION,
      agentCapabilities: { loadSession: false },
      agentInfo: { name: 'gonogo-builtin', title: 'GoNoGo built-in agent', version: '1' },
    }))
    .onRequest('session/new', () => {
      const sessionId = randomUUID();
      sessions.set(sessionId, {});
      return { sessionId };
    })
    .onRequest('session/prompt', async ({ params, client }) => {
      const session = sessions.get(params.sessionId);
      if (session === undefined) throw RequestError.sessionNotFound(params.sessionId);
      if (session.running !== undefined) throw RequestError.invalidRequest(undefined, 'a prompt is running already; wait for its end');
      const running = new AbortController();
      session.running = running;
      try {
        const [instructions, ...task] = texts(params.prompt);
        if (instructions === undefined || task.length === 0)
          throw RequestError.invalidParams(undefined, 'a prompt is two texts: what the agent is, and the task');
        const { sessionId } = params;
        return {
          stopReason: await runTurn(environment, { client, sessionId, instructions, task: task.join('\n\n'), signal: running.signal }),
        };
      } finally {
        delete session.running;
      }
    })
    .onNotification('session/cancel', ({ params }) => {
      sessions.get(params.sessionId)?.running?.abort(new Error('cancelled by the client'));
    });
  const connection = app.connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
  void connection.closed.then(() => process.exit(0));
}

function texts(blocks: readonly ContentBlock[]): readonly string[] {
  return blocks.flatMap((block) => (block.type === 'text' ? [block.text] : []));
}

try {
  serve(readEnvironment(process.env));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
