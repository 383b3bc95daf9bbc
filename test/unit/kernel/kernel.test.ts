import assert from 'node:assert/strict';
import type { KernelEvent, KernelSnapshot } from '../../../src/contracts/kernelApi.ts';
import { CurrentSettings } from '../../../src/kernel/currentSettings.ts';
import { SnapshotFeed } from '../../../src/kernel/snapshotFeed.ts';
import { settle } from '../../support/manualClock.ts';
import { RecordingLogger } from '../../support/recordingLogger.ts';
import { settings } from '../missions/samples.ts';

describe('SnapshotFeed', () => {
  const snapshot = (): KernelSnapshot => ({
    missions: [],
    approvals: [],
    meters: [],
    switches: [],
    health: { level: 'healthy', items: [] },
  });
  const rest = async (): Promise<void> => {
    for (let round = 0; round < 5; round += 1) await settle();
  };

  it('sends once for changes that come together, and again for one that comes meanwhile', async () => {
    const events: KernelEvent[] = [];
    let taken = 0;
    let release = (): void => undefined;
    const feed = new SnapshotFeed(
      async () => {
        taken += 1;
        await new Promise<void>((resolve) => (release = resolve));
        return snapshot();
      },
      (event) => events.push(event),
      new RecordingLogger(),
    );
    feed.changed();
    feed.changed();
    await rest();
    assert.deepEqual([taken, events.length], [1, 0]);
    feed.changed();
    release();
    await rest();
    assert.deepEqual([taken, events.length], [2, 1]);
    release();
    await rest();
    assert.deepEqual([taken, events.length], [2, 2]);
  });

  it('logs a state that cannot be read, goes on, and says nothing once it is disposed of', async () => {
    const logger = new RecordingLogger();
    const events: KernelEvent[] = [];
    let fail = true;
    const feed = new SnapshotFeed(
      () => (fail ? Promise.reject(new Error('locked')) : Promise.resolve(snapshot())),
      (event) => events.push(event),
      logger,
    );
    feed.changed();
    await rest();
    assert.deepEqual([logger.records.length, events.length], [1, 0]);
    fail = false;
    feed.changed();
    await rest();
    assert.equal(events.length, 1);
    feed.changed();
    feed[Symbol.dispose]();
    await rest();
    assert.deepEqual([logger.records.length, events.length], [1, 1]);
  });
});

describe('CurrentSettings', () => {
  it('allow nothing until somebody has sent some', () => {
    const { value, configured } = new CurrentSettings();
    assert.deepEqual([value.trusted, value.budget.day, value.demo, configured], [false, 0, false, undefined]);
  });

  it('that come quickly one after the other end with the last, whatever each needs', async () => {
    const current = new CurrentSettings();
    let release = (): void => undefined;
    const slow = current.take({ ...settings, maxMissions: 1 }, () => new Promise<void>((resolve) => (release = resolve)));
    const fast = current.take({ ...settings, maxMissions: 2 }, () => Promise.resolve());
    await settle();
    assert.equal(current.configured, undefined);
    release();
    await Promise.all([slow, fast]);
    assert.equal(current.value.maxMissions, 2);
  });

  it('that cannot be prepared are not taken, and the next ones are', async () => {
    const current = new CurrentSettings();
    await assert.rejects(
      current.take(settings, () => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(current.configured, undefined);
    await current.take(settings, () => Promise.resolve());
    assert.equal(current.configured, settings);
  });
});
