import type { Clock } from '../base/clock.ts';
import { CodedError, messageOf } from '../base/errors.ts';
import { baseUrlProblem } from '../config/upstreamSchema.ts';
import type { KernelErrorCode, KernelSettings } from '../contracts/kernelApi.ts';
import type { Logger } from '../contracts/logger.ts';
import { serverOf, type Upstream } from '../contracts/models.ts';
import { startDemoModel, type DemoModel } from '../gateway/demoModel.ts';

/** What an HTTP header can carry, and no more than any provider uses. */
const KEY = /^[\x21-\x7e]{1,4096}$/;

/**
 * The upstream of now: the demo model while it is switched on, started when first needed, else the one of the settings, with the key
 * that was handed over for its server. Keys live in this object only; a terminal, which is handed none, has none.
 */
export class ModelSource {
  readonly #scriptPath: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** By server. */
  readonly #keys = new Map<string, string>();
  #demo: DemoModel | undefined;
  #upstream: Upstream | undefined;
  #problem: string | undefined;

  constructor(scriptPath: string, clock: Clock, logger: Logger) {
    this.#scriptPath = scriptPath;
    this.#clock = clock;
    this.#logger = logger;
  }

  get current(): Upstream | undefined {
    const upstream = this.#upstream;
    if (!upstream || upstream.demo) return upstream;
    const apiKey = this.keyFor(upstream.baseUrl);
    return apiKey === undefined ? upstream : { ...upstream, apiKey };
  }

  /** Why there is none although the demo model is switched on. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Whether the current server is one that wants a key, as all do but those nearby, and none was handed over. */
  get keyMissing(): boolean {
    const { current } = this;
    return (
      current !== undefined && current.apiKey === undefined && (current.protocol === 'anthropic' || current.baseUrl.startsWith('https:'))
    );
  }

  keyFor(baseUrl: string): string | undefined {
    return this.#keys.get(serverOf(baseUrl));
  }

  /** @throws CodedError `bad-model` for an address a key must not go to, or a key that cannot travel. The message never holds the key. */
  setKey(baseUrl: string, key: string | undefined): void {
    const problem = baseUrlProblem(baseUrl);
    if (problem !== undefined) throw new CodedError<KernelErrorCode>('bad-model', `the address of a model's server ${problem}`);
    if (key === undefined) {
      this.#keys.delete(serverOf(baseUrl));
      return;
    }
    if (!KEY.test(key)) throw new CodedError<KernelErrorCode>('bad-model', 'the key holds characters that no key has; copy it again');
    this.#keys.set(serverOf(baseUrl), key);
  }

  async configure(settings: KernelSettings): Promise<void> {
    this.#problem = undefined;
    if (!settings.demo) {
      const { upstream } = settings;
      this.#upstream = upstream && {
        protocol: upstream.protocol ?? 'openai',
        baseUrl: upstream.baseUrl,
        model: upstream.model,
        price: { inputUsdPerMTok: upstream.inputUsdPerMTok, outputUsdPerMTok: upstream.outputUsdPerMTok },
        demo: false,
      };
      return;
    }
    this.#upstream = undefined;
    try {
      this.#demo ??= await startDemoModel({ scriptPath: this.#scriptPath, clock: this.#clock, logger: this.#logger });
      this.#upstream = this.#demo.upstream;
    } catch (error) {
      this.#problem = `The demo model could not start: ${messageOf(error)}`;
      this.#logger.log('error', 'the demo model could not start', { error: messageOf(error) });
    }
  }

  async close(): Promise<void> {
    this.#keys.clear();
    await this.#demo?.close();
  }
}
