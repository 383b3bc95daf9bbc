import type { Clock } from '../base/clock.ts';
import type { MissionId } from '../base/ids.ts';
import { err, ok, type Result } from '../base/result.ts';
import { visibleText } from '../base/visibleText.ts';
import type { AgentCard, AgentCommand, AgentError, AgentProgram } from '../contracts/agent.ts';
import { programAt, programOnPath, type Program } from './findProgram.ts';
import { oldestOpenCode, openCodeAdvice, openCodeEnvironment, prepareOpenCode, type ModelAccess } from './openCode.ts';
import { pluginsOf, type AgentPlace } from './openCodeProject.ts';
import { PrivateFolders, type PrivateFolder } from './privateFolder.ts';
import { programVersion } from './programVersion.ts';

export interface CatalogueOptions {
  /** Folder of the store. */
  readonly home: string;
  /** The built-in agent's script. */
  readonly agentScript: string;
  /** The person's own programs, by agent; from the user settings only. */
  readonly programs: () => Readonly<Record<string, AgentProgram>>;
  /** Of this process. An agent gets what is written here and nothing else of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** An agent ready to be started, once. Disposing of it removes what it called its own. */
export interface PreparedAgent extends AsyncDisposable {
  readonly command: AgentCommand;
  /** What it has to know beside its instructions; `''` when nothing. */
  readonly advice: string;
}

interface Found {
  readonly program: Program;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const BUILT_IN = 'builtin';
const OPEN_CODE = 'opencode';

/** The agents there are: the built-in one, opencode, and whatever ACP command the person names. */
export class AgentCatalogue {
  readonly #options: CatalogueOptions;
  readonly #folders: PrivateFolders;
  readonly #versions = new Map<string, Promise<Result<string, string>>>();
  readonly #seen = new Map<string, AgentCard>();

  constructor(options: CatalogueOptions) {
    this.#options = options;
    this.#folders = new PrivateFolders(options.home);
  }

