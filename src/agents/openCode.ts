import { mkdir, writeFile } from 'node:fs/promises';
import nodePath from 'node:path';
import type { AgentPlace } from './openCodeProject.ts';
import type { PrivateFolder } from './privateFolder.ts';

/** Where an agent's model is: our gateway, with the token of its mission. */
export interface ModelAccess {
  readonly url: string;
  readonly token: string;
  readonly model: string;
}

/** The first version of opencode whose switches are known to hold. */
export const oldestOpenCode = '1.18';

/** A tool that is not asked about could act unseen, and one that starts an agent of its own asks nobody. */
const permissions = {
  '*': 'ask',
  // Every access asks for itself, with its path.
  external_directory: 'allow',
  todowrite: 'allow',
  todoread: 'allow',
  task: 'deny',
  skill: 'deny',
  question: 'deny',
  doom_loop: 'deny',
} as const;

/**
 * All that opencode needs to fly: its configuration, which no file of the repository or the person adds to, and where it lies.
 * @param canSearch whether there is a ripgrep; without one opencode would fetch it from the internet
 */
export function openCodeEnvironment(
  folder: PrivateFolder,
  { root }: AgentPlace,
  { url, token, model }: ModelAccess,
  canSearch: boolean,
): Readonly<Record<string, string>> {
  const permission = canSearch ? permissions : { ...permissions, glob: 'deny', grep: 'deny' };
  const config = {
    // The key is ours, so that a model's own name may hold what it likes.
    model: 'gonogo/mission',
    small_model: 'gonogo/mission',
    enabled_providers: ['gonogo'],
    provider: {
      gonogo: {
        npm: '@ai-sdk/openai-compatible',
        name: 'GoNoGo',
        options: { baseURL: url, apiKey: token },
        models: { mission: { id: model, name: model, tool_call: true, limit: { context: 128_000, output: 8_192 } } },
      },
    },
    permission,
    // A title for the session would be a model call for nothing.
    agent: { title: { disable: true } },
    // Each of these would run or write something of its own.
    lsp: false,
    formatter: false,
    snapshot: false,
    autoupdate: false,
    share: 'disabled',
  };
  return {
    OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
    // Merged last, so that nothing loosens it.
    OPENCODE_PERMISSION: JSON.stringify(permission),
    OPENCODE_DISABLE_PROJECT_CONFIG: '1',
    OPENCODE_PURE: '1',
    OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
    OPENCODE_DISABLE_CLAUDE_CODE: '1',
    OPENCODE_DISABLE_EXTERNAL_SKILLS: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_SHARE: '1',
    OPENCODE_EXPERIMENTAL_DISABLE_FILEWATCHER: '1',
    // In the real repository it would leave a marker and run hooks; without any it would obey what it finds in folders above.
    GIT_DIR: repositoryOf(folder),
    GIT_WORK_TREE: root,
  };
}

/**
 * An empty repository of opencode's own, and what it would otherwise install from the internet at every start: a package for
 * plugins, and there are none.
 */
export async function prepareOpenCode(folder: PrivateFolder): Promise<void> {
  const configuration = nodePath.join(folder.environment['XDG_CONFIG_HOME'] ?? folder.path, 'opencode');
  await mkdir(nodePath.join(configuration, 'node_modules'), { recursive: true });
  const lock = { packages: { '': { dependencies: { '@opencode-ai/plugin': '*' } } } };
  await writeFile(nodePath.join(configuration, 'package-lock.json'), JSON.stringify(lock));
  const repository = repositoryOf(folder);
  for (const name of ['objects', 'refs']) await mkdir(nodePath.join(repository, name), { recursive: true });
  await writeFile(nodePath.join(repository, 'HEAD'), 'ref: refs/heads/main\n');
  await writeFile(nodePath.join(repository, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = false\n');
}

function repositoryOf({ path }: PrivateFolder): string {
  return nodePath.join(path, 'repository');
}

/** What is different for opencode from what a preset tells an agent. */
export const openCodeAdvice =
  'Commands that you run yourself are refused: GoNoGo runs the test command when you are done and tells you what it says. If there is an AGENTS.md, read it first.';
