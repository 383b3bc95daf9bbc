import { z } from 'zod';
import type { Json } from '../base/canonicalJson.ts';
import type { Millis } from '../base/clock.ts';
import type { CorrelationId, MissionId } from '../base/ids.ts';
import { zeroUsd } from '../base/money.ts';
import type { Ledger, LedgerDraft } from '../contracts/ledger.ts';
import type { ProcessIdentity } from '../contracts/agent.ts';
import type { Mission, MissionState } from '../contracts/mission.ts';
import type { TestRun } from '../contracts/review.ts';
import type { Lease, Leases } from '../durable/leases.ts';
import type { Store } from '../store/store.ts';
import { missionFromRow, testRunSchema } from './missionRow.ts';
import { countLeftOut } from './selection.ts';
import { mayMove } from './transitions.ts';

export interface MissionsOptions {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly leases: Leases;
}

/** Missions in the store. Every change of state is one unit of work with its ledger entry, under the mission's lease. */
export class SqliteMissions {
  readonly #options: MissionsOptions;

  constructor(options: MissionsOptions) {
    this.#options = options;
  }

  insert(mission: Mission): void {
    const { store } = this.#options;
    store.unitOfWork.assertInside();
    store.db
      .prepare(
        'INSERT INTO missions (id, workspace_id, tenant_id, folder, preset, goal, budget, model, agent, created_at, status, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        mission.id,
        mission.workspaceId,
        mission.tenantId,
        mission.folder,
        JSON.stringify(mission.preset),
        mission.goal,
        mission.budget,
        mission.model,
        mission.agent,
        mission.createdAt,
        mission.state.status,
        JSON.stringify(mission.state),
      );
    this.#record(mission, mission.state, undefined);
  }

  get(id: MissionId): Mission | undefined {
    const found = this.#options.store.prepare('SELECT * FROM missions WHERE id = ?').get(id);
    return found === undefined ? undefined : missionFromRow(found);
  }

  /** Newest first, of every workspace. */
  all(limit = 500): readonly Mission[] {
    return this.#options.store.db
      .prepare('SELECT * FROM missions ORDER BY created_at DESC, id DESC LIMIT ?')
      .all(limit)
      .map(missionFromRow);
  }

  /** Those that are neither drafted nor at an end, of every workspace. */
  open(): readonly Mission[] {
    return this.#options.store.db
      .prepare(
        `SELECT * FROM missions WHERE status NOT IN ('drafted', 'done', 'rejected', 'failed', 'cancelled', 'rolled-back') ORDER BY created_at, id`,
      )
      .all()
      .map(missionFromRow);
  }

  /**
   * Moves a mission on. Throws when the lease was lost, the state changed meanwhile or the move is not one of
   * `transitions.ts`: then nothing is written.
   */
  move(id: MissionId, from: MissionState['status'], to: MissionState, lease: Lease | undefined): Mission {
    const { store, leases } = this.#options;
    store.unitOfWork.assertInside();
    if (lease) leases.assertHeld(lease);
    const mission = this.get(id);
    if (!mission) throw new Error(`there is no mission \`${id}\``);
    if (mission.state.status !== from) throw new Error(`the mission is \`${mission.state.status}\` now, not \`${from}\``);
    if (!mayMove(from, to.status)) throw new Error(`a mission cannot go from \`${from}\` to \`${to.status}\``);
    store.db.prepare('UPDATE missions SET status = ?, state = ? WHERE id = ?').run(to.status, JSON.stringify(to), id);
    this.#record(mission, to, from);
    return { ...mission, state: to };
  }

  /** Changes how missions wait, with what a person did as its entry. Throws when one of them waits no longer: then nothing is written. */
  requeue(states: ReadonlyMap<MissionId, Extract<MissionState, { status: 'queued' }>>, entry: LedgerDraft): void {
    const { store, ledger } = this.#options;
    store.unitOfWork.assertInside();
    for (const [id, state] of states) {
      const { changes } = store.db
        .prepare(`UPDATE missions SET state = ? WHERE id = ? AND status = 'queued'`)
        .run(JSON.stringify(state), id);
      if (changes !== 1) throw new Error(`the mission \`${id}\` waits no longer`);
    }
    ledger.append(entry);
  }

