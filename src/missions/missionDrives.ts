import type { Clock, Millis } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { MissionId } from '../base/ids.ts';
import type { Logger } from '../contracts/logger.ts';
import { isFinal, type MissionEnd, type MissionState, type VerifyTask } from '../contracts/mission.ts';
import { StoreUnavailable, type UnitOfWork } from '../contracts/unitOfWork.ts';
import { keepLease, type LeaseRenewalOptions } from '../durable/leaseRenewal.ts';
import type { Lease } from '../durable/leases.ts';
import { KeyedQueue } from '../resilience/keyedQueue.ts';
import type { MissionAftermath } from './missionAftermath.ts';
import type { FlightRecorder } from './flightRecorder.ts';
import type { MissionRunner } from './missionRunner.ts';
import { parkedWhole } from './selectionCheck.ts';
import type { SqliteFlightTimes } from './sqliteFlightTimes.ts';
import type { SqliteMissions } from './sqliteMissions.ts';

/** Callers that may wait for one mission. */
const WAITING = 100;

export interface DrivesOptions {
  readonly missions: SqliteMissions;
  readonly runner: MissionRunner;
  readonly aftermath: MissionAftermath;
  readonly recorder: FlightRecorder;
  readonly flightTimes: SqliteFlightTimes;
  readonly leaseRenewal: LeaseRenewalOptions;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether missions that were interrupted go on. */
  readonly persist: () => boolean;
  readonly onChange: () => void;
  /** A mission has come to rest by itself: another one may start. */
  readonly onRest: () => void;
  /** The store did not let it go on: somebody has to look again later. */
  readonly onTrouble: () => void;
}

interface Drive {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

/** Why a drive was interrupted, when the lease is wanted right after: between two holders another window would go on with the mission. */
class HandOver extends Error {}

/** The missions that are under way in this kernel, each from one rest to the next. */
export class MissionDrives {
  readonly #options: DrivesOptions;
  readonly #drives = new Map<MissionId, Drive>();
  readonly #lanes = new KeyedQueue<MissionId>(WAITING);
  /** Missions this kernel began or a person opened here: any other one that works already was interrupted. */
  readonly #known = new Set<MissionId>();
  #stopped = false;

  constructor(options: DrivesOptions) {
    this.#options = options;
  }

  has(id: MissionId): boolean {
    return this.#drives.has(id);
  }

  /** From now on the mission is no leftover of another kernel. */
  know(id: MissionId): void {
    this.#known.add(id);
  }

