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

type Handler = (params: never) => Promise<unknown>;

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
    if (!message.success) return this.#refuse(raw, idOf(raw), 'invalid-message', 'the message is not one this panel knows');
    if (message.data.kind === 'request') await this.#request(raw, message.data.id, message.data.method, message.data.params);
    else await this.#command(raw, message.data.name, message.data.params);
  }

  event<E extends EventName<D>>(name: E, payload: EventOf<D, E>): void {
    this.#ports.post({ kind: 'event', name, payload });
  }

  async #request(raw: unknown, id: string, method: string, params: unknown): Promise<void> {
    if (!has(this.#definition.requests, method)) return this.#refuse(raw, id, 'unknown-request-kind', `there is no request \`${method}\``);
    const parsed = this.#definition.requests[method]?.params.safeParse(params);
    if (!parsed?.success) return this.#refuse(raw, id, 'invalid-message', `\`${method}\` was sent with content that cannot be read`);
    const handler: Handler | undefined = this.#handlers.requests[method];
    try {
      // The handler's parameter type is inferred from the very schema that has just parsed the data.
      this.#ports.post({ kind: 'response', id, ok: true, result: await handler?.(parsed.data as never) });
    } catch (error) {
      this.#ports.post({ kind: 'response', id, ok: false, error: this.#ports.describe(error) });
    }
  }

  async #command(raw: unknown, name: string, params: unknown): Promise<void> {
    if (!has(this.#definition.commands, name)) return this.#refuse(raw, '', 'unknown-command-kind', `there is no command \`${name}\``);
    const parsed = this.#definition.commands[name]?.safeParse(params);
    if (!parsed?.success) return this.#refuse(raw, '', 'invalid-message', `\`${name}\` was sent with content that cannot be read`);
    const handler: Handler | undefined = this.#handlers.commands[name];
    try {
      await handler?.(parsed.data as never);
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

/** Own members only: `constructor` and `__proto__` are no requests. */
function has<T extends object>(table: T, key: string): key is keyof T & string {
  return Object.hasOwn(table, key);
}
