import type { ConfigurationService } from '../config/configurationService.ts';
import type { KernelApi } from '../contracts/kernelApi.ts';
import type { ModelProtocol, ModelTarget, ModelTest } from '../contracts/models.ts';
import type { ModelKeys } from './modelKeys.ts';
import { addressProblem, keyProblem, modelProblem, priceOf, priceProblem, tidyAddress } from './modelInput.ts';
import { answered, foundWords, keptNowhere, localDetail, stillDemo, unset } from './modelWords.ts';

export interface PickRow<T> {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  readonly value: T;
}

export interface Question {
  readonly title: string;
  readonly prompt: string;
  readonly value?: string;
  readonly placeHolder?: string;
  readonly password?: boolean;
  /** Why this cannot be taken, while the person types. */
  readonly problem: (text: string) => string | undefined;
}

/** How a person is asked and told. Every answer may be `undefined`: the person went away. */
export interface ModelUi {
  pick<T>(title: string, placeHolder: string, rows: PromiseLike<readonly PickRow<T>[]> | readonly PickRow<T>[]): Promise<T | undefined>;
  ask(question: Question): Promise<string | undefined>;
  busy<T>(title: string, work: Promise<T>): Promise<T>;
  tell(level: 'info' | 'warning' | 'error', text: string, ...buttons: readonly string[]): Promise<string | undefined>;
}

/** A model server that people run on their own machine, at the port it has by default. */
export interface LocalServer {
  readonly name: string;
  readonly baseUrl: string;
  /** How to get a first model. */
  readonly hint: string;
}

export const localServers: readonly LocalServer[] = [
  { name: 'Ollama', baseUrl: 'http://127.0.0.1:11434/v1', hint: 'fetch one with `ollama pull`' },
  { name: 'LM Studio', baseUrl: 'http://127.0.0.1:1234/v1', hint: 'download one in LM Studio' },
];

export interface ModelSetupDeps {
  readonly ui: ModelUi;
  readonly config: Pick<ConfigurationService, 'get' | 'update'>;
  readonly keys: ModelKeys;
  readonly kernel: Pick<KernelApi, 'testModel'>;
  readonly local?: readonly LocalServer[];
}

interface Choice {
  readonly protocol: ModelProtocol;
  /** Where to begin. */
  readonly baseUrl: string;
  /** On this machine: found, without a key, for nothing. */
  readonly local?: LocalServer & { readonly models: readonly string[] };
}

/** A server that was reached, or that the person wants anyway. */
interface Server {
  readonly protocol: ModelProtocol;
  readonly baseUrl: string;
  readonly key: string | undefined;
  readonly models: readonly string[];
}

const TITLE = 'Set Up Model';
const SET_UP = 'Set Up Model…';
const AGAIN_KEY = 'Enter Another Key';
const AGAIN_ADDRESS = 'Change Address';
const ANYWAY = 'Set Up Anyway';
const KEY_CODES = new Set(['upstream-key-refused', 'upstream-key-missing']);

/** The person's own model: choose a server, give its key once, choose a model, say what it costs, and see that it answers. */
export class ModelSetup {
  readonly #deps: ModelSetupDeps;

  constructor(deps: ModelSetupDeps) {
    this.#deps = deps;
  }

