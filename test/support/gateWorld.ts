import { randomBytes } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteApprovals } from '../../src/approvals/sqliteApprovals.ts';
import { idSource, type ActionId } from '../../src/base/ids.ts';
import { microUsd } from '../../src/base/money.ts';
import type { Owner } from '../../src/base/owner.ts';
import { SqliteBudget } from '../../src/budget/sqliteBudget.ts';
import type { ActionDraft } from '../../src/contracts/action.ts';
import type { Approvals } from '../../src/contracts/approvals.ts';
import type { CapabilityClaims } from '../../src/contracts/capability.ts';
import type { Check } from '../../src/contracts/check.ts';
import type { EffectOutcome, Performed, PerformOptions } from '../../src/contracts/gate.ts';
import type { Ledger, LedgerEntry } from '../../src/contracts/ledger.ts';
import type { MissionFacts } from '../../src/contracts/mission.ts';
import type { Permit } from '../../src/contracts/permit.ts';
import type { TestRun } from '../../src/contracts/review.ts';
import type { SandboxHealth } from '../../src/contracts/sandbox.ts';
import type { UnitOfWork } from '../../src/contracts/unitOfWork.ts';
import type { Finding } from '../../src/contracts/verdict.ts';
import { approvalCheck } from '../../src/gate/checks/approvalCheck.ts';
import { budgetCheck } from '../../src/gate/checks/budgetCheck.ts';
import { capabilityCheck } from '../../src/gate/checks/capabilityCheck.ts';
import { commandsCheck } from '../../src/gate/checks/commandsCheck.ts';
import { containmentCheck } from '../../src/gate/checks/containmentCheck.ts';
import { criticsCheck } from '../../src/gate/checks/criticsCheck.ts';
import { guardrailsCheck } from '../../src/gate/checks/guardrailsCheck.ts';
import { killSwitchCheck } from '../../src/gate/checks/killSwitchCheck.ts';
import { protectedPathsCheck } from '../../src/gate/checks/protectedPathsCheck.ts';
import { unheldCheck } from '../../src/gate/checks/unheldCheck.ts';
import { GatePipeline, type GateOptions } from '../../src/gate/gatePipeline.ts';
import { JoseTokens } from '../../src/gate/joseTokens.ts';
import { SqliteIntents } from '../../src/gate/sqliteIntents.ts';
import { SqliteKillSwitches } from '../../src/gate/sqliteKillSwitches.ts';
import type { Store } from '../../src/store/store.ts';
import { actionDraft, missionId } from './drafts.ts';
import { ledgerOf } from './ledgers.ts';
import { ManualClock } from './manualClock.ts';
import { RecordingLogger } from './recordingLogger.ts';
import { RecordingSandbox } from './recordingSandbox.ts';
import { TempStore } from './tempStore.ts';

export const checkTimeout = 5_000;
export const everything = ['file.*', 'shell.exec', 'model.call', 'code.apply', 'code.rollback', 'code.reapply'];

/**
 * The whole gate as it is composed, over a real store and a real worktree, with an agent that may do everything. What lies
 * beyond the gate (critic, tests, changes, sandbox) says what a test tells it to.
 */
export class GateWorld implements Disposable {
  readonly temp = new TempStore();
  readonly store: Store = this.temp.open();
  readonly clock = new ManualClock(Date.UTC(2026, 0, 15, 12));
  readonly ids = idSource({});
  readonly logger = new RecordingLogger();
  readonly key = randomBytes(32);
  readonly tokens = new JoseTokens(this.key, () => this.ids.next<ActionId>());
  readonly sandbox = new RecordingSandbox();
  readonly switches = new SqliteKillSwitches(this.store, this.clock);
  readonly budget = new SqliteBudget({
    store: this.store,
    ids: this.ids,
    limits: () => ({ mission: microUsd(1_000), day: microUsd(1_000), month: microUsd(1_000) }),
  });
  readonly ledger = this.newLedger(this.store);
  readonly approvals = this.newApprovals(this.store);
  readonly intents = this.newIntents('kernel-1', () => true);
  readonly worktree = join(this.temp.home, 'worktree');
  readonly ran: string[] = [];
  mission: MissionFacts | undefined;
  critic: readonly Finding[] = [];
  tests: TestRun | undefined = { status: 'passed', summary: '14 passed', output: '', durationMs: 1, isolation: 'recording' };
  changes: readonly string[] = ['src/a.ts'];
  sandboxHealth: SandboxHealth = { available: true, isolation: 'recording' };

  constructor() {
    // Crashes are tested elsewhere; here thousands of small commits are not to wait for a disk.
    this.store.db.pragma('synchronous = OFF');
    makeWorktree(this.worktree);
    this.sandbox.health = () => Promise.resolve(this.sandboxHealth);
    this.mission = {
      id: missionId,
      status: 'running',
      workspaceId: 'workspace-1',
      folder: '/workspace',
      guardrails: ['tests_required'],
      root: this.worktree,
      cwd: this.worktree,
      testArgv: ['node', '--test'],
      setUpArgv: ['npm', 'ci'],
      budget: microUsd(1_000),
    };
  }