  get ids(): readonly string[] {
    return [...new Set([BUILT_IN, OPEN_CODE, ...Object.keys(this.#options.programs())])];
  }

  /** What was found when it was looked at last. */
  lastSeen(id: string): AgentCard | undefined {
    return this.#seen.get(id);
  }

  /** Looks for the program and asks it for its version. Whatever is wrong, with it or for it in a place, is said in the card. */
  async inspect(id: string, place?: AgentPlace): Promise<AgentCard> {
    const card = await this.#inspect(id);
    this.#seen.set(id, card);
    if (card.problem !== undefined || place === undefined) return card;
    const problem = await this.#obstacle(id, place);
    return problem === undefined ? card : { ...card, problem };
  }

  /** The command of an agent for one turn, with everything it will ever know of its surroundings. */
  async prepare(id: string, missionId: MissionId, place: AgentPlace, access: ModelAccess): Promise<Result<PreparedAgent, AgentError>> {
    if (id === BUILT_IN) return ok(this.#builtIn(access));
    const found = await this.#find(id);
    if (!found.ok) return err({ code: 'agent-missing', message: found.error });
    const obstacle = await this.#obstacle(id, place);
    if (obstacle !== undefined) return err({ code: 'agent-start', message: obstacle });
    const folder = await this.#folders.create(missionId);
    const { argv, env } = found.value;
    const own = id === OPEN_CODE ? await this.#openCode(folder, place, access) : openAiVariables(access);
    return ok({
      command: { id, argv, env: { ...this.#surroundings(), ...folder.environment, ...own, ...env, ...gatewayVariables(access) } },
      advice: id === OPEN_CODE ? openCodeAdvice : '',
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    });
  }

  /** Removes what crashed turns left behind. */
  sweep(live: ReadonlySet<string>): Promise<void> {
    return this.#folders.sweep(live);
  }

  async #inspect(id: string): Promise<AgentCard> {
    if (id === BUILT_IN) return { id, title: 'Built-in agent', hint: 'It needs no installation and no log-in.', warnings: [] };
    const card = { id, title: visibleText(id, { limit: 64 }), warnings: [] };
    const found = await this.#find(id);
    if (!found.ok) return { ...card, problem: found.error };
    const { program } = found.value;
    const version = await this.#version(found.value);
    const known = { ...card, program: program.path, ...(version.ok ? { version: version.value } : {}) };
    if (id !== OPEN_CODE)
      return { ...known, hint: 'Its home folder is private and empty. If it needs a log-in, name HOME in the env of gonogo.agents.path.' };
    if (!version.ok)
      return {
        ...known,
        problem: `opencode at ${program.path} does not tell its version (${version.error}). Install it again: npm install -g opencode-ai.`,
      };
    if (isOlder(version.value, oldestOpenCode))
      return {
        ...known,
        problem: `opencode ${version.value} is too old to be held. Install ${oldestOpenCode} or later: npm install -g opencode-ai.`,
      };
    return {
      ...known,
      hint: 'It needs no log-in: its model is the one of GoNoGo.',
      warnings: (await this.#canSearch())
        ? []
        : ['opencode cannot search files, because ripgrep (rg) is not on your PATH. It reads folder by folder.'],
    };
  }

  async #find(id: string): Promise<Result<Found, string>> {
    const programs = this.#options.programs();
    const own = Object.hasOwn(programs, id) ? programs[id] : undefined;
    if (own !== undefined) {
      const program = await programAt(own.command);
      if (program === undefined)
        return err(
          `There is no program to run at ${visibleText(own.command, { limit: 300 })}. Correct gonogo.agents.path in your user settings.`,
        );
      const args = own.args ?? (id === OPEN_CODE ? ['acp'] : []);
      return ok({ program, argv: [program.path, ...args], env: own.env ?? {} });
    }
    if (id !== OPEN_CODE)
      return err(
        `There is no agent ${visibleText(id, { limit: 64 })}. Set gonogo.agents.default to builtin or opencode, or name its program in gonogo.agents.path.`,
      );
    const program = await programOnPath(OPEN_CODE, this.#path);
    if (program === undefined)
      return err('opencode is not on your PATH. Install it (npm install -g opencode-ai), or name its program in gonogo.agents.path.');
    return ok({ program, argv: [program.path, 'acp'], env: {} });
  }

  /** Asked once for each program as it lies there. */
  #version({ program, argv, env }: Found): Promise<Result<string, string>> {
    const key = JSON.stringify([argv, env, program.stamp]);
    const known = this.#versions.get(key);
    if (known !== undefined) return known;
    const asking = this.#askVersion(argv, env).then((version) => {
      // Perhaps the machine was busy; it is asked again next time.
      if (!version.ok) this.#versions.delete(key);
      return version;
    });
    this.#versions.set(key, asking);
    return asking;
  }

  async #askVersion(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<Result<string, string>> {
    await using folder = await this.#folders.create(`version-${process.pid}-${(versionCount += 1)}`);
    const place = { cwd: folder.path, env: { ...this.#surroundings(), ...folder.environment, ...env } };
    // `opencode acp --version` answers as `opencode --version` does.
    return await programVersion(argv, place, this.#options.clock);
  }

  /** Why an agent must not be started in a place. */
  async #obstacle(id: string, place: AgentPlace): Promise<string | undefined> {
    const plugins = id === OPEN_CODE ? await pluginsOf(place) : undefined;
    if (plugins === undefined) return undefined;
    return `opencode would run the plugins that this repository brings (${visibleText(plugins, { limit: 200 })}), and nothing can hold them. Choose another agent, or take them out.`;
  }

  async #openCode(folder: PrivateFolder, place: AgentPlace, access: ModelAccess): Promise<Readonly<Record<string, string>>> {
    await prepareOpenCode(folder);
    return openCodeEnvironment(folder, place, access, await this.#canSearch());
  }

  #builtIn(access: ModelAccess): PreparedAgent {
    const env = { ...this.#surroundings(), ELECTRON_RUN_AS_NODE: '1', ...gatewayVariables(access) };
    return {
      command: { id: BUILT_IN, argv: [process.execPath, this.#options.agentScript], env },
      advice: '',
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  async #canSearch(): Promise<boolean> {
    return (await programOnPath('rg', this.#path)) !== undefined;
  }

  /** All an agent learns of where it runs: no home, no keys, no settings of the person. */
  #surroundings(): Readonly<Record<string, string>> {
    const surroundings = { PATH: this.#path, LANG: 'C.UTF-8' };
    // No program starts there without it.
    return process.platform === 'win32' ? { ...surroundings, SystemRoot: this.#options.env['SystemRoot'] ?? 'C:\\Windows' } : surroundings;
  }

  get #path(): string {
    return this.#options.env['PATH'] ?? '';
  }
}

let versionCount = 0;

function gatewayVariables({ url, token, model }: ModelAccess): Readonly<Record<string, string>> {
  return { GONOGO_GATEWAY_URL: url, GONOGO_GATEWAY_TOKEN: token, GONOGO_MODEL: model };
}

/** By which most programs find an OpenAI-compatible server. */
function openAiVariables({ url, token, model }: ModelAccess): Readonly<Record<string, string>> {
  return { OPENAI_BASE_URL: url, OPENAI_API_KEY: token, OPENAI_MODEL: model };
}

/** Compares major and minor. */
function isOlder(version: string, oldest: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const [oldMajor = 0, oldMinor = 0] = oldest.split('.').map(Number);
  return major < oldMajor || (major === oldMajor && minor < oldMinor);
}
