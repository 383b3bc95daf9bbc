import { PROTOCOL_VERSION, RequestError, type ClientConnection } from '@agentclientprotocol/sdk';
import { z } from 'zod';
import { assertNever } from '../../base/assertNever.ts';
import type { Clock, Millis } from '../../base/clock.ts';
import { DisposableStore } from '../../base/disposables.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { visibleText } from '../../base/visibleText.ts';
import type { AgentCommand, AgentError, AgentHost, AgentPrompt, AgentResult, AgentTools } from '../../contracts/agent.ts';
import { processIdentity } from '../processes.ts';
import { AgentProcess, within, type Exit } from './agentProcess.ts';
import { ClientSide, type Refused } from './clientSide.ts';
import { Updates } from './updates.ts';
import { acpStream, WireError } from './wire.ts';

/** How long an agent may take to end by itself: after its work, and after it was told to cancel. */
export const GRACE_MS: Millis = 2_000;

/** How often an agent hears of refusals before it is told to stop. */
const MAX_ROUNDS = 12;
/** ACP: the agent cannot open a session before a log-in. */
const AUTH_REQUIRED = -32_000;

type RunOptions = Parameters<AgentHost['run']>[3];

/** Why a conversation is over. */
type End =
  | { readonly kind: 'answered'; readonly stopReason: string }
  | { readonly kind: 'declined'; readonly during: 'start' | 'prompt'; readonly why: string }
  /** It wants a log-in first. `how` is what it says of it. */
  | { readonly kind: 'locked'; readonly how: readonly string[] }
  /** It kept on asking for what was refused. */
  | { readonly kind: 'stubborn' }
  | { readonly kind: 'broke'; readonly why: string }
  | { readonly kind: 'silent' }
  | { readonly kind: 'exited'; readonly during: 'start' | 'prompt'; readonly exit: Exit }
  | { readonly kind: 'late'; readonly during: 'start' | 'prompt'; readonly after: Millis }
  | { readonly kind: 'cancelled' };

const initialized = z.object({
  protocolVersion: z.number(),
  authMethods: z.array(z.object({ name: z.string(), description: z.string().nullish() })).nullish(),
});
const sessionOpened = z.object({ sessionId: z.string().min(1).max(500) });
const promptAnswered = z.object({ stopReason: z.enum(['end_turn', 'max_tokens', 'max_turn_requests', 'refusal', 'cancelled']) });

/** Agents as child processes that speak the Agent Client Protocol, version 1, over stdio. */
export class AcpAgentHost implements AgentHost {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async run(command: AgentCommand, prompt: AgentPrompt, tools: AgentTools, options: RunOptions): Promise<Result<AgentResult, AgentError>> {
    try {
      if (options.signal.aborted) return err(errorOf({ kind: 'cancelled' }, command.id, '', ''));
      // A listener that throws must not end the agent in the middle of a message; its error comes out at the end.
      const broken: unknown[] = [];
      const onUpdate: RunOptions['onUpdate'] = (update) => {
        try {
          options.onUpdate(update);
        } catch (error) {
          broken.push(error);
        }
      };
      const started = await AgentProcess.start(command, prompt.cwd, (text) => onUpdate({ kind: 'log', text }));
      if (!started.ok) return started;
      const result = await this.#runIn(started.value, command, prompt, tools, { ...options, onUpdate });
      if (broken.length > 0) throw broken[0];
      return result;
    } finally {
      await tools.close();
    }
  }

