import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { SqliteApprovals } from '../../src/approvals/sqliteApprovals.ts';
import { systemClock } from '../../src/base/clock.ts';
import { idSource, type ActionId, type CorrelationId, type MissionId } from '../../src/base/ids.ts';
import { microUsd, zeroUsd } from '../../src/base/money.ts';
import { SqliteBudget } from '../../src/budget/sqliteBudget.ts';
import type { ActionDraft } from '../../src/contracts/action.ts';
import { approvalCheck } from '../../src/gate/checks/approvalCheck.ts';
import { budgetCheck } from '../../src/gate/checks/budgetCheck.ts';
import { capabilityCheck } from '../../src/gate/checks/capabilityCheck.ts';
import { containmentCheck } from '../../src/gate/checks/containmentCheck.ts';
import { killSwitchCheck } from '../../src/gate/checks/killSwitchCheck.ts';
import { GatePipeline } from '../../src/gate/gatePipeline.ts';
import { JoseTokens } from '../../src/gate/joseTokens.ts';
import { SqliteIntents } from '../../src/gate/sqliteIntents.ts';
import { SqliteKillSwitches } from '../../src/gate/sqliteKillSwitches.ts';
import { SqliteLedger } from '../../src/ledger/sqliteLedger.ts';
import { openStore } from '../../src/store/store.ts';
import type { Measurement } from '../bench.ts';

const ROUNDS = 3_000;

/** One decision without a person, durable ledger entry included, one after another on the kernel's thread, beside a bare durable insert. */
export async function run(): Promise<Measurement[]> {
  const home = mkdtempSync(path.join(tmpdir(), 'gonogo-bench-'));
  try {
    return await measure(home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function measure(home: string): Promise<Measurement[]> {
  const opened = openStore(path.join(home, 'store'));
  if (!opened.ok) throw opened.error;
  using store = opened.value;
  const root = path.join(realpathSync(home), 'worktree');
  mkdirSync(root);
  writeFileSync(path.join(root, 'a.txt'), 'a');
  const clock = systemClock;
  const ids = idSource({});
  const origin = { userId: 'bench', userAgent: 'gonogo/bench', policyVersion: () => 'bench' };
  const key = new Uint8Array(32).fill(7);
  const ledger = new SqliteLedger({ store, clock, ids, redactor: { redact: (text) => text }, origin });
  const tokens = new JoseTokens(key, () => ids.next<ActionId>());
  const limit = microUsd(1_000_000);
  const missionId = ids.next<MissionId>();
  const gate = new GatePipeline({
    checks: [
      killSwitchCheck(new SqliteKillSwitches(store, clock)),
      capabilityCheck(tokens),
      containmentCheck,
      budgetCheck(new SqliteBudget({ store, ids, limits: () => ({ mission: limit, day: limit, month: limit }) })),
      approvalCheck(() => false),
    ],
    unitOfWork: store.unitOfWork,
    ledger,
    intents: new SqliteIntents(store, { pid: process.pid, startedAt: '', kernel: 'bench' }, () => true),
    approvals: new SqliteApprovals({ store, ids, key, grantTtl: 1_000 }),
    missionFacts: () => ({
      id: missionId,
      status: 'running',
      workspaceId: 'bench',
      folder: root,
      guardrails: [],
      root,
      cwd: root,
      testArgv: ['true'],
      setUpArgv: undefined,
      budget: limit,
    }),
    clock,
    ids,
    logger: { log: () => undefined },
    checkTimeout: 5_000,
    approvalExpires: () => 60_000,
    onDecided: () => undefined,
  });
  const capability = await tokens.issue({
    principalId: 'bench',
    missionId,
    workspaceId: 'bench',
    scopes: ['file.read'],
    expiresAt: clock.now() + 600_000,
  });
  const draft: ActionDraft = {
    kind: 'file.read',
    domain: 'code',
    principal: { kind: 'agent', id: 'bench' },
    capability,
    resource: 'a.txt',
    cwd: root,
    input: {},
    workspaceId: 'bench',
    tenantId: 'local',
    sessionId: 'bench',
    correlationId: 'bench' as CorrelationId,
    missionId,
    estimatedCost: zeroUsd,
    surface: 'acp',
    effect: 'ours',
  };
  const times: number[] = [];
  using bare = new BareInserts(path.join(home, 'bare.db'));
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.one();
    const started = performance.now();
    const performed = await gate.perform(
      draft,
      (permit) => {
        times.push(performance.now() - started);
        permit.redeem('file.read');
        return Promise.resolve({ value: undefined, result: 'success', summary: {} });
      },
      { signal: new AbortController().signal },
    );
    if (performed.status !== 'done') throw new Error(`the gate said ${performed.status}`);
  }
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return [
    { name: 'gate decision, p50', value: at(0.5), unit: 'ms', baseline: 1 },
    { name: 'gate decision, p99', value: at(0.99), unit: 'ms' },
    { name: 'gate decision, maximum', value: at(1), unit: 'ms' },
    { name: 'gate decision, p50, over one bare durable insert', value: at(0.5), unit: 'ms', baseline: bare.median() },
  ];
}

/** Inserts of one 300-byte row at the same durability, between the decisions, so that both meet the same disk and the same load. */
class BareInserts implements Disposable {
  readonly #db: Database.Database;
  readonly #insert: Database.Statement;
  readonly #row = 'x'.repeat(300);
  readonly #times: number[] = [];

  constructor(file: string) {
    this.#db = new Database(file);
    this.#db.pragma('journal_mode = WAL');
    this.#db.pragma('synchronous = FULL');
    this.#db.exec('CREATE TABLE t (a TEXT) STRICT');
    this.#insert = this.#db.prepare('INSERT INTO t VALUES (?)');
  }

  one(): void {
    const started = performance.now();
    this.#insert.run(this.#row);
    this.#times.push(performance.now() - started);
  }

  median(): number {
    return this.#times.sort((a, b) => a - b)[Math.floor(this.#times.length / 2)] ?? 0;
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