  /** One at a time for each mission: changes by a person, and the start of a drive. */
  async alone<T>(id: MissionId, work: () => Promise<T>): Promise<T> {
    const release = await this.#lanes.acquire(id, new AbortController().signal);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Starts to drive; takes the lease over and gives it back at the end. MUST be called inside `alone`, when nothing drives the mission. */
  begin(id: MissionId, lease: Lease): void {
    const controller = new AbortController();
    if (this.#stopped) controller.abort(new Error('the window closes'));
    this.#drives.set(id, { controller, ended: this.#drive(id, lease, controller) });
  }

  /** Resolves once nothing drives the mission. */
  async rest(id: MissionId): Promise<void> {
    await this.#drives.get(id)?.ended;
  }

  /** Ends the agents of a mission, keeps its state; resolves when nothing of it runs any more. */
  async interrupt(id: MissionId, why: Error): Promise<void> {
    this.#drives.get(id)?.controller.abort(why);
    await this.rest(id);
  }

  /** Like `interrupt`, and leaves the lease to the caller, who MUST acquire and release it. */
  handOver(id: MissionId, why: string): Promise<void> {
    return this.interrupt(id, new HandOver(why));
  }

  /** Ends what works for a mission. A person's rollback goes on. */
  async stopAll(why: Error): Promise<void> {
    const { missions } = this.#options;
    const working = [...this.#drives.keys()].filter((id) => missions.get(id)?.state.status !== 'rolling-back');
    await Promise.all(working.map((id) => this.interrupt(id, why)));
  }

  /** Ends everything; what would begin later ends at once. Resolves when nothing is left. */
  async shutdown(): Promise<void> {
    this.#stopped = true;
    const why = new Error('the window closes');
    const interruptAll = (): Promise<unknown> => Promise.all([...this.#drives.keys()].map((id) => this.interrupt(id, why)));
    await interruptAll();
    await this.#lanes.idle();
    await interruptAll();
  }

  /** Never rejects. */
  async #drive(id: MissionId, lease: Lease, controller: AbortController): Promise<void> {
    const { missions, recorder, runner, aftermath, unitOfWork, leaseRenewal, logger, onChange, onRest, onTrouble, persist } = this.#options;
    const interrupted = !this.#known.has(id);
    this.#known.add(id);
    if (isFlight(missions.get(id)?.state)) recorder.begin(id);
    const renewal = keepLease(lease, leaseRenewal, (why) => {
      controller.abort(why);
      onTrouble();
    });
    try {
      await aftermath.ofCrash(id, lease);
      onChange();
      if (interrupted && !persist()) await this.#giveUp(id, lease);
      await runner.drive(id, lease, controller.signal);
    } catch (error) {
      if (!controller.signal.aborted) await this.#broke(id, lease, error);
    }
    await this.#recordFlight(id, interrupted);
    try {
      await aftermath.ofDrive(id, lease);
    } catch (error) {
      logger.log('error', 'a mission could not be tidied up', { mission: id, error: messageOf(error) });
      onTrouble();
    }
    renewal[Symbol.dispose]();
    // What cannot be given back now ends by itself when nobody renews it.
    const isHandedOver = controller.signal.reason instanceof HandOver;
    await unitOfWork
      .run(() => (isHandedOver ? undefined : leaseRenewal.leases.release(lease)))
      .catch((error: unknown) => logger.log('error', 'a lease could not be given back', { mission: id, error: messageOf(error) }));
    this.#drives.delete(id);
    onChange();
    if (!controller.signal.aborted) onRest();
  }

  /** An error nobody foresaw ends the mission; a store that fails only makes it wait. */
  async #broke(id: MissionId, lease: Lease, error: unknown): Promise<void> {
    const { missions, unitOfWork, clock, logger, onTrouble } = this.#options;
    const message = messageOf(error);
    if (error instanceof StoreUnavailable) {
      logger.log('error', 'a mission waits for the store', { mission: id, error: message });
      return onTrouble();
    }
    logger.log('error', 'a mission broke', { mission: id, error: message });
    try {
      await unitOfWork.run(() => {
        const state = missions.get(id)?.state;
        if (!state || isFinal(state.status)) return;
        const end = { code: 'internal', message };
        missions.move(id, state.status, brokenState(state, end, clock.now()), lease);
      });
    } catch (problem) {
      logger.log('error', 'the end of a mission could not be recorded', { mission: id, error: messageOf(problem) });
      onTrouble();
    }
  }

  /** Only estimates rest on it: a store that does not take it is told, and the mission goes on. */
  async #recordFlight(id: MissionId, interrupted: boolean): Promise<void> {
    const { missions, recorder, flightTimes, unitOfWork, logger } = this.#options;
    const worked = recorder.end(id);
    if (worked === undefined) return;
    try {
      await unitOfWork.run(() => {
        const mission = missions.get(id);
        if (mission) flightTimes.add(mission, worked, interrupted);
      });
    } catch (error) {
      logger.log('warn', 'the time of a flight could not be recorded', { mission: id, error: messageOf(error) });
    }
  }

  /** `agents.persist` is off: work that was cut off ends here. What a person has approved is completed all the same. */
  async #giveUp(id: MissionId, lease: Lease): Promise<void> {
    const { unitOfWork, missions, clock } = this.#options;
    await unitOfWork.run(() => {
      const state = missions.get(id)?.state;
      if (state?.status !== 'running' && state?.status !== 'verifying') return;
      const why = 'It was interrupted, and gonogo.agents.persist is off.';
      const end = { code: 'interrupted', message: keepsWhole(state) ? why : `${why} Launch it again.` };
      missions.move(id, state.status, brokenState(state, end, clock.now()), lease);
    });
  }
}

/** A selection is being checked: the whole was asked for before, and can be asked for again. */
function keepsWhole(state: MissionState): state is Extract<MissionState, { status: 'verifying' }> & { task: VerifyTask } {
  return state.status === 'verifying' && state.task !== undefined;
}

/** Where a mission ends up that cannot go on. What was applied stays applied, and what waited for a person already is not lost. */
function brokenState(state: MissionState, end: MissionEnd, at: Millis): MissionState {
  if (state.status === 'rolling-back') return { status: 'done', at: state.at, candidate: state.candidate, refusal: end };
  if (state.status === 'reapplying') return { ...state, status: 'rolled-back', refusal: end };
  if (keepsWhole(state)) return parkedWhole(state.progress, state.task, end.message);
  return { status: 'failed', at, end };
}

/** What a person waits for: from the start to the review. */
function isFlight(state: MissionState | undefined): boolean {
  return state?.status === 'running' || state?.status === 'verifying';
}
