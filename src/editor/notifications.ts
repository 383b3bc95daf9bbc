import type { Clock, Millis } from '../base/clock.ts';
import type { RequestId } from '../base/ids.ts';
import type { KernelSnapshot, MissionView } from '../contracts/kernelApi.ts';
import type { BudgetAlert } from '../contracts/queue.ts';
import { budgetNotice, endedSince, endNotice, reviewNotice, type Notice, type NoticeClass, type NoticeStep } from './news.ts';

/** What comes together within this time is told together. */
const GATHER: Millis = 1_000;
/** After one notification of a class the next one gathers so long. */
const QUIET: Millis = 15_000;

const SILENCE = 'Do Not Show Again';

/** Where a notification is shown. Resolves with the title of the button chosen, if one was. */
export interface NoticeBoard {
  show(severity: Notice['severity'], text: string, buttons: readonly string[]): PromiseLike<string | undefined>;
  take(step: NoticeStep): void;
}

/** Which classes a person does not want to be told of any more. */
export interface NoticeMemory {
  isSilenced(of: NoticeClass): boolean;
  silence(of: NoticeClass): PromiseLike<void>;
}

export interface NotificationOptions {
  readonly board: NoticeBoard;
  readonly memory: NoticeMemory;
  readonly clock: Clock;
  readonly demo: () => boolean;
}

/** Tells once of each review that waits, each mission that ended and each budget that is nearly gone; never in a storm. */
export class Notifications implements Disposable {
  readonly #options: NotificationOptions;
  readonly #asked = new Set<string>();
  readonly #timers = new Map<NoticeClass, Disposable>();
  readonly #shownAt = new Map<NoticeClass, Millis>();
  #requests: RequestId[] = [];
  #ended: MissionView[] = [];
  #alerts: BudgetAlert[] = [];
  #latest: KernelSnapshot | undefined;

  constructor(options: NotificationOptions) {
    this.#options = options;
  }

  update(snapshot: KernelSnapshot): void {
    const before = this.#latest;
    this.#latest = snapshot;
    const fresh = snapshot.approvals.filter(({ id }) => !this.#asked.has(id));
    for (const { id } of fresh) this.#asked.add(id);
    if (fresh.length > 0) {
      this.#requests.push(...fresh.map(({ id }) => id));
      this.#later('reviews');
    }
    const ended = before ? endedSince(before, snapshot) : [];
    if (ended.length > 0) {
      this.#ended.push(...ended);
      this.#later('endings');
    }
  }

  budgets(alerts: readonly BudgetAlert[]): void {
    this.#alerts.push(...alerts);
    this.#later('budgets');
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers.values()) timer[Symbol.dispose]();
  }

  #later(of: NoticeClass): void {
    if (this.#timers.has(of)) return;
    const { clock } = this.#options;
    const shown = this.#shownAt.get(of);
    // A clock that was set back must not keep anything silent for longer.
    const since = shown === undefined ? QUIET : Math.max(0, clock.now() - shown);
    const timer = clock.after(Math.max(GATHER, QUIET - since), () => {
      this.#timers.delete(of);
      this.#tell(of);
    });
    this.#timers.set(of, timer);
  }

  #tell(of: NoticeClass): void {
    const { board, memory, clock } = this.#options;
    const notice = this.#take(of);
    if (!notice || memory.isSilenced(of)) return;
    this.#shownAt.set(of, clock.now());
    const { severity, text, step } = notice;
    void board.show(severity, text, [...(step ? [step.title] : []), SILENCE]).then((choice) => {
      if (choice === SILENCE) return memory.silence(of);
      if (step && choice === step.title) board.take(step);
      return undefined;
    });
  }

  #take(of: NoticeClass): Notice | undefined {
    switch (of) {
      case 'reviews':
        return this.#latest && reviewNotice(this.#requests.splice(0), this.#latest);
      case 'endings':
        return endNotice(this.#ended.splice(0));
      case 'budgets':
        return budgetNotice(this.#alerts.splice(0), this.#options.demo());
    }
  }
}
