import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { AcpAgentHost } from '../agents/acp/acpAgentHost.ts';
import { killOrphan } from '../agents/processes.ts';
import { GitWorktrees } from '../agents/worktrees/gitWorktrees.ts';
import { SqliteApprovals } from '../approvals/sqliteApprovals.ts';
import { systemClock } from '../base/clock.ts';
import { CodedError, messageOf } from '../base/errors.ts';
import { idSource, type ActionId, type MissionId } from '../base/ids.ts';
import { zeroUsd } from '../base/money.ts';
import type { Owner } from '../base/owner.ts';
import type { Result } from '../base/result.ts';
import { SqliteBudget } from '../budget/sqliteBudget.ts';
import type { Check } from '../contracts/check.ts';
import type { HealthItem } from '../contracts/health.ts';
import type { KernelApi, KernelBoot, KernelEvent, KernelSettings } from '../contracts/kernelApi.ts';
import { stopOf } from '../contracts/killSwitches.ts';
import { isLogged, type Logger } from '../contracts/logger.ts';
import type { Mission } from '../contracts/mission.ts';
import type { ModelEndpoint } from '../contracts/models.ts';
import type { WorktreeError } from '../contracts/worktrees.ts';
import { lazyCritic } from '../critics/lazyCritic.ts';
import { Leases } from '../durable/leases.ts';
import { processAlive, processStart } from '../durable/processAlive.ts';
import { approvalCheck } from '../gate/checks/approvalCheck.ts';
import { budgetCheck } from '../gate/checks/budgetCheck.ts';
import { capabilityCheck } from '../gate/checks/capabilityCheck.ts';
import { commandsCheck } from '../gate/checks/commandsCheck.ts';
import { containmentCheck } from '../gate/checks/containmentCheck.ts';
import { criticsCheck } from '../gate/checks/criticsCheck.ts';
import { guardrailsCheck } from '../gate/checks/guardrailsCheck.ts';
import { killSwitchCheck } from '../gate/checks/killSwitchCheck.ts';
import { protectedPathsCheck } from '../gate/checks/protectedPathsCheck.ts';
import { GatePipeline } from '../gate/gatePipeline.ts';
import { JoseTokens } from '../gate/joseTokens.ts';
import { SqliteIntents } from '../gate/sqliteIntents.ts';
import { SqliteKillSwitches } from '../gate/sqliteKillSwitches.ts';
import { recordUnfinished } from '../gate/unfinished.ts';
import { startGateway } from '../gateway/server.ts';
import { SqliteLedger } from '../ledger/sqliteLedger.ts';
import { ClosedKernel } from '../missions/closedKernel.ts';
import { MissionControl } from '../missions/missionControl.ts';
import { MissionRunner } from '../missions/missionRunner.ts';
import { MissionScheduler } from '../missions/missionScheduler.ts';
import { loadPresets } from '../missions/presets.ts';
import { SqliteMissions } from '../missions/sqliteMissions.ts';
import { kernelHealth } from '../ops/kernelHealth.ts';
import { selectSandbox } from '../sandbox/selectSandbox.ts';
import { toolchainPaths } from '../sandbox/toolchainPaths.ts';
import { PatternRedactor } from '../secrets/patternRedactor.ts';
import { loadOrCreateKey } from '../store/keys.ts';
import { openStore, type OpenOptions } from '../store/store.ts';
import { StoreWatch } from '../store/storeWatch.ts';
import { commandEnvironment, runCommand } from '../tools/shell/runCommand.ts';
import { agentTurn } from './agentTurn.ts';
import { factsOf, spendingMission } from './missionFacts.ts';
import { ModelSource } from './modelSource.ts';
import { textBefore } from '../tools/workspace/textBefore.ts';

const LEASE_TTL = 15_000;
const GRANT_TTL = 5 * 60_000;
const TOKEN_TTL = 60 * 60_000;
const CHECK_TIMEOUT = 30_000;
const WATCH_EVERY = 200;

/** Until the host has sent the settings nothing may run and nothing may be spent. */
const untilConfigured: KernelSettings = {
  maxMissions: 1,
  spawnDelayMs: 0,
  agentStartMs: 10_000,
  budget: { mission: zeroUsd, day: zeroUsd, month: zeroUsd, alertAt: 1 },
  approvalExpiresMs: 15 * 60_000,
  demo: false,
  upstream: undefined,
  persist: true,
  useWorktrees: true,
  templatesPath: '.gonogo/templates',
  logLevel: 'info',
  trusted: false,
};

/**
 * Wires one kernel. With a store that cannot be trusted it is a `ClosedKernel`: it answers, and allows nothing.
 */