  async #runIn(
    agent: AgentProcess,
    command: AgentCommand,
    prompt: AgentPrompt,
    tools: AgentTools,
    options: RunOptions,
  ): Promise<Result<AgentResult, AgentError>> {
    const updates = new Updates();
    const clientSide = new ClientSide(tools, this.#clock);
    const stream = acpStream(agent.output, agent.input, (method, params) => {
      clientSide.note(method, params);
      const update = method === 'session/update' ? updates.read(params) : undefined;
      if (update !== undefined) options.onUpdate(update);
    });
    const connection = clientSide.app().connect(stream);
    let end: End | undefined;
    try {
      end = await this.#converse(agent, connection, clientSide, prompt, options);
    } finally {
      clientSide[Symbol.dispose]();
      connection.close();
      await agent.stop(this.#clock, end?.kind === 'answered' ? GRACE_MS : 0);
    }
    if (end.kind === 'answered' && end.stopReason !== 'refusal' && end.stopReason !== 'cancelled')
      return ok({ stopReason: end.stopReason });
    return err(errorOf(end, command.id, agent.lastWords, updates.lastMessage));
  }

  /** Speaks with the agent until it has answered, or until something else ends the conversation first. */
  async #converse(
    agent: AgentProcess,
    connection: ClientConnection,
    clientSide: ClientSide,
    prompt: AgentPrompt,
    options: RunOptions,
  ): Promise<End> {
    const { signal, timeouts } = options;
    let during: 'start' | 'prompt' = 'start';
    let sessionId: string | undefined;
    let logIn: readonly string[] = [];
    const interrupted = Promise.withResolvers<End>();
    using listeners = new DisposableStore();
    const onAbort = (): void => interrupted.resolve({ kind: 'cancelled' });
    signal.addEventListener('abort', onAbort, { once: true });
    listeners.defer(() => signal.removeEventListener('abort', onAbort));
    if (signal.aborted) onAbort();
    const timer = listeners.add(
      this.#clock.after(timeouts.startMs, () => interrupted.resolve({ kind: 'late', during: 'start', after: timeouts.startMs })),
    );

    const talk = async (): Promise<End> => {
      const identity = await processIdentity(agent.pid);
      if (identity !== undefined) await options.onStarted(identity);
      const hello = parsed(initialized, await connection.agent.request('initialize', clientInfo));
      if (hello.protocolVersion !== PROTOCOL_VERSION)
        return { kind: 'declined', during, why: `it speaks version ${hello.protocolVersion} of the protocol, not ${PROTOCOL_VERSION}` };
      timer[Symbol.dispose]();
      listeners.add(
        this.#clock.after(timeouts.promptMs, () => interrupted.resolve({ kind: 'late', during: 'prompt', after: timeouts.promptMs })),
      );
      logIn = (hello.authMethods ?? []).map(({ name, description }) => description ?? name);
      const session = parsed(sessionOpened, await connection.agent.request('session/new', { cwd: prompt.cwd, mcpServers: [] }));
      sessionId = session.sessionId;
      during = 'prompt';
      clientSide.open(sessionId);
      for (let round = 0, said = blocks(prompt); round < MAX_ROUNDS; round += 1) {
        const { stopReason } = parsed(promptAnswered, await connection.agent.request('session/prompt', { sessionId, prompt: said }));
        const refused = clientSide.takeRefused();
        // Agents stop at a refusal, and the protocol has no room for its reason: this is how they hear of it and go on.
        if (stopReason !== 'end_turn' || refused.length === 0) return { kind: 'answered', stopReason };
        said = [{ type: 'text', text: reasons(refused) }];
      }
      return { kind: 'stubborn' };
    };
    const talking = talk().catch((error: unknown) => this.#failed(error, during, agent, connection, logIn));
    // Its last words may still be in the pipe, and the pipe open in the hands of something it started.
    const ending = agent.exited.then(async (exit) => {
      await within(this.#clock, GRACE_MS, talking);
      interrupted.resolve({ kind: 'exited', during, exit });
    });
    ending.catch(interrupted.reject);

    const end = await Promise.race([talking, interrupted.promise]);
    if (sessionId !== undefined && (end.kind === 'cancelled' || end.kind === 'late')) {
      // From now on nothing is done for the agent; it may only finish its sentence.
      clientSide[Symbol.dispose]();
      await agent.remember();
      connection.agent.notify('session/cancel', { sessionId }).catch(() => undefined);
      await within(this.#clock, GRACE_MS, talking);
    }
    return end;
  }

  /** What a request that was not answered says about the agent; an error that is ours goes on. */
  async #failed(
    error: unknown,
    during: 'start' | 'prompt',
    agent: AgentProcess,
    connection: ClientConnection,
    logIn: readonly string[],
  ): Promise<End> {
    if (error instanceof WireError) return { kind: 'broke', why: error.message };
    if (error instanceof RequestError && during === 'start' && error.code === AUTH_REQUIRED) return { kind: 'locked', how: logIn };
    if (error instanceof RequestError) return { kind: 'declined', during, why: visibleText(error.message, { limit: 300 }) };
    if (!connection.signal.aborted) throw error;
    // The pipes closed, so the process has ended or is about to.
    const exit = await Promise.race([agent.exited, within(this.#clock, GRACE_MS, agent.exited).then(() => undefined)]);
    return exit === undefined ? { kind: 'silent' } : { kind: 'exited', during, exit };
  }
}

const clientInfo = {
  protocolVersion: PROTOCOL_VERSION,
  clientCapabilities: { fs: { readTextFile: true, writeTextFile: true }, terminal: true },
  clientInfo: { name: 'gonogo', title: 'GoNoGo', version: '1' },
};

/** Two texts, what the agent is and its task: the built-in agent gives the first to its model as the system message. */
function blocks({ instructions, text }: AgentPrompt): { readonly type: 'text'; readonly text: string }[] {
  return [
    { type: 'text', text: instructions },
    { type: 'text', text },
  ];
}

function reasons(refused: readonly Refused[]): string {
  const list = refused.map(({ what, why }) => `- ${what}: ${why}`).join('\n');
  return `GoNoGo did not let you do this:\n${list}\n\nDo not try the same again. Go on with what is allowed; if you are done, finish with a short summary.`;
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new WireError('gave an answer that does not follow the protocol');
  return result.data;
}

/** One sentence: what happened, why as far as the agent said, what to do. */
function errorOf(end: End, id: string, lastWords: string, lastMessage: string): AgentError {
  const agent = `the agent \`${id}\``;
  const said = lastWords === '' ? '' : ` after it printed \`${lastWords}\``;
  switch (end.kind) {
    case 'answered':
      return end.stopReason === 'refusal'
        ? {
            code: 'agent-refused',
            message: `${agent} gave up${lastMessage === '' ? said : ` and said \`${visibleText(lastMessage, { limit: 300 })}\``}; change the goal or launch again`,
          }
        : { code: 'agent-refused', message: `${agent} stopped by itself before it was done${said}; launch again` };
    case 'declined':
      return end.during === 'start'
        ? { code: 'agent-start', message: `${agent} did not start to work because ${end.why}${said}; check its installation` }
        : { code: 'agent-refused', message: `${agent} did not take the task and said \`${end.why}\`; change the goal or launch again` };
    case 'locked': {
      const how = end.how.length === 0 ? '' : ` (${visibleText(end.how.join('; '), { limit: 300 })})`;
      return {
        code: 'agent-start',
        message: `${agent} wants you to log in first${how}; log in, let it see its log-in with \`env\` in \`gonogo.agents.path\`, and launch again`,
      };
    }
    case 'stubborn':
      return {
        code: 'agent-refused',
        message: `${agent} kept on asking for what is not allowed and was stopped; change the goal or launch again`,
      };
    case 'broke':
      return { code: 'agent-protocol', message: `${agent} ${end.why}${said} and was stopped; check that it speaks ACP` };
    case 'silent':
      return {
        code: 'agent-protocol',
        message: `${agent} closed its output without an answer${said} and was stopped; check that it speaks ACP`,
      };
    case 'exited':
      return {
        code: end.during === 'start' ? 'agent-start' : 'agent-crashed',
        message: `${agent} ended ${end.during === 'start' ? 'before it was ready' : 'in the middle of its work'} (${exitText(end.exit)})${said}; launch again`,
      };
    case 'late':
      return end.during === 'start'
        ? {
            code: 'agent-timeout',
            message: `${agent} was not ready within ${seconds(end.after)}${said} and was stopped; check its installation, or raise \`gonogo.agents.initializationDelaySec\``,
          }
        : {
            code: 'agent-timeout',
            message: `${agent} did not finish within ${seconds(end.after)}${said} and was stopped; choose a smaller goal`,
          };
    case 'cancelled':
      return { code: 'agent-cancelled', message: `${agent} was stopped because the mission was cancelled` };
    default:
      return assertNever(end);
  }
}

function exitText({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;
}

function seconds(ms: Millis): string {
  return `${ms / 1000} s`;
}
