import { realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { AcpAgentHost } from '../agents/acp/acpAgentHost.ts';
import { AgentCatalogue } from '../agents/catalogue.ts';
import { killOrphan } from '../agents/processes.ts';
import { GitWorktrees } from '../agents/worktrees/gitWorktrees.ts';
import { systemClock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { MissionId } from '../base/ids.ts';
import type { KernelApi, KernelBoot, KernelEvent, KernelSettings, KernelSnapshot } from '../contracts/kernelApi.ts';
import { stopOf } from '../contracts/killSwitches.ts';
import { isLogged, type Logger } from '../contracts/logger.ts';
import { isActive, type Mission } from '../contracts/mission.ts';
import type { Sandbox } from '../contracts/sandbox.ts';
import { GatePipeline } from '../gate/gatePipeline.ts';
import { recordUnfinished } from '../gate/unfinished.ts';
import { ModelProbe } from '../gateway/modelProbe.ts';
import { startGateway } from '../gateway/server.ts';
import { CheckpointKeeper } from '../ledger/checkpointKeeper.ts';
import { OutsideFile } from '../ledger/outsideFile.ts';
import { ClosedKernel } from '../missions/closedKernel.ts';
import { FlightRecorder } from '../missions/flightRecorder.ts';
import { MissionAftermath } from '../missions/missionAftermath.ts';
import { MissionChanges } from '../missions/missionChanges.ts';
import { MissionCommands } from '../missions/missionCommands.ts';
import { MissionControl } from '../missions/missionControl.ts';
import { MissionDrives } from '../missions/missionDrives.ts';
import { MissionLine } from '../missions/missionLine.ts';
import { MissionRunner } from '../missions/missionRunner.ts';
import { MissionScheduler } from '../missions/missionScheduler.ts';
import { PresetCatalog } from '../missions/presetCatalog.ts';
import { queueBoard } from '../missions/queueBoard.ts';
import { goneBudgets } from '../missions/whyWaiting.ts';
import { kernelHealth } from '../ops/kernelHealth.ts';
import { selectSandbox } from '../sandbox/selectSandbox.ts';
import { toolchainPaths } from '../sandbox/toolchainPaths.ts';
import { loadOrCreateKey } from '../store/keys.ts';
import { openStore } from '../store/store.ts';
import { StoreWatch } from '../store/storeWatch.ts';
import { commandEnvironment, runCommand } from '../tools/shell/runCommand.ts';
import { agentDesk } from './agentDesk.ts';
import { agentTurn } from './agentTurn.ts';
import { BudgetWatch } from './budgetWatch.ts';
import { CurrentSettings } from './currentSettings.ts';
import { gateChecks, unwrap } from './gateChecks.ts';
import { factsOf, spendingMission } from './missionFacts.ts';
import { modelDesk } from './modelDesk.ts';
import { ModelSource } from './modelSource.ts';
import { nativeBinding } from './nativeBinding.ts';
import { LEASE_TTL, openRecords } from './records.ts';
import { SnapshotFeed } from './snapshotFeed.ts';

const TOKEN_TTL = 60 * 60_000;
const CHECK_TIMEOUT = 30_000;
const WATCH_EVERY = 200;
const SIGN_EVERY = 1_000;
/** Of a mission at work, while the store fails. */
const NO_RECORD = 'Waiting: nothing can be recorded now. Open GoNoGo: Show Health';
/** The rules are code so far; raised when what they allow changes. */
const RULES = 'built-in-1';

/** What a platform or a test may put in the place of the real thing. */
export interface KernelParts {
  readonly sandbox?: Sandbox;
}

/**
 * Wires one kernel. With a store that cannot be trusted it is a `ClosedKernel`: it answers, and allows nothing.
 */
export async function composeKernel(boot: KernelBoot, onEvent: (event: KernelEvent) => void, parts: KernelParts = {}): Promise<KernelApi> {
  const clock = systemClock;
  const current = new CurrentSettings();
  const settings = (): KernelSettings => current.value;
  const logger: Logger = {
    log: (level, message, fields = {}) => {
      if (isLogged(level, settings().logLevel)) onEvent({ kind: 'log', level, message, fields });
    },
  };
  const opened = openStore(boot.home, nativeBinding());
  if (!opened.ok) {
    logger.log('error', 'the store cannot be used', { code: opened.error.code, error: opened.error.message });
    return new ClosedKernel(opened.error.message);
  }
  const store = opened.value;
  const { unitOfWork } = store;
  const records = openRecords(store, clock, { userId: boot.userId, userAgent: boot.userAgent, policyVersion: () => RULES }, settings);
  const { ids, ledger, leases, missions, approvals, switches, intents, tokens, budget, flightTimes, queuePause } = records;
  const worktrees = new GitWorktrees({ storeDir: boot.home, logger });
  const sandbox =
    parts.sandbox ?? selectSandbox(process.platform, { runtimePaths: await toolchainPaths(process.env['PATH'] ?? ''), logger, clock });
  const models = new ModelSource(boot.demoScript, clock, logger);
  const agents = new AgentCatalogue({
    home: boot.home,
    agentScript: boot.agentScript,
    programs: () => settings().agents.programs,
    env: process.env,
    clock,
  });
  const presets = new PresetCatalog(() => ({
    shipped: join(boot.media, 'presets'),
    home: boot.home,
    templatesPath: settings().templatesPath,
  }));
  const folders = new Set(await Promise.all(boot.folders.map((folder) => realpath(folder).catch(() => folder))));
  const isMine = (mission: Pick<Mission, 'folder'>): boolean => folders.has(mission.folder);

  /** After every change, once for all that come together. */
  const follow = (): Promise<KernelSnapshot> => {
    recorder.asking(new Set(approvals.pending().flatMap(({ missionId }) => missionId ?? [])));
    budgetWatch.look();
    return control.snapshot();
  };
  const feed = new SnapshotFeed(follow, onEvent, logger);
  // A wall clock that jumps would poison the times of flights.
  const recorder = new FlightRecorder(() => performance.now());
  const budgetWatch = new BudgetWatch({
    budget,
    alerts: records.budgetAlerts,
    unitOfWork,
    clock,
    logger,
    spending: () => missions.open().filter((mission) => isMine(mission) && isActive(mission.state.status)),
    alertAt: () => current.configured?.budget.alertAt,
    tell: (alerts) => onEvent({ kind: 'budget-alert', alerts }),
  });
  const onChange = (): void => feed.changed();
  const line = new MissionLine({ missions, pause: queuePause, ledger, leases, clock, isMine });
  const activities = new Map<MissionId, string>();
  const waits = new Map<MissionId, string>();

  const gate = new GatePipeline({
    checks: gateChecks(records, worktrees, sandbox, boot.media),
    unitOfWork,
    ledger,
    intents,
    approvals,
    missionFacts: (id) => factsOf(missions.get(id)),
    clock,
    ids,
    logger,
    checkTimeout: CHECK_TIMEOUT,
    approvalExpires: () => settings().approvalExpiresMs,
    onDecided: onChange,
  });
  const gateway = await startGateway({
    gate,
    budget,
    unitOfWork,
    verifier: tokens,
    upstream: () => models.current,
    missionOf: (id) => spendingMission(missions.get(id), models),
    clock,
    ids,
    logger,
    onWaiting: (id, words) => {
      if (words === undefined) waits.delete(id);
      else waits.set(id, words);
      onChange();
    },
  });

  const probe = new ModelProbe({ gate, clock, ids, logger, userId: boot.userId });

  const missionToken = (mission: Mission): Promise<string> =>
    tokens.issue({
      principalId: mission.id,
      missionId: mission.id,
      workspaceId: mission.workspaceId,
      scopes: ['shell.exec', 'code.apply'],
      expiresAt: clock.now() + TOKEN_TTL,
    });
  const commands = new MissionCommands({
    missions,
    gate,
    missionToken,
    runCommand: (permit, worktree, signal) =>
      runCommand(permit, sandbox, { root: worktree.root, environment: commandEnvironment(process.env) }, signal),
  });
  const runAgent = agentTurn({
    host: new AcpAgentHost(clock),
    gate,
    sandbox,
    tokens,
    clock,
    agents,
    gatewayUrl: gateway.baseUrl,
    models,
    agentStart: () => settings().agentStartMs,
    listTracked: (mission, worktree) => async (folder) => {
      const files = unwrap(await worktrees.files(mission.id, mission.folder, worktree));
      const below = relative(worktree.root, folder).split(sep).join('/');
      return below === '' ? files : files.filter((file) => file.startsWith(`${below}/`)).map((file) => file.slice(below.length + 1));
    },
    onStarted: (id, process) => unitOfWork.run(() => missions.saveProcess(id, process)),
    onActivity: (id, activity) => {
      if (activity === undefined) activities.delete(id);
      else activities.set(id, activity);
      onChange();
    },
  });
  const runner = new MissionRunner({
    missions,
    approvals,
    ledger,
    gate,
    worktrees,
    unitOfWork,
    clock,
    commands,
    runAgent,
    missionToken,
    spawnDelay: () => settings().spawnDelayMs,
    stopped: () => stopOf(switches.pulled()) !== undefined,
    storeFailures: () => unitOfWork.failures,
  });
  const aftermath = new MissionAftermath({
    missions,
    approvals,
    budget,
    leases,
    worktrees,
    unitOfWork,
    clock,
    ledger,
    endCalls: (id) => gateway.endCalls(id),
    killOrphan,
    recordUnfinished: (id) => recordUnfinished(intents, ledger, (intent) => intent.missionId !== id || isResumed(intent)),
  });
  /** An apply that was cut off is completed by its mission, and the record says so then. */
  const isResumed = ({ kind, missionId }: { readonly kind: string; readonly missionId: MissionId | undefined }): boolean =>
    kind === 'code.apply' && missionId !== undefined && missions.get(missionId)?.state.status === 'applying';

  const drives = new MissionDrives({
    missions,
    runner,
    aftermath,
    recorder,
    flightTimes,
    leaseRenewal: { leases, unitOfWork, clock, ttl: LEASE_TTL },
    unitOfWork,
    clock,
    logger,
    persist: () => settings().persist,
    onChange,
    onRest: () => void scheduler.tick(),
    onTrouble: () => scheduler.tickLater(),
  });
  const scheduler = new MissionScheduler({
    missions,
    drives,
    aftermath,
    approvals,
    switches,
    leases,
    unitOfWork,
    clock,
    logger,
    isMine,
    places: () => settings().maxMissions,
    mayRun: () => current.configured?.trusted === true,
    line,
    mayStart: () => queuePause.get() === undefined && goneBudgets(budget.meters(undefined, clock.now())).length === 0,
    onChange,
  });

  await unitOfWork.run(() => recordUnfinished(intents, ledger, isResumed));
  await scheduler.recover();
  const open = new Set(missions.open().map((mission) => mission.id));
  await worktrees.sweep(open);
  await agents.sweep(open);

  const watch = new StoreWatch(
    store,
    clock,
    WATCH_EVERY,
    () => {
      if (stopOf(switches.pulled())) void drives.stopAll(new Error('everything was stopped in another window'));
      void scheduler.tick();
      onChange();
    },
    (error) => logger.log('error', 'the store cannot be read', { error: messageOf(error) }),
  );

  const keeper = await CheckpointKeeper.open({
    store,
    ledger,
    seed: loadOrCreateKey(boot.home, 'ledger.key'),
    outside: [new OutsideFile(join(boot.home, 'ledger.checkpoint'))],
    clock,
    logger,
    every: SIGN_EVERY,
  });
  const desk = agentDesk(agents, settings);
  /** Asks the preferred agent's program for its version, which may take a moment. */
  const meetAgent = (): void => {
    desk.inspect(settings().agents.preferred).then(onChange, (error: unknown) => {
      logger.log('error', 'the agent could not be looked at', { error: messageOf(error) });
    });
  };
  const control: MissionControl = new MissionControl({
    missions,
    scheduler,
    drives,
    line,
    board: (all) =>
      queueBoard(all, {
        line,
        pause: queuePause,
        flightTimes,
        recorder,
        approvals,
        budget,
        switches,
        leases,
        clock,
        isMine,
        places: () => settings().maxMissions,
        trusted: () => settings().trusted,
        storeWorks: () => unitOfWork.failure === undefined,
      }),
    queuePause: () => queuePause.get(),
    changes: new MissionChanges({ missions, drives, aftermath, approvals, ledger, worktrees, leases, unitOfWork, clock }),
    approvals,
    budget,
    ledger,
    switches,
    worktrees,
    sandbox,
    leases,
    presets,
    models: modelDesk(models, probe),
    agents: desk,
    unitOfWork,
    clock,
    ids,
    settings,
    configure: async (next) => {
      await current.take(next, (settled) => models.configure(settled));
      meetAgent();
    },
    isMine,
    activity: (id) => (unitOfWork.failure === undefined ? (waits.get(id) ?? activities.get(id)) : NO_RECORD),
    healthItems: async () => [
      ...kernelHealth({
        storeFailure: unitOfWork.failure,
        sandbox: await sandbox.health(),
        settings: current.configured,
        demoProblem: models.problem,
        keyMissing: models.keyMissing,
        agent: agents.lastSeen(settings().agents.preferred),
        presetProblems: presets.problems(boot.folders),
        switches: switches.pulled(),
      }),
      keeper.health(),
    ],
    onChange,
    close: async () => {
      feed[Symbol.dispose]();
      watch[Symbol.dispose]();
      await scheduler.shutdown();
      await gateway.close();
      probe.close();
      await models.close();
      await keeper.shutdown();
      store[Symbol.dispose]();
    },
  });
  return control;
}
