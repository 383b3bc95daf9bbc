import assert from 'node:assert/strict';
import type { MissionId, RequestId } from '../../../src/base/ids.ts';
import { microUsd, zeroUsd } from '../../../src/base/money.ts';
import type { ApprovalRequest } from '../../../src/contracts/approval.ts';
import type { KernelSnapshot, MissionView } from '../../../src/contracts/kernelApi.ts';
import type { MissionStatus } from '../../../src/contracts/mission.ts';
import { MementoNoticeMemory } from '../../../src/editor/noticeMemory.ts';
import type { NoticeStep } from '../../../src/editor/news.ts';
import { Notifications } from '../../../src/editor/notifications.ts';
import { ManualClock } from '../../support/manualClock.ts';
import { request as sampleRequest } from './approvals/samples.ts';
import { quiet, view } from './samples.ts';

class Memento {
  readonly values = new Map<string, unknown>();
  get<T>(key: string): T | undefined {
    return this.values.get(key) as T | undefined;
  }
  update(key: string, value: unknown): Promise<void> {
    this.values.set(key, value);
    return Promise.resolve();
  }
}

class Rig {
  readonly clock = new ManualClock();
  readonly memento = new Memento();
  readonly memory = new MementoNoticeMemory(this.memento);
  readonly shown: string[] = [];
  readonly taken: NoticeStep[] = [];
  choice: string | undefined;
  readonly notifications = new Notifications({
    board: {
      show: (severity, text) => {
        this.shown.push(`${severity}: ${text}`);
        return Promise.resolve(this.choice);
      },
      take: (step) => this.taken.push(step),
    },
    memory: this.memory,
    clock: this.clock,
    demo: () => false,
  });

  constructor() {
    this.notifications.update(quiet);
  }
}

const request = (id: string): ApprovalRequest => ({ ...sampleRequest, id: id as RequestId });
const waiting = (...ids: string[]): KernelSnapshot => ({ ...quiet, approvals: ids.map(request) });
const flown = (...all: [string, MissionStatus][]): KernelSnapshot => ({
  ...quiet,
  missions: all.map(([id, status]): MissionView => ({ ...view, id: id as MissionId, goal: id, status, detail: 'It is so.' })),
});
const many = Array.from({ length: 30 }, (_, index) => `r${index}`);

describe('notifications', () => {
  it('tell of one review with its goal, and of several in one', async () => {
    const rig = new Rig();
    rig.notifications.update(waiting('a'));
    await rig.clock.advance(1_000);
    for (let count = 2; count <= many.length; count += 1) {
      rig.notifications.update(waiting('a', ...many.slice(1, count)));
      await rig.clock.advance(100);
    }
    await rig.clock.advance(60_000);
    assert.deepEqual(rig.shown.slice(1), ['information: 29 requests wait for your review.']);
    assert.match(rig.shown[0] ?? '', /waits for your review\.$/);
  });

  it('tell of no review that was answered meanwhile, and of none twice', async () => {
    const rig = new Rig();
    rig.notifications.update(waiting('a'));
    rig.notifications.update(quiet);
    await rig.clock.advance(60_000);
    rig.notifications.update(waiting('a'));
    await rig.clock.advance(60_000);
    assert.deepEqual(rig.shown, []);
  });

  it('tell of endings in one, and of none from before the window opened', async () => {
    const rig = new Rig();
    rig.notifications.update(flown(['a', 'running'], ['b', 'running'], ['c', 'running'], ['old', 'failed']));
    rig.notifications.update(flown(['a', 'done'], ['b', 'failed'], ['c', 'parked'], ['old', 'failed']));
    await rig.clock.advance(1_000);
    assert.deepEqual(rig.shown, ['warning: 3 missions came to rest: 1 in your workspace, 1 failed, 1 parked.']);
    rig.notifications.update(flown(['d', 'running']));
    rig.notifications.update(flown(['d', 'failed']));
    await rig.clock.advance(60_000);
    assert.equal(rig.shown[1], 'warning: “d” failed. It is so.');
    rig.notifications.update(flown(['d', 'failed'], ['e', 'running']));
    rig.notifications.update(flown(['d', 'failed'], ['e', 'cancelled']));
    await rig.clock.advance(60_000);
    assert.equal(rig.shown.length, 2);
  });

  it('open what the button says', async () => {
    const rig = new Rig();
    rig.choice = 'Review';
    rig.notifications.update(waiting('a'));
    await rig.clock.advance(1_000);
    assert.deepEqual(rig.taken, [{ kind: 'review', title: 'Review', requestId: 'a' }]);
  });

  it('tell of a budget: which, how much is left, and the setting', async () => {
    const rig = new Rig();
    rig.choice = 'Open Setting';
    rig.notifications.budgets([{ scope: 'day', spent: microUsd(8_100_000), reserved: zeroUsd, limit: microUsd(10_000_000) }]);
    await rig.clock.advance(1_000);
    assert.deepEqual(rig.shown, [
      "warning: Today's budget: $1.90 of $10.00 left. Missions are cut off when it is gone. Raise gonogo.budget.daily to go on.",
    ]);
    assert.deepEqual(rig.taken, [{ kind: 'setting', title: 'Open Setting', setting: 'gonogo.budget.daily' }]);
  });

  it('are silent, each class by itself, once told so, and speak again after a reset', async () => {
    const rig = new Rig();
    rig.choice = 'Do Not Show Again';
    rig.notifications.update(waiting('a'));
    await rig.clock.advance(1_000);
    rig.choice = undefined;
    rig.notifications.update(waiting('a', 'b'));
    rig.notifications.budgets([{ scope: 'month', spent: microUsd(9), reserved: zeroUsd, limit: microUsd(10) }]);
    await rig.clock.advance(60_000);
    assert.deepEqual(
      rig.shown.map((text) => text.split(' ')[1]),
      [rig.shown[0]?.split(' ')[1], 'This'],
    );
    // Another window, or this one after a reload.
    assert.equal(new MementoNoticeMemory(rig.memento as never).isSilenced('reviews'), true);
    assert.equal(await rig.memory.reset(), 1);
    rig.notifications.update(waiting('a', 'b', 'c'));
    await rig.clock.advance(60_000);
    assert.equal(rig.shown.length, 3);
  });

  it('silence nothing for a memory that cannot be read', () => {
    const memento = new Memento();
    for (const value of ['reviews', [1], { reviews: true }, ['other']]) {
      memento.values.set('gonogo.silenced', value);
      assert.equal(new MementoNoticeMemory(memento as never).isSilenced('reviews'), false);
    }
  });
});
