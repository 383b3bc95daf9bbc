/** Why a module of `src/` may use what writes, spawns or connects. Held to by architecture.test.ts. */
export type EffectModule = {
  /** Exactly what it uses: one more, or one less, and the list has to be thought about again. */
  readonly uses: readonly string[];
  /** One sentence. */
  readonly why: string;
} & (
  | { readonly role: 'infrastructure' }
  | {
      /** Does what a permit allows. */
      readonly role: 'effector';
      /** They take the permit first and redeem it. */
      readonly doors: readonly string[];
      /** What it imports that nothing but the doors may name. */
      readonly behind?: readonly string[];
      /** Functions it exports that only compute. */
      readonly pure?: readonly string[];
    }
  /** A part of effectors: nobody else may import it. */
  | { readonly role: 'part'; readonly of: readonly string[] }
);

const worktrees = 'src/agents/worktrees';
const fs = (...names: string[]): string[] => names.map((name) => `node:fs/promises.${name}`);
const fsSync = (...names: string[]): string[] => names.map((name) => `node:fs.${name}`);

export const effectModules: Readonly<Record<string, EffectModule>> = {
  'src/tools/workspace/readFile.ts': {
    role: 'effector',
    doors: ['readFile'],
    uses: fs('open'),
    why: 'Reads a file of the worktree for an agent.',
  },
  'src/tools/workspace/writeFile.ts': {
    role: 'effector',
    doors: ['writeFile'],
    uses: fs('chmod', 'open', 'rename', 'rm'),
    why: 'Writes a file of the worktree for an agent.',
  },
  'src/tools/workspace/deleteFile.ts': {
    role: 'effector',
    doors: ['deleteFile'],
    uses: fs('unlink'),
    why: 'Deletes a file of the worktree for an agent.',
  },
  'src/tools/workspace/withFolder.ts': {
    role: 'part',
    of: ['src/tools/workspace/readFile.ts', 'src/tools/workspace/writeFile.ts', 'src/tools/workspace/deleteFile.ts'],
    uses: fs('mkdir', 'open'),
    why: 'Opens, and for a write makes, the folders on the way to a file.',
  },
  'src/agents/privateFolder.ts': {
    role: 'infrastructure',
    uses: fs('mkdir', 'rm'),
    why: 'Makes and removes the folders in the store that an agent may call its own.',
  },
  'src/agents/openCode.ts': {
    role: 'infrastructure',
    uses: fs('mkdir', 'writeFile'),
    why: 'Writes what opencode looks for at its start into its private folder.',
  },
  'src/sandbox/bubblewrapSandbox.ts': {
    role: 'effector',
    doors: ['BubblewrapSandbox.run'],
    pure: ['countsTasksPerNamespace'],
    uses: [],
    why: 'Runs the command of a permit; `health` tries the sandbox with a command of its own.',
  },
  'src/sandbox/confine.ts': {
    role: 'part',
    of: ['src/sandbox/bubblewrapSandbox.ts'],
    uses: [],
    why: 'Follows a confined command to its end.',
  },
  'src/sandbox/bubblewrapChild.ts': {
    role: 'part',
    of: ['src/sandbox/confine.ts'],
    uses: ['node:child_process.spawn', 'node:fs.openSync', 'node:net.Socket'],
    why: 'Starts bubblewrap, and listens to it over a pipe of its own.',
  },
  'src/gateway/callUpstream.ts': {
    role: 'effector',
    doors: ['callUpstream', 'probeUpstream'],
    uses: ['node:http.*', 'node:https.*'],
    why: 'Sends a call to the one upstream a person has set.',
  },
  [`${worktrees}/gitWorktrees.ts`]: {
    role: 'effector',
    doors: ['GitWorktrees.apply', 'GitWorktrees.reapply', 'GitWorktrees.rollback'],
    behind: ['applyChanges', 'rollbackChanges'],
    uses: [],
    why: 'Brings approved changes into the workspace and back; everything else it does stays in the store and in git objects.',
  },
  [`${worktrees}/applyChanges.ts`]: {
    role: 'part',
    of: [`${worktrees}/gitWorktrees.ts`, `${worktrees}/checkOut.ts`],
    uses: [],
    why: 'Plans what an apply or a rollback changes in the workspace, and carries it out.',
  },
  [`${worktrees}/checkOut.ts`]: {
    role: 'part',
    of: [`${worktrees}/gitWorktrees.ts`],
    uses: [],
    why: "Brings a mission's own worktree, in the store, to another tree.",
  },
  [`${worktrees}/transfer.ts`]: {
    role: 'part',
    of: [`${worktrees}/applyChanges.ts`, `${worktrees}/checkOut.ts`],
    uses: fs('chmod', 'mkdir', 'rename', 'rmdir', 'unlink'),
    why: 'Changes the files of the workspace, each whole.',
  },
  [`${worktrees}/staging.ts`]: {
    role: 'part',
    of: [`${worktrees}/transfer.ts`],
    uses: fs('chmod', 'open', 'rm', 'symlink'),
    why: 'Lays new contents down beside their places.',
  },
  [`${worktrees}/applyJournal.ts`]: {
    role: 'part',
    of: [`${worktrees}/applyChanges.ts`, `${worktrees}/transfer.ts`],
    uses: fs('mkdir'),
    why: 'Keeps in the folder of the store what an apply has yet to do.',
  },

  [`${worktrees}/git.ts`]: {
    role: 'infrastructure',
    uses: ['node:child_process.spawn'],
    why: 'Starts git with hooks, filters and external programs off: it reads, and writes objects, refs and indexes, never the workspace.',
  },
  [`${worktrees}/mergeFile.ts`]: {
    role: 'infrastructure',
    uses: fs('mkdir', 'mkdtemp', 'rm', 'writeFile'),
    why: 'Merges three versions of a file in a folder of the store, and removes the folder.',
  },
  [`${worktrees}/shadowRepository.ts`]: {
    role: 'infrastructure',
    uses: fs('mkdir'),
    why: 'Makes, in the folder of the store, the repository of a folder that has none.',
  },
  [`${worktrees}/diskEntry.ts`]: { role: 'infrastructure', uses: fs('open'), why: 'Opens files to read them, following no link.' },
  [`${worktrees}/smallFile.ts`]: {
    role: 'infrastructure',
    uses: fs('open', 'rename'),
    why: 'Writes the small records that worktrees keep in the folder of the store.',
  },
  [`${worktrees}/copyFiles.ts`]: {
    role: 'infrastructure',
    uses: fs('copyFile', 'mkdir', 'symlink', 'utimes'),
    why: 'Fills a new worktree, which lies in the folder of the store, from the workspace.',
  },
  [`${worktrees}/worktreeFolder.ts`]: {
    role: 'infrastructure',
    uses: fs('chmod', 'mkdir', 'rm', 'writeFile'),
    why: 'Makes and removes worktrees in the folder of the store.',
  },
  [`${worktrees}/worktreeStore.ts`]: {
    role: 'infrastructure',
    uses: fs('mkdir', 'rm'),
    why: 'Keeps the folders of worktrees in the folder of the store.',
  },
  'src/agents/acp/agentProcess.ts': {
    role: 'infrastructure',
    uses: ['node:child_process.spawn'],
    why: 'Starts the agent of a mission that a person has launched; what the agent then wants are actions.',
  },
  'src/agents/processes.ts': {
    role: 'infrastructure',
    uses: ['node:child_process.execFile', 'process.kill'],
    why: 'Finds and ends what agents leave running.',
  },
  'src/agent/modelTools.ts': {
    role: 'infrastructure',
    uses: ['package:ai'],
    why: 'Part of the built-in agent, a process of its own that is governed like any other.',
  },
  'src/agent/turn.ts': {
    role: 'infrastructure',
    uses: ['package:@ai-sdk/openai-compatible', 'package:ai'],
    why: 'Part of the built-in agent: it calls the gateway, and the gateway asks the gate.',
  },
  'src/critics/treeSitter/grammars.ts': {
    role: 'infrastructure',
    uses: ['node:module.createRequire'],
    why: 'Finds the folder in which a package keeps its grammars.',
  },
  'src/durable/processAlive.ts': { role: 'infrastructure', uses: ['process.kill'], why: 'Signal 0 asks whether a process is there.' },
  'src/editor/kernelLink.ts': { role: 'infrastructure', uses: ['node:worker_threads.Worker'], why: 'Starts the kernel in its worker.' },
  'src/gateway/server.ts': {
    role: 'infrastructure',
    uses: ['node:http.createServer'],
    why: 'Listens on loopback for agents; each call it takes is an action.',
  },
  'src/gateway/demoModel.ts': {
    role: 'infrastructure',
    uses: ['node:http.createServer'],
    why: 'Listens on loopback as the scripted model.',
  },
  'src/gateway/upstreamAgents.ts': {
    role: 'infrastructure',
    uses: ['node:http.*', 'node:https.*', 'node:tls.*'],
    why: 'Holds connections open between calls and makes none by itself.',
  },
  'src/store/damage.ts': { role: 'infrastructure', uses: fsSync('openSync'), why: 'Reads the header of the store.' },
  'src/store/home.ts': { role: 'infrastructure', uses: fsSync('chmodSync', 'mkdirSync'), why: 'Makes the folder of the store.' },
  'src/ledger/outsideFile.ts': {
    role: 'infrastructure',
    uses: fsSync('fsyncSync', 'mkdirSync', 'openSync', 'renameSync', 'rmSync', 'writeSync'),
    why: 'Keeps the newest signed checkpoint outside the database.',
  },
  'src/terminal/ledgerCommand.ts': {
    role: 'infrastructure',
    uses: fsSync('mkdirSync', 'writeFileSync'),
    why: 'Writes the log as files where a person at the terminal asks for them.',
  },
  'src/store/keys.ts': {
    role: 'infrastructure',
    uses: fsSync('linkSync', 'rmSync', 'writeFileSync'),
    why: 'Makes the keys in the folder of the store.',
  },
  'src/store/readOnly.ts': { role: 'infrastructure', uses: ['package:better-sqlite3'], why: 'Opens the store to read it.' },
  'src/store/store.ts': {
    role: 'infrastructure',
    uses: [...fsSync('linkSync', 'mkdirSync', 'renameSync', 'rmSync'), 'package:better-sqlite3'],
    why: 'Makes, opens and backs up the store.',
  },
};
