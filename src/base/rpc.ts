import type { MessagePort, Worker } from 'node:worker_threads';
import { CodedError, isCodedError, messageOf } from './errors.ts';

type Port = Pick<MessagePort, 'postMessage'> & { on(event: 'message', listener: (value: unknown) => void): unknown };

type Call = { readonly call: number; readonly method: string; readonly args: readonly unknown[] };
type Answer = { readonly answer: number } & (
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly code: string; readonly message: string }
);
type Event = { readonly event: unknown };

/** An interface whose every member is an async method. */
type Remote<T> = { readonly [K in keyof T]: (...args: never[]) => Promise<unknown> };

/**
 * Answers calls on `api` that come through `port`, which both ends of this program own: values travel by structured clone.
 * Every call is answered; an error travels as its code and message.
 */
export function serveRpc<T extends Remote<T>>(port: Port, api: T, methods: readonly (keyof T & string)[]): { emit(event: unknown): void } {
  const known = new Set<string>(methods);
  port.on('message', (message) => {
    const { call, method, args } = message as Call;
    const refuse = (code: string, why: string): void => {
      port.postMessage({ answer: call, ok: false, code, message: why } satisfies Answer);
    };
    if (!known.has(method)) return refuse('internal', `there is no method \`${method}\``);
    // The name was checked against the list; the arguments come from `RpcClient`, whose types are those of the same interface.
    const run = api[method as keyof T] as unknown as (...values: readonly unknown[]) => Promise<unknown>;
    // Inside a promise, so that a method that throws at once and a value that cannot be cloned are answered too.
    new Promise((resolve) => resolve(run.apply(api, [...args])))
      .then((value) => port.postMessage({ answer: call, ok: true, value } satisfies Answer))
      .catch((error: unknown) => refuse(isCodedError(error) ? error.code : 'internal', messageOf(error)));
  });
  return { emit: (event) => port.postMessage({ event }) };
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The other end. Calls that are open when the worker dies reject, so nobody waits for ever. */
export class RpcClient<T extends Remote<T>> {
  readonly api: T;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #next = 0;
  #dead: CodedError | undefined;

  constructor(
    worker: Worker,
    methods: readonly (keyof T & string)[],
    onEvent: (event: unknown) => void,
    onDeath: (error: CodedError) => void,
  ) {
    this.#worker = worker;
    this.api = Object.fromEntries(methods.map((method) => [method, (...args: unknown[]) => this.#call(method, args)])) as unknown as T;
    worker.on('message', (message: Answer | Event) => {
      if ('event' in message) return onEvent(message.event);
      const pending = this.#pending.get(message.answer);
      this.#pending.delete(message.answer);
      if (message.ok) pending?.resolve(message.value);
      else pending?.reject(new CodedError(message.code, message.message));
    });
    const died = (why: string): void => {
      if (this.#dead) return;
      this.#dead = new CodedError('kernel-stopped', `the kernel has stopped (${why}); reload the window to start it again`);
      for (const pending of this.#pending.values()) pending.reject(this.#dead);
      this.#pending.clear();
      onDeath(this.#dead);
    };
    worker.on('error', (error) => died(messageOf(error)));
    worker.on('exit', (code) => died(`exit code ${code}`));
  }

  #call(method: string, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#dead) return reject(this.#dead);
      const call = ++this.#next;
      this.#worker.postMessage({ call, method, args } satisfies Call);
      this.#pending.set(call, { resolve, reject });
    });
  }
}