  async setUp(): Promise<void> {
    const { ui } = this.#deps;
    const choice = await ui.pick(TITLE, 'Where is the model? Ollama and LM Studio are listed while they run.', this.#choices());
    if (!choice) return;
    if (choice.local?.models.length === 0) {
      await ui.tell('warning', `${choice.local.name} runs but has no model yet; ${choice.local.hint}, then set it up again.`);
      return;
    }
    const { local } = choice;
    const server = local
      ? { protocol: choice.protocol, baseUrl: local.baseUrl, key: undefined, models: local.models }
      : await this.#reach(choice);
    if (!server) return;
    const chosen = await this.#model(server, local !== undefined);
    if (chosen) await this.#save(server, chosen);
    else if (server.key !== undefined) await this.#deps.keys.takeBack(server.baseUrl);
  }

  async test(): Promise<void> {
    const { ui, config, keys } = this.#deps;
    const upstream = config.get('models.upstream');
    if (!upstream) {
      if ((await ui.tell('info', unset, SET_UP)) === SET_UP) await this.setUp();
      return;
    }
    const { protocol = 'openai', baseUrl, model, inputUsdPerMTok, outputUsdPerMTok } = upstream;
    await keys.handOver(baseUrl);
    await this.#report({ protocol, baseUrl, model, price: { inputUsdPerMTok, outputUsdPerMTok } });
  }

  async forgetKey(): Promise<void> {
    const { ui, keys } = this.#deps;
    const servers = await keys.servers();
    if (servers.length === 0) {
      await ui.tell('info', 'No key of a model is kept.');
      return;
    }
    const rows = servers.map((server) => ({ label: server, value: server }));
    const server = await ui.pick('Forget Model Key', 'Whose key should be forgotten?', rows);
    if (server === undefined) return;
    await keys.forget(server);
    await ui.tell('info', `The key of \`${server}\` is forgotten.`);
  }

  /** The local servers are looked for now, because the person asks. */
  async #choices(): Promise<readonly PickRow<Choice>[]> {
    const { kernel, config, local = localServers } = this.#deps;
    const looked = await Promise.all(
      local.map(async (server) => ({ server, test: await kernel.testModel({ protocol: 'openai', baseUrl: server.baseUrl }) })),
    );
    const found = looked.flatMap(({ server, test }): PickRow<Choice>[] => {
      if (!test.ok) return [];
      const value: Choice = { protocol: 'openai', baseUrl: server.baseUrl, local: { ...server, models: test.models } };
      return [{ label: `${server.name} on this machine`, description: foundWords(test.models), detail: localDetail, value }];
    });
    const upstream = config.get('models.upstream');
    const begin = (protocol: ModelProtocol, otherwise: string): string =>
      upstream && (upstream.protocol ?? 'openai') === protocol ? upstream.baseUrl : otherwise;
    return [
      ...found,
      {
        label: 'OpenAI-compatible server…',
        detail: 'Any address that serves chat completions: OpenAI, OpenRouter, Mistral, a server of your own',
        value: { protocol: 'openai', baseUrl: begin('openai', 'https://api.openai.com/v1') },
      },
      {
        label: 'Anthropic…',
        detail: 'Claude, with a key of the Anthropic API',
        value: { protocol: 'anthropic', baseUrl: begin('anthropic', 'https://api.anthropic.com/v1') },
      },
    ];
  }

