import type { MissionId } from '../../src/base/ids.ts';
import type { KernelApi, KernelEvent, KernelSnapshot, MissionView } from '../../src/contracts/kernelApi.ts';
import type { BudgetAlert } from '../../src/contracts/queue.ts';
import type { MissionStatus } from '../../src/contracts/mission.ts';

const DEADLINE = 40_000;

export interface KernelHandle {
  readonly api: KernelApi;
  readonly watch: KernelWatch;
}

interface Waiter {
  look(snapshot: KernelSnapshot): void;
}

/** Follows a kernel's events, so that a test waits for what it waits for and not for a time. */
export class KernelWatch {
  readonly logs: Extract<KernelEvent, { kind: 'log' }>[] = [];
  /** Every budget alert, one by one. */
  readonly alerts: BudgetAlert[] = [];
  /** Each status of each mission, in the order it was seen. */
  readonly seen: string[] = [];
  latest: KernelSnapshot | undefined;
  readonly #waiters = new Set<Waiter>();

  take(event: KernelEvent): void {
    if (event.kind === 'log') {
      this.logs.push(event);
      return;
    }
    if (event.kind === 'budget-alert') {
      this.alerts.push(...event.alerts);
      const { latest } = this;
      if (latest) for (const waiter of [...this.#waiters]) waiter.look(latest);
      return;
    }
    this.latest = event.snapshot;
    for (const { id, status } of event.snapshot.missions) {
      const line = `${id.slice(-4)} ${status}`;
      if (!this.seen.includes(line)) this.seen.push(line);
    }
    for (const waiter of [...this.#waiters]) waiter.look(event.snapshot);
  }

  /** The first answer of `look` that is not undefined, for the present or a later state. */
  until<T>(what: string, look: (snapshot: KernelSnapshot) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#waiters.delete(waiter);
        const missions = this.latest?.missions.map(({ status, detail }) => `${status} (${detail})`).join(', ');
        const logs = this.logs.map(({ message, fields }) => `${message} ${JSON.stringify(fields)}`).join('\n');
        reject(new Error(`waited in vain for ${what}; missions: ${missions ?? 'none'}\n${logs}`));
      }, DEADLINE);
      const waiter: Waiter = {
        look: (snapshot) => {
          const found = look(snapshot);
          if (found === undefined) return;
          clearTimeout(late);
          this.#waiters.delete(waiter);
          resolve(found);
        },
      };
      this.#waiters.add(waiter);
      if (this.latest) waiter.look(this.latest);
    });
  }

  /** The mission once it has one of these statuses, and nobody here works on it any more unless it is still active. */
  mission(id: MissionId, ...statuses: readonly MissionStatus[]): Promise<MissionView> {
    return this.until(`${id} to be ${statuses.join(' or ')}`, ({ missions }) =>
      missions.find((mission) => mission.id === id && statuses.includes(mission.status)),
    );
  }
}
