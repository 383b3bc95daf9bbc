import type { Clock, Millis } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { KernelApi } from '../contracts/kernelApi.ts';
import type { Logger } from '../contracts/logger.ts';
import { serverOf } from '../contracts/models.ts';

/** What of VS Code's `SecretStorage` is used. Any call may reject, or never answer: a locked keyring asks the person first. */
export interface SecretStore {
  keys(): PromiseLike<readonly string[]>;
  get(key: string): PromiseLike<string | undefined>;
  store(key: string, value: string): PromiseLike<void>;
  delete(key: string): PromiseLike<void>;
}

export interface ModelKeysDeps {
  readonly secrets: SecretStore;
  readonly kernel: Pick<KernelApi, 'setModelKey'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const PREFIX = 'gonogo.model-key:';
/** The kernel gets its settings before a keyring that nobody unlocks; the key follows when it comes. */
const PATIENCE_MS: Millis = 3_000;
/** A person may have to unlock the keyring first. */
const KEEPING_MS: Millis = 60_000;

/** The keys of model servers: in the secret storage, one for each server, and handed to the kernel's memory. No other place has them. */
export class ModelKeys {
  readonly #deps: ModelKeysDeps;
  /** Servers whose key the storage did not take. */
  readonly #thisWindow = new Set<string>();

  constructor(deps: ModelKeysDeps) {
    this.#deps = deps;
  }

  /** Gives the kernel the key of a server, if there is one. Resolves after some seconds at the latest, and never rejects. */
  async handOver(baseUrl: string): Promise<void> {
    const handing = this.#stored(baseUrl)
      .then((key) => (key === undefined ? undefined : this.#deps.kernel.setModelKey(baseUrl, key)))
      .catch((error: unknown) => this.#deps.logger.log('warn', 'the key of a model could not be read', { error: messageOf(error) }));
    await within(this.#deps.clock, PATIENCE_MS, handing).catch(() => undefined);
  }

  /** Another window has given or forgotten a key: follow it. */
  async follow(secretName: string, baseUrl: string): Promise<void> {
    if (secretName !== nameOf(baseUrl)) return;
    try {
      await this.#deps.kernel.setModelKey(baseUrl, await this.#stored(baseUrl));
    } catch (error) {
      this.#deps.logger.log('warn', 'the key of a model could not be read', { error: messageOf(error) });
    }
  }

  async has(baseUrl: string): Promise<boolean> {
    if (this.#thisWindow.has(serverOf(baseUrl))) return true;
    return (await within(this.#deps.clock, PATIENCE_MS, this.#stored(baseUrl)).catch(() => undefined)) !== undefined;
  }

  /** Tries a key without keeping it. */
  async lend(baseUrl: string, key: string | undefined): Promise<void> {
    if (key !== undefined) await this.#deps.kernel.setModelKey(baseUrl, key);
    else await this.handOver(baseUrl);
  }

  /** Takes a lent key back. */
  async takeBack(baseUrl: string): Promise<void> {
    if (this.#thisWindow.has(serverOf(baseUrl))) return;
    await this.#deps.kernel.setModelKey(baseUrl, undefined);
    await this.handOver(baseUrl);
  }

  /** Keeps a key. Returns why the storage did not take it: then it works until this window closes. */
  async keep(baseUrl: string, key: string): Promise<string | undefined> {
    await this.#deps.kernel.setModelKey(baseUrl, key);
    try {
      await within(this.#deps.clock, KEEPING_MS, Promise.resolve(this.#deps.secrets.store(nameOf(baseUrl), key)));
      this.#thisWindow.delete(serverOf(baseUrl));
      return undefined;
    } catch (error) {
      // What it says might quote what it was given.
      const reason = messageOf(error).replaceAll(key, '[key]');
      this.#thisWindow.add(serverOf(baseUrl));
      this.#deps.logger.log('warn', 'the secret storage did not take the key of a model', { error: reason });
      return reason;
    }
  }

  /** Takes the key from the kernel and from the storage. @throws what the storage throws */
  async forget(server: string): Promise<void> {
    this.#thisWindow.delete(serverOf(server));
    await this.#deps.kernel.setModelKey(server, undefined);
    await within(this.#deps.clock, KEEPING_MS, Promise.resolve(this.#deps.secrets.delete(nameOf(server))));
  }

  /** Every server with a key. @throws what the storage throws */
  async servers(): Promise<readonly string[]> {
    const names = await within(this.#deps.clock, KEEPING_MS, Promise.resolve(this.#deps.secrets.keys()));
    const kept = names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
    return [...new Set([...kept, ...this.#thisWindow])].sort();
  }

  /** A method that throws at once and one that rejects are the same here. */
  async #stored(baseUrl: string): Promise<string | undefined> {
    return this.#deps.secrets.get(nameOf(baseUrl));
  }
}

function nameOf(baseUrl: string): string {
  return `${PREFIX}${serverOf(baseUrl)}`;
}

async function within<T>(clock: Clock, limit: Millis, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = clock.after(limit, () => late.reject(new Error(`the secret storage did not answer within ${limit / 1000} s`)));
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    timer[Symbol.dispose]();
  }
}
