import { ChannelError, toWebviewSchema } from './messages.ts';
import type {
  ChannelDefinition,
  CommandMessage,
  CommandName,
  CommandOf,
  EventName,
  EventOf,
  ParamsOf,
  Problem,
  RequestMessage,
  RequestName,
  ResultOf,
} from './messages.ts';

export interface ChannelClientPorts<D extends ChannelDefinition> {
  post(message: RequestMessage | CommandMessage): void;
  readonly events: { readonly [E in EventName<D>]: (payload: EventOf<D, E>) => void };
  /** Something arrived that cannot be read or belongs to no request. */
  problem(problem: Problem): void;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: ChannelError): void;
}

/** The webview's side of a channel: sends, matches answers to requests, and hands whole snapshots on. */
export class ChannelClient<D extends ChannelDefinition> {
  readonly #definition: D;
  readonly #ports: ChannelClientPorts<D>;
  readonly #pending = new Map<string, Pending>();
  #count = 0;
  #disposed = false;

  constructor(definition: D, ports: ChannelClientPorts<D>) {
    this.#definition = definition;
    this.#ports = ports;
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** @throws ChannelError when refused, when the answer cannot be read, or when the channel is disposed first. */
  async request<M extends RequestName<D>>(method: M, params: ParamsOf<D, M>): Promise<ResultOf<D, M>> {
    if (this.#disposed) throw closed();
    const id = String(++this.#count);
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.#ports.post({ kind: 'request', id, method, params });
    const parsed = this.#definition.requests[method]?.result.safeParse(await answer);
    if (!parsed?.success) throw new ChannelError({ code: 'invalid-response', message: 'The answer could not be read. Reopen this panel.' });
    return parsed.data as ResultOf<D, M>;
  }

  command<N extends CommandName<D>>(name: N, params: CommandOf<D, N>): void {
    if (!this.#disposed) this.#ports.post({ kind: 'command', name, params });
  }

  receive(raw: unknown): void {
    if (this.#disposed) return;
    const message = toWebviewSchema.safeParse(raw);
    if (!message.success) return this.#unreadable();
    if (message.data.kind === 'event') return this.#event(message.data.name, message.data.payload);
    const pending = this.#pending.get(message.data.id);
    this.#pending.delete(message.data.id);
    if (message.data.ok) pending?.resolve(message.data.result);
    else if (pending) pending.reject(new ChannelError(message.data.error));
    else this.#ports.problem(message.data.error);
  }

  /** Every request still open is rejected with `disposed`. */
  dispose(): void {
    this.#disposed = true;
    for (const pending of this.#pending.values()) pending.reject(closed());
    this.#pending.clear();
  }

  #event(name: string, payload: unknown): void {
    if (!Object.hasOwn(this.#definition.events, name)) return this.#unreadable();
    const parsed = this.#definition.events[name]?.safeParse(payload);
    if (!parsed?.success) return this.#unreadable();
    const listener: ((payload: never) => void) | undefined = this.#ports.events[name as EventName<D>];
    listener(parsed.data as never);
  }

  #unreadable(): void {
    this.#ports.problem({ code: 'invalid-message', message: 'This panel received something it cannot read. Close it and open it again.' });
  }
}

function closed(): ChannelError {
  return new ChannelError({ code: 'disposed', message: 'The panel was closed before the answer came.' });
}