  /** Asks for address and key until the server lets us in, or the person goes on without or away. */
  async #reach({ protocol, baseUrl: begin }: Choice): Promise<Server | undefined> {
    const { ui, keys, kernel } = this.#deps;
    let baseUrl: string | undefined;
    for (;;) {
      baseUrl ??= tidyAddress(
        await ui.ask({
          title: TITLE,
          prompt: 'Address of the server, which often ends in `/v1`',
          value: begin,
          problem: addressProblem,
        }),
      );
      if (baseUrl === undefined) return undefined;
      const typed = await this.#askKey(baseUrl);
      if (typed === undefined) return undefined;
      const key = typed === '' ? undefined : typed;
      await keys.lend(baseUrl, key);
      const test = await ui.busy('asking for the list of models', kernel.testModel({ protocol, baseUrl }));
      // A server may have no list; then its models are called by name.
      if (test.ok || test.code === 'wrong-address') return { protocol, baseUrl, key, models: test.models };
      const again = KEY_CODES.has(test.code) ? AGAIN_KEY : AGAIN_ADDRESS;
      const next = await ui.tell('error', test.message, again, ANYWAY);
      if (next === ANYWAY) return { protocol, baseUrl, key, models: test.models };
      if (key !== undefined) await keys.takeBack(baseUrl);
      if (next === undefined) return undefined;
      if (next === AGAIN_ADDRESS) {
        begin = baseUrl;
        baseUrl = undefined;
      }
    }
  }

  async #askKey(baseUrl: string): Promise<string | undefined> {
    const { ui, keys } = this.#deps;
    const kept = await keys.has(baseUrl);
    const typed = await ui.ask({
      title: TITLE,
      prompt: kept
        ? 'Key of the server. Leave this empty to keep the one you gave before.'
        : 'Key of the server. It is kept in the secret storage, never in a file. Leave this empty if the server wants none.',
      password: true,
      problem: keyProblem,
    });
    return typed?.trim();
  }

  async #model(server: Server, free: boolean): Promise<Omit<Required<ModelTarget>, 'protocol' | 'baseUrl'> | undefined> {
    const { config } = this.#deps;
    const model = await this.#chooseModel(server.models);
    if (model === undefined) return undefined;
    if (free) return { model, price: { inputUsdPerMTok: 0, outputUsdPerMTok: 0 } };
    const before = config.get('models.upstream');
    const known = before?.model === model ? before : undefined;
    const input = await this.#askPrice('input', known?.inputUsdPerMTok);
    if (input === undefined) return undefined;
    const output = await this.#askPrice('output', known?.outputUsdPerMTok);
    if (output === undefined) return undefined;
    return { model, price: { inputUsdPerMTok: input, outputUsdPerMTok: output } };
  }

  async #chooseModel(models: readonly string[]): Promise<string | undefined> {
    const { ui } = this.#deps;
    if (models.length > 0) {
      const rows: PickRow<string>[] = [
        ...models.filter((name) => modelProblem(name) === undefined).map((name) => ({ label: name, value: name })),
        { label: 'Another model…', value: '' },
      ];
      const picked = await ui.pick(TITLE, 'Which model?', rows);
      if (picked !== '') return picked;
    }
    const typed = await ui.ask({ title: TITLE, prompt: 'Name of the model, as its server spells it', problem: modelProblem });
    return typed?.trim();
  }

  async #askPrice(what: 'input' | 'output', known: number | undefined): Promise<number | undefined> {
    const typed = await this.#deps.ui.ask({
      title: TITLE,
      prompt: `Price of a million ${what} tokens in US dollars, from the provider's price list; budgets count with it`,
      placeHolder: '0.50',
      ...(known === undefined ? {} : { value: String(known) }),
      problem: priceProblem,
    });
    return typed === undefined ? undefined : priceOf(typed);
  }

  async #save(server: Server, { model, price }: Omit<Required<ModelTarget>, 'protocol' | 'baseUrl'>): Promise<void> {
    const { ui, config, keys } = this.#deps;
    const { protocol, baseUrl, key } = server;
    const refused = key === undefined ? undefined : await keys.keep(baseUrl, key);
    if (refused !== undefined) void ui.tell('warning', keptNowhere(refused));
    await config.update('models.upstream', { protocol, baseUrl, model, ...price }, 'user');
    if (config.get('models.demo')) await config.update('models.demo', false, 'user');
    await this.#report({ protocol, baseUrl, model, price });
  }

  async #report(target: Required<ModelTarget>): Promise<void> {
    const { ui, kernel, config } = this.#deps;
    const test: ModelTest = await ui.busy(`testing ${target.model}`, kernel.testModel(target));
    const demo = config.get('models.demo') ? ` ${stillDemo}` : '';
    if (test.ok) {
      await ui.tell(demo === '' ? 'info' : 'warning', `${answered(target, test.tookMs)}${demo}`);
      return;
    }
    if ((await ui.tell('error', `${test.message}${demo}`, SET_UP)) === SET_UP) await this.setUp();
  }
}