export async function composeKernel(boot: KernelBoot, onEvent: (event: KernelEvent) => void): Promise<KernelApi> {
  const clock = systemClock;
  const ids = idSource(process.env);
  let settings: KernelSettings = untilConfigured;
  const logger: Logger = {
    log: (level, message, fields = {}) => {
      if (isLogged(level, settings.logLevel)) onEvent({ kind: 'log', level, message, fields });
    },
  };
  const opened = openStore(boot.home, nativeBinding());
  if (!opened.ok) {
    logger.log('error', 'the store cannot be used', { code: opened.error.code, error: opened.error.message });
    return new ClosedKernel(opened.error.message);
  }
  const store = opened.value;
  const { unitOfWork } = store;
  const owner: Owner = { pid: process.pid, startedAt: processStart(process.pid), kernel: ids.next<ActionId>() };
  const key = loadOrCreateKey(boot.home, 'token.key');

  const redactor = new PatternRedactor();
  const ledger = new SqliteLedger({ store, clock, ids, redactor, userId: boot.userId });
  const leases = new Leases({ store, clock, owner, ttl: LEASE_TTL, alive: processAlive });
  const missions = new SqliteMissions({ store, ledger, leases, clock });
  const approvals = new SqliteApprovals({ store, ids, key, grantTtl: GRANT_TTL });
  const switches = new SqliteKillSwitches(store, clock);
  const intents = new SqliteIntents(store, owner, processAlive);
  const tokens = new JoseTokens(key, () => ids.next<ActionId>());
  const budget = new SqliteBudget({
    store,
    ids,
    limits: (id) => ({ ...settings.budget, mission: (id && missions.get(id)?.budget) ?? settings.budget.mission }),
  });
  const worktrees = new GitWorktrees({ storeDir: boot.home, logger });
  const sandbox = selectSandbox(process.platform, { runtimePaths: await toolchainPaths(process.env['PATH'] ?? ''), logger, clock });
  const models = new ModelSource(boot.demoScript, clock, logger);

  const folderOf = (missionId: string): string => {
    const mission = missions.get(missionId as MissionId);
    if (!mission) throw new CodedError('unknown-mission', 'the mission is not in the store');
    return mission.folder;
  };
  const critic = lazyCritic(async () => {
    const [{ CodeCritic }, { SecretlintScanner }] = await Promise.all([
      import('../critics/codeCritic.ts'),
      import('../secrets/secretlintScanner.ts'),
    ]);
    return new CodeCritic({ scanner: new SecretlintScanner() });
  });

  /** The order of the gate: cheap ones first, and the first NO-GO ends it. */
  const checks: readonly Check[] = [
    killSwitchCheck(switches),
    capabilityCheck(tokens),
    containmentCheck,
    protectedPathsCheck(async (id, base, tree) =>
      unwrap(await worktrees.changes(folderOf(id), { tree: base, commit: base }, { tree, commit: tree })),
    ),
    commandsCheck(sandbox),
    guardrailsCheck((id, tree) => missions.testRun(id, tree)),
    budgetCheck(budget),
    criticsCheck({
      critics: [critic],
      textBefore: (action, { mission }) => textBefore(mission?.cwd, action),
      changedFiles: async (id, base, tree) =>
        unwrap(await worktrees.criticFiles(folderOf(id), { tree: base, commit: base }, { tree, commit: tree })),
    }),
    approvalCheck,
  ];

  let changed = false;
  const onChange = (): void => {
    if (changed) return;
    changed = true;
    setImmediate(() => {
      changed = false;
      control.snapshot().then(
        (snapshot) => onEvent({ kind: 'snapshot', snapshot }),
        (error: unknown) => logger.log('error', 'the state could not be read', { error: messageOf(error) }),
      );
    });
  };

  const gate = new GatePipeline({
    checks,
    unitOfWork,
    ledger,
    intents,
    approvals,
    missionFacts: (id) => factsOf(missions.get(id)),
    clock,
    ids,
    logger,
    checkTimeout: CHECK_TIMEOUT,
    approvalExpires: () => settings.approvalExpiresMs,
    onDecided: onChange,
  });
  const gateway: ModelEndpoint = await startGateway({
    gate,
    budget,
    unitOfWork,
    verifier: tokens,
    upstream: () => models.current,
    missionOf: (id) => spendingMission(missions.get(id), models),
    clock,
    ids,
    logger,
  });

  const activities = new Map<MissionId, string>();
  const setActivity = (id: MissionId, activity: string | undefined): void => {
    if (activity === undefined) activities.delete(id);
    else activities.set(id, activity);
    onChange();
  };
  const runner = new MissionRunner({
    missions,
    approvals,
    gate,
    worktrees,
    unitOfWork,
    clock,
    spawnDelay: () => settings.spawnDelayMs,
    runAgent: agentTurn({
      host: new AcpAgentHost(clock),
      gate,
      sandbox,
      tokens,
      clock,
      agentScript: boot.agentScript,
      gatewayUrl: () => gateway.baseUrl,
      model: () => models.current?.model,
      agentStart: () => settings.agentStartMs,
      listTracked: (mission, worktree) => async (folder) => {
        const files = unwrap(await worktrees.files(mission.id, mission.folder, worktree));
        const below = relative(worktree.root, folder).split(sep).join('/');
        return below === '' ? files : files.filter((file) => file.startsWith(`${below}/`)).map((file) => file.slice(below.length + 1));
      },
      onStarted: (id, process) => unitOfWork.run(() => missions.saveProcess(id, process)),
      onActivity: setActivity,
    }),
    runCommand: (permit, worktree, signal) =>
      runCommand(permit, sandbox, { root: worktree.root, environment: commandEnvironment(process.env) }, signal),
    missionToken: (mission) =>
      tokens.issue({
        principalId: mission.id,
        missionId: mission.id,
        workspaceId: mission.workspaceId,
        scopes: ['shell.exec', 'code.apply'],
        expiresAt: clock.now() + TOKEN_TTL,
      }),
  });

  const folders = new Set(await Promise.all(boot.folders.map((folder) => realpath(folder).catch(() => folder))));
  const isMine = (mission: Mission): boolean => folders.has(mission.folder);
  let configured = false;
  const scheduler = new MissionScheduler({
    missions,
    runner,
    approvals,
    budget,
    switches,
    worktrees,
    leases,
    unitOfWork,
    clock,
    logger,
    leaseTtl: LEASE_TTL,
    killOrphan: async (process) => {
      await killOrphan(process);
    },
    isMine,
    places: () => settings.maxMissions,
    persist: () => settings.persist,
    mayRun: () => configured && settings.trusted,
    onChange,
  });
  const watch = new StoreWatch(
    store,
    clock,
    WATCH_EVERY,
    () => {
      if (stopOf(switches.pulled()))
        void scheduler.interruptAll(new Error('everything was stopped in another window'));
      void scheduler.tick();
      onChange();
    },
    (error) => logger.log('error', 'the store cannot be read', { error: messageOf(error) }),
  );

  const shipped = loadPresets(join(boot.media, 'presets'));
  const presetsOf = (folder: string): ReturnType<typeof loadPresets> => {
    const own = join(folder, settings.templatesPath);
    return existsSync(own) ? loadPresets(own) : { presets: [], problems: [] };
  };
  const healthItems = async (): Promise<readonly HealthItem[]> =>
    kernelHealth({
      storeFailure: unitOfWork.failure,
      sandbox: await sandbox.health(),
      settings,
      demoProblem: models.problem,
      presetProblems: [...shipped.problems, ...boot.folders.flatMap((folder) => presetsOf(folder).problems)],
      switches: switches.pulled(),
    });

  const control: MissionControl = new MissionControl({
    missions,
    scheduler,
    approvals,
    budget,
    ledger,
    switches,
    worktrees,
    sandbox,
    leases,
    unitOfWork,
    clock,
    ids,
    settings: () => settings,
    configure: async (next) => {
      settings = next;
      await models.configure(next);
      configured = true;
    },
    presets: (folder) => {
      const known = new Set(shipped.presets.map((preset) => preset.id));
      return [...shipped.presets, ...presetsOf(folder).presets.filter((preset) => !known.has(preset.id))];
    },
    isMine,
    activity: (id) => activities.get(id),
    healthItems,
    onChange,
    close: async () => {
      watch[Symbol.dispose]();
      await scheduler.shutdown();
      await gateway.close();
      await models.close();
      store[Symbol.dispose]();
    },
  });

  await unitOfWork.run(() => recordUnfinished(intents, ledger));
  await worktrees.sweep(new Set(missions.open().map((mission) => mission.id)));
  return control;
}

/** The binary that lies beside the bundle; from source, better-sqlite3 finds its own. */
function nativeBinding(): OpenOptions {
  const libc = process.platform === 'linux' && !isGlibc() ? 'musl' : '';
  const file = fileURLToPath(new URL(`./native/${process.platform}${libc}-${process.arch}.node`, import.meta.url));
  return existsSync(file) ? { nativeBinding: file } : {};
}

function isGlibc(): boolean {
  const { header } = z.object({ header: z.object({ glibcVersionRuntime: z.string().optional() }) }).parse(process.report.getReport());
  return header.glibcVersionRuntime !== undefined;
}

function unwrap<T>(result: Result<T, WorktreeError>): T {
  if (result.ok) return result.value;
  throw new CodedError(result.error.code, result.error.message);
}