  saveTestRun(id: MissionId, tree: string, run: TestRun): void {
    this.#options.store.unitOfWork.assertInside();
    this.#options.store.db
      .prepare(
        'INSERT INTO test_runs (mission_id, tree, run) VALUES (?, ?, ?) ON CONFLICT (mission_id, tree) DO UPDATE SET run = excluded.run',
      )
      .run(id, tree, JSON.stringify(run));
  }

  testRun(id: string, tree: string): TestRun | undefined {
    const found = this.#options.store.db.prepare('SELECT run FROM test_runs WHERE mission_id = ? AND tree = ?').get(id, tree);
    return found === undefined ? undefined : testRunSchema.parse(JSON.parse(z.object({ run: z.string() }).parse(found).run));
  }

  saveProcess(id: MissionId, process: ProcessIdentity): void {
    this.#options.store.unitOfWork.assertInside();
    this.#options.store.db
      .prepare('INSERT OR IGNORE INTO mission_processes (mission_id, pid, started_at) VALUES (?, ?, ?)')
      .run(id, process.pid, process.startedAt);
  }

  processes(id: MissionId): readonly ProcessIdentity[] {
    const rows = this.#options.store.db.prepare('SELECT pid, started_at AS startedAt FROM mission_processes WHERE mission_id = ?').all(id);
    return z.array(z.object({ pid: z.number().int().positive(), startedAt: z.string() })).parse(rows);
  }

  /** Missions some process was started for that nobody has put away yet. */
  withProcesses(): readonly MissionId[] {
    const rows = this.#options.store.db.prepare('SELECT DISTINCT mission_id AS id FROM mission_processes').all();
    return z
      .array(z.object({ id: z.string().transform((id) => id as MissionId) }))
      .parse(rows)
      .map(({ id }) => id);
  }

  /** Forgets cards that were read before `before` and never launched; the record of them stays. */
  forgetDrafts(before: Millis): void {
    this.#options.store.unitOfWork.assertInside();
    this.#options.store.db.prepare(`DELETE FROM missions WHERE status = 'drafted' AND created_at < ?`).run(before);
  }

  forgetProcesses(id: MissionId): void {
    this.#options.store.unitOfWork.assertInside();
    this.#options.store.db.prepare('DELETE FROM mission_processes WHERE mission_id = ?').run(id);
  }

  #record(mission: Mission, to: MissionState, from: MissionState['status'] | undefined): void {
    const step = to.status === 'running' ? to.step : undefined;
    this.#options.ledger.append({
      workspaceId: mission.workspaceId,
      tenantId: mission.tenantId,
      missionId: mission.id,
      principal: { kind: 'mission', id: mission.id },
      surface: 'mission',
      action: `mission.${to.status}`,
      phase: 'event',
      domain: mission.preset.domain,
      resource: mission.goal,
      // Whole here: what an entry is about may be cut.
      payload: {
        ...(from ? { from } : {}),
        ...(from === 'drafted' ? { goal: mission.goal } : {}),
        ...(step ? { step } : {}),
        ...resultOf(to),
      },
      result: to.status === 'failed' ? 'failure' : to.status === 'rejected' || to.status === 'cancelled' ? 'blocked' : 'success',
      ...reasonOf(to),
      cost: zeroUsd,
      correlationId: mission.id as string as CorrelationId,
    });
  }
}

function reasonOf(state: MissionState): { reason?: string } {
  if (state.status === 'failed') return { reason: state.end.message };
  return 'reason' in state ? { reason: state.reason } : {};
}

function resultOf(state: MissionState): Record<string, Json> {
  if (!('candidate' in state) || !state.candidate) return {};
  const { base, result, filesSha256, narrowedFrom } = state.candidate;
  return {
    baseTree: base.tree,
    tree: result.tree,
    filesSha256,
    ...(narrowedFrom ? countLeftOut(narrowedFrom.leftOut) : {}),
    ...('only' in state && state.only ? { only: state.only.map((path) => path.toWellFormed()) } : {}),
  };
}