  /** In the order of the composition. */
  checks(): Check[] {
    const changesOf = () =>
      Promise.resolve(
        this.changes.map(
          (path) => ({ path, kind: 'modified', oldMode: '', newMode: '', binary: false, beforeBytes: 0, afterBytes: 0 }) as const,
        ),
      );
    return [
      killSwitchCheck(this.switches),
      unheldCheck,
      capabilityCheck(this.tokens),
      containmentCheck,
      protectedPathsCheck(changesOf),
      commandsCheck(this.sandbox),
      guardrailsCheck(() => this.tests),
      budgetCheck(this.budget),
      criticsCheck({
        critics: [{ name: 'code', review: () => Promise.resolve(this.critic) }],
        textBefore: () => Promise.resolve(undefined),
        changedFiles: () => Promise.resolve([]),
      }),
      approvalCheck((id, digest) => this.approvals.wasUsed(id, digest)),
    ];
  }

  gate(over: Partial<GateOptions> = {}): GatePipeline {
    return new GatePipeline({
      checks: this.checks(),
      unitOfWork: this.store.unitOfWork,
      ledger: this.ledger,
      intents: this.intents,
      approvals: this.approvals,
      missionFacts: (id) => (id === this.mission?.id ? this.mission : undefined),
      clock: this.clock,
      ids: this.ids,
      logger: this.logger,
      checkTimeout,
      approvalExpires: () => 60_000,
      onDecided: () => undefined,
      ...over,
    });
  }

  token(over: Partial<CapabilityClaims> = {}): Promise<string> {
    return this.tokens.issue({
      principalId: 'builtin/coder',
      missionId,
      workspaceId: 'workspace-1',
      scopes: everything,
      expiresAt: this.clock.now() + 60_000,
      ...over,
    });
  }

  /** An action in this world with a token that covers it, and one that no check has anything against, but for what `over` says. */
  async draft<K extends ActionDraft['kind']>(
    kind: K,
    input: Parameters<typeof actionDraft<K>>[1],
    over: Parameters<typeof actionDraft<K>>[2] = {},
  ): Promise<ActionDraft> {
    return actionDraft(kind, input, { cwd: this.worktree, capability: await this.token(), ...over });
  }

  /** Performs with an effect that only says that it ran. */
  perform(gate: GatePipeline, draft: ActionDraft, options: Partial<PerformOptions> = {}): Promise<Performed<string>> {
    const effect = (permit: Permit): Promise<EffectOutcome<string>> => {
      permit.redeem(draft.kind);
      this.ran.push(draft.resource);
      return Promise.resolve({ value: 'done', result: 'success', summary: {} });
    };
    return gate.perform(draft, effect, { signal: new AbortController().signal, onHold: 'refuse', ...options });
  }

  /** Oldest first. */
  entries(): readonly LedgerEntry[] {
    return [...this.ledger.query({ limit: 1_000 })].reverse();
  }

  /** `phase result` of every entry, oldest first. */
  story(): string[] {
    return this.entries().map(({ phase, result }) => `${phase} ${result}`);
  }

  /** How many rows each table has that a decision may write to. */
  counts(): Record<string, unknown> {
    const tables = ['entries', 'intents', 'approvals', 'grants', 'reservations', 'kill_switches', 'leases'];
    return Object.fromEntries(tables.map((table) => [table, this.store.db.prepare(`SELECT COUNT(*) FROM ${table}`).pluck().get()]));
  }

  newLedger(store: Store): Ledger {
    return ledgerOf(store, { clock: this.clock, ids: this.ids });
  }

  newApprovals(store: Store): Approvals {
    return new SqliteApprovals({ store, ids: this.ids, key: this.key, grantTtl: 60_000 });
  }

  newIntents(kernel: string, alive: (owner: Owner) => boolean): SqliteIntents {
    return new SqliteIntents(this.store, { pid: process.pid, startedAt: '1', kernel }, alive);
  }

  async pull(unitOfWork: UnitOfWork = this.store.unitOfWork): Promise<void> {
    await unitOfWork.run(() => this.switches.pull('GLOBAL_WRITE', 'me', 'strange things'));
  }

  [Symbol.dispose](): void {
    this.temp[Symbol.dispose]();
  }
}

/** Files, and links of every sort, with something outside to reach for. */
function makeWorktree(root: string): void {
  for (const folder of ['src', 'test', '.git', 'packages/app', '../outside']) mkdirSync(join(root, folder), { recursive: true });
  for (const file of ['src/a.ts', 'test/a.test.ts', '.git/config', '../outside/key']) writeFileSync(join(root, file), 'text');
  const links: readonly [string, string][] = [
    ['../outside', 'link-out'],
    ['/etc', 'link-etc'],
    ['.git', 'link-git'],
    ['src', 'link-src'],
    ['../test', 'src/link-test'],
    ['nowhere', 'link-nowhere'],
  ];
  for (const [target, link] of links) symlinkSync(target, join(root, link));
}
