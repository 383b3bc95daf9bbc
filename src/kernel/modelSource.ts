import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { KernelSettings } from '../contracts/kernelApi.ts';
import type { Logger } from '../contracts/logger.ts';
import type { Upstream } from '../contracts/models.ts';
import { startDemoModel, type DemoModel } from '../gateway/demoModel.ts';

/** The upstream of now: the demo model while it is switched on, started when first needed, else the one of the settings. */
export class ModelSource {
  readonly #scriptPath: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #demo: DemoModel | undefined;
  #upstream: Upstream | undefined;
  #problem: string | undefined;

  constructor(scriptPath: string, clock: Clock, logger: Logger) {
    this.#scriptPath = scriptPath;
    this.#clock = clock;
    this.#logger = logger;
  }

  get current(): Upstream | undefined {
    return this.#upstream;
  }

  /** Why there is none although the demo model is switched on. */
  get problem(): string | undefined {
    return this.#problem;
  }

  async configure(settings: KernelSettings): Promise<void> {
    this.#problem = undefined;
    if (!settings.demo) {
      const { upstream } = settings;
      this.#upstream = upstream && {
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
    await this.#demo?.close();
  }
}
