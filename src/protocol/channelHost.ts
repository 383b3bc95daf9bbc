import { z } from 'zod';
import { toEditorSchema } from './messages.ts';
import type {
  ChannelDefinition,
  CommandName,
  CommandOf,
  EventMessage,
  EventName,
  EventOf,
  ParamsOf,
  Problem,
  RequestName,
  ResponseMessage,
  ResultOf,
} from './messages.ts';

export interface ChannelHandlers<D extends ChannelDefinition> {
  readonly requests: { readonly [M in RequestName<D>]: (params: ParamsOf<D, M>) => Promise<ResultOf<D, M>> };
  readonly commands: { readonly [N in CommandName<D>]: (params: CommandOf<D, N>) => Promise<void> };
}

type Handlers = Readonly<Record<string, (params: never) => Promise<unknown>>>;

export interface ChannelHostPorts {
  post(message: ResponseMessage | EventMessage): void;
  /** Turns whatever a handler threw into words for the person. */
  describe(thrown: unknown): Problem;
  /** Called with every message that was not understood, before it is answered. */
  refused(raw: unknown, reason: string): void;
}

/** The editor's side of a channel: parses what arrives, runs the handler, and answers whatever happens. */
export class ChannelHost<D extends ChannelDefinition> {
  readonly #definition: D;
  readonly #handlers: ChannelHandlers<D>;
  readonly #ports: ChannelHostPorts;

  constructor(definition: D, handlers: ChannelHandlers<D>, ports: ChannelHostPorts) {
    this.#definition = definition;
    this.#handlers = handlers;
    this.#ports = ports;
  }

  /** Never rejects. */
  async receive(raw: unknown): Promise<void> {
    const message = toEditorSchema.safeParse(raw);
    if (!message.success) this.#refuse(raw, idOf(raw), 'invalid-message', 'the message is not one this panel knows');
    else if (message.data.kind === 'request') await this.#request(raw, message.data.id, message.data.method, message.data.params);
    else await this.#command(raw, message.data.name, message.data.params);
  }

  event<E extends EventName<D>>(name: E, payload: EventOf<D, E>): void {
    this.#ports.post({ kind: 'event', name, payload });
  }

  async #request(raw: unknown, id: string, method: string, params: unknown): Promise<void> {
    const { requests } = this.#definition;
    // Own members only: `constructor` and `__proto__` are no requests.
    if (!Object.hasOwn(requests, method)) {
      this.#refuse(raw, id, 'unknown-request-kind', `there is no request \`${method}\``);
      return;
    }
    const parsed = requests[method]?.params.safeParse(params);
    if (!parsed?.success) {
      this.#refuse(raw, id, 'invalid-message', `\`${method}\` was sent with content that cannot be read`);
      return;
    }
    const handlers: Handlers = this.#handlers.requests;
    try {
      // The handler's parameter type is inferred from the very schema that has just parsed the data.
      this.#ports.post({ kind: 'response', id, ok: true, result: await handlers[method]?.(parsed.data as never) });
    } catch (error) {
      this.#ports.post({ kind: 'response', id, ok: false, error: this.#ports.describe(error) });
    }
  }

  async #command(raw: unknown, name: string, params: unknown): Promise<void> {
    const { commands } = this.#definition;
    if (!Object.hasOwn(commands, name)) {
      this.#refuse(raw, '', 'unknown-command-kind', `there is no command \`${name}\``);
      return;
    }
    const parsed = commands[name]?.safeParse(params);
    if (!parsed?.success) {
      this.#refuse(raw, '', 'invalid-message', `\`${name}\` was sent with content that cannot be read`);
      return;
    }
    const handlers: Handlers = this.#handlers.commands;
    try {
      await handlers[name]?.(parsed.data as never);
    } catch (error) {
      this.#ports.post({ kind: 'response', id: '', ok: false, error: this.#ports.describe(error) });
    }
  }

  #refuse(raw: unknown, id: string, code: string, message: string): void {
    this.#ports.refused(raw, message);
    this.#ports.post({ kind: 'response', id, ok: false, error: { code, message } });
  }
}

const withId = z.object({ id: z.string().max(64) });

function idOf(raw: unknown): string {
  const parsed = withId.safeParse(raw);
  return parsed.success ? parsed.data.id : '';
}
