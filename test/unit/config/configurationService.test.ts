import assert from 'node:assert/strict';
import type { ConfigurationErrorCode } from '../../../src/config/configurationError.ts';
import type { SettingChange } from '../../../src/config/configurationService.ts';
import { settingKeys, settings, type SettingKey } from '../../../src/config/settings.ts';
import type { SettingScope } from '../../../src/config/settingsSource.ts';
import { assertNothingLeft, down, openBreaker, rejectsWith, setup, type Setup } from './harness.ts';

const unreadable = ({ source }: Setup): void => {
  source.beforeInspect = () => {
    throw down();
  };
};
const readable = ({ source }: Setup): void => {
  source.beforeInspect = () => {};
};

describe('ConfigurationService reads', () => {
  it('what counts now, not what counted before', () => {
    const { service, source } = setup();
    assert.equal(service.get('agents.max'), 3);
    source.set('agents.max', 7, 'user');
    assert.equal(service.get('agents.max'), 7);
    source.set('agents.max', 2, 'workspace');
    assert.equal(service.get('agents.max'), 2);
  });

  it('the default for an invalid value, with one warning until it is gone and comes back', () => {
    const { service, source, logger } = setup();
    source.set('agents.max', 'many', 'user');
    for (let count = 0; count < 10; count += 1) assert.equal(service.get('agents.max'), 3);
    assert.equal(logger.warnings.length, 1);
    assert.deepEqual(logger.warnings[0]?.fields, {
      instanceId: 'window-1',
      room: 'config',
      key: 'agents.max',
      scope: 'user',
      reason: '`many` must be a whole number from 1 to 50',
    });
    source.set('agents.max', 4, 'user');
    assert.equal(service.get('agents.max'), 4);
    source.set('agents.max', 'many', 'user');
    assert.equal(service.get('agents.max'), 3);
    assert.equal(logger.warnings.length, 2);
  });

  it('the last good value while the source is silent, said once, and the present one when it answers again', () => {
    const all = setup({}, (source) => source.set('agents.max', 7, 'user'));
    const { service, source, logger } = all;
    unreadable(all);
    source.set('agents.max', 9, 'user');
    for (let count = 0; count < 10; count += 1) assert.equal(service.get('agents.max'), 7);
    assert.deepEqual(
      logger.warnings.map(({ message }) => message),
      ['settings cannot be read; the last known values count'],
    );
    readable(all);
    assert.equal(service.get('agents.max'), 9);
    assert.equal(logger.records.at(-1)?.message, 'settings can be read again');
  });

  it('the default of every key when the source never answered', () => {
    const { service } = setup({}, (source) => {
      source.beforeInspect = () => {
        throw new TypeError('broken');
      };
    });
    for (const key of settingKeys) assert.deepEqual(service.get(key), settings[key].default, key);
  });

  it('an unreadable null as null', () => {
    const upstream = { baseUrl: 'http://127.0.0.1:1/v1', model: 'm', inputUsdPerMTok: 0, outputUsdPerMTok: 0 };
    const all = setup({}, (source) => source.set('models.upstream', upstream, 'user'));
    assert.deepEqual(all.service.get('models.upstream'), upstream);
    all.source.set('models.upstream', null, 'user');
    assert.equal(all.service.get('models.upstream'), null);
    unreadable(all);
    assert.equal(all.service.get('models.upstream'), null);
  });

  it('true for missions.autoAssign while the source is silent, whatever it was', () => {
    const all = setup({}, (source) => source.set('missions.autoAssign', false, 'user'));
    assert.equal(all.service.get('missions.autoAssign'), false);
    unreadable(all);
    assert.equal(all.service.get('missions.autoAssign'), true);
    readable(all);
    assert.equal(all.service.get('missions.autoAssign'), false);
  });

  it('nothing, and does not throw, for a key that went round the types', () => {
    const { service, logger } = setup();
    for (const key of ['', '__proto__', '../x', 'constructor', null, {}, Symbol('x')])
      assert.equal(service.get(key as SettingKey), undefined);
    assert.equal(logger.warnings.length, 7);
  });

  it('nothing that a caller can change for others', () => {
    const { service } = setup({}, (source) => source.set('agents.path', { opencode: '/opt/opencode' }, 'user'));
    assert.throws(() => Object.assign(service.get('agents.path'), { opencode: '/tmp/evil' }), TypeError);
    assert.deepEqual(service.get('agents.path'), { opencode: '/opt/opencode' });
  });
});

describe('ConfigurationService writes', () => {
  it('the parsed value, to the scope asked for, and removes it again', async () => {
    const { service, source } = setup();
    await service.update('agents.max', '7.9' as unknown as number, 'user');
    assert.deepEqual(source.inspect('agents.max'), { user: 7 });
    await service.update('agents.max', 2, 'workspace');
    assert.deepEqual(source.inspect('agents.max'), { user: 7, workspace: 2 });
    assert.equal(service.get('agents.max'), 2);
    await service.update('agents.max', undefined, 'workspace');
    assert.deepEqual(source.inspect('agents.max'), { user: 7 });
  });

  it('at the boundaries of every number, and not one step beyond', async () => {
    for (const [key, min, max, step] of [
      ['agents.max', 1, 50, 1],
      ['agents.spawnDelayMs', 0, 60_000, 1],
      ['agents.initializationDelaySec', 1, 300, 1],
      ['budget.mission', 0, 10_000, 0.000001],
      ['budget.daily', 0, 100_000, 0.000001],
      ['budget.monthly', 0, 1_000_000, 0.000001],
      ['budget.alertAt', 0.05, 1, 0.01],
      ['approvals.expireAfterMin', 1, 1_440, 1],
      ['config.breakerHalfOpenSec', 1, 600, 1],
    ] as const) {
      const { service, source } = setup();
      for (const value of [min, max]) {
        await service.update(key, value, 'user');
        assert.equal(source.inspect(key).user, value, key);
      }
      for (const value of [min - step, max + step]) await rejectsWith(service.update(key, value, 'user'), 'bad-value');
    }
  });

  it('nothing that is not valid, and does not ask the source', async () => {
    const { service, source } = setup();
    const rows: [key: unknown, value: unknown, scope: unknown, code: ConfigurationErrorCode][] = [
      ['', 1, 'user', 'bad-key'],
      ['agents..max', 1, 'user', 'bad-key'],
      ['agents.max\n', 1, 'user', 'bad-key'],
      ['__proto__', { polluted: true }, 'user', 'unknown-key'],
      ['agents.maximum', 1, 'user', 'unknown-key'],
      ['agents.max', 0, 'user', 'bad-value'],
      ['agents.max', null, 'user', 'bad-value'],
      ['missions.templatesPath', '../outside', 'user', 'bad-value'],
      ['agents.path', { opencode: 'relative' }, 'user', 'bad-value'],
      ['logLevel', 'loud', 'user', 'bad-value'],
      ['agents.max', 1, 'default', 'bad-scope'],
      ['agents.max', 1, undefined, 'bad-scope'],
      ['agents.path', {}, 'workspace', 'bad-scope'],
      ['missions.useWorktrees', true, 'folder', 'bad-scope'],
    ];
    for (const [key, value, scope, code] of rows)
      await rejectsWith(service.update(key as 'agents.max', value as number, scope as SettingScope), code);
    assert.equal(source.updates, 0);
    assert.equal(Reflect.get({}, 'polluted'), undefined);
  });
});

describe('ConfigurationService changes', () => {
  it('are told once per setting that counts differently, with both values', async () => {
    const { service, source } = setup();
    const seen: SettingChange[] = [];
    service.onDidChange((change) => seen.push(change));
    await service.update('agents.max', 7, 'user');
    source.set('agents.max', 20, 'workspace');
    source.set('agents.max', 2, 'workspace');
    source.set('agents.max', 'x', 'workspace');
    source.set('somebody.else', 1, 'user');
    source.set('agents.path', { a: '/b' }, 'user');
    source.set('agents.path', { a: '/b' }, 'user');
    assert.deepEqual(seen, [
      { key: 'agents.max', previous: 3, value: 7 },
      { key: 'agents.max', previous: 7, value: 2 },
      { key: 'agents.max', previous: 2, value: 7 },
      { key: 'agents.path', previous: {}, value: { a: '/b' } },
    ]);
  });

  it('reach a listener to one key for that key only, and a disposed one no more', () => {
    const { service, source } = setup();
    const seen: number[] = [];
    const subscription = service.onDidChangeKey('agents.max', ({ value }) => seen.push(value));
    source.set('models.demo', true, 'user');
    source.set('agents.max', 7, 'user');
    subscription[Symbol.dispose]();
    source.set('agents.max', 8, 'user');
    assert.deepEqual(seen, [7]);
  });

  it('reach every listener, though one throws', () => {
    const { service, source, logger } = setup();
    let reached = 0;
    service.onDidChange(() => {
      throw new Error('listener broke');
    });
    service.onDidChange(() => (reached += 1));
    source.set('agents.max', 7, 'user');
    assert.equal(reached, 1);
    assert.deepEqual(
      logger.warnings.map(({ fields }) => fields['error']),
      ['listener broke'],
    );
  });

  it('are not made up while the source is silent', () => {
    const all = setup({}, (source) => source.set('missions.autoAssign', false, 'user'));
    let told = 0;
    all.service.onDidChange(() => (told += 1));
    unreadable(all);
    all.source.set('missions.autoAssign', false, 'user');
    assert.equal(told, 0);
  });
});

describe('ConfigurationService metrics and log', () => {
  it('count operations, successes and errors, and keep the last of each', async () => {
    const all = setup();
    const { service, source, clock } = all;
    const reads = service.metrics().reads.operations;
    service.get('agents.max');
    unreadable(all);
    service.get('agents.max');
    const failedAt = clock.now();
    source.beforeUpdate = () => new Promise((resolve) => clock.after(80, resolve));
    await clock.runUntil(service.update('agents.max', 7, 'user'));
    const { instanceId, reads: read, writes, breaker, pendingWrites } = service.metrics();
    assert.equal(instanceId, 'window-1');
    // The change event of the write read once more.
    assert.deepEqual([read.operations - reads, read.errors], [3, 2]);
    assert.equal(read.successes + read.errors, read.operations);
    assert.deepEqual(read.lastError, { at: failedAt + 80, code: 'source-unavailable', message: 'the settings are away' });
    assert.equal(read.lastSuccessAt, failedAt);
    assert.deepEqual(writes, {
      operations: 1,
      successes: 1,
      errors: 0,
      averageMs: 80,
      p95Ms: 80,
      lastSuccessAt: failedAt + 80,
      lastError: undefined,
    });
    assert.deepEqual([breaker, pendingWrites], ['closed', 0]);
  });

  it('take the 95th percentile by nearest rank', async () => {
    const { service, source, clock } = setup();
    let elapsed = 0;
    source.beforeUpdate = () => new Promise((resolve) => clock.after(elapsed, resolve));
    for (elapsed = 1; elapsed <= 100; elapsed += 1) await clock.runUntil(service.update('agents.max', 7, 'user'));
    const { p95Ms, averageMs } = service.metrics().writes;
    assert.deepEqual([p95Ms, averageMs], [95, 50.5]);
  });

  it('carry the instance in every line', async () => {
    const all = setup();
    all.source.set('agents.max', 'x', 'user');
    unreadable(all);
    all.service.get('agents.max');
    await openBreaker(all);
    assert.ok(all.logger.records.length > 5);
    for (const { fields } of all.logger.records) assert.deepEqual([fields['instanceId'], fields['room']], ['window-1', 'config']);
  });
});

describe('ConfigurationService health', () => {
  const levels = ({ service }: Setup): Record<string, string> =>
    Object.fromEntries(service.health().items.map(({ name, level }) => [name, level]));
  const well = { Settings: 'healthy', 'Setting values': 'healthy', 'Saving settings': 'healthy', 'Settings resources': 'healthy' };

  it('is healthy when all is well', () => {
    const all = setup();
    assert.deepEqual(levels(all), well);
    assert.equal(all.service.health().level, 'healthy');
  });

  it('is degraded by an invalid value, and names it with what to do', () => {
    const all = setup({}, (source) => source.set('agents.max', 'many', 'workspace'));
    assert.deepEqual(levels(all), { ...well, 'Setting values': 'degraded' });
    assert.equal(all.service.health().level, 'degraded');
    assert.equal(
      all.service.health().items[1]?.message,
      'Left out until you correct them in the settings: `gonogo.agents.max` (workspace): `many` must be a whole number from 1 to 50.',
    );
  });

  it('is unhealthy while the source is silent', () => {
    const all = setup();
    unreadable(all);
    assert.deepEqual(levels(all), { ...well, Settings: 'unhealthy' });
    assert.equal(all.service.health().level, 'unhealthy');
  });

  it('follows the breaker at once', async () => {
    const all = setup();
    assert.equal(all.service.health().level, 'healthy');
    unreadable(all);
    await openBreaker(all);
    assert.equal(levels(all)['Saving settings'], 'unhealthy');
    readable(all);
    all.service.get('agents.max');
    assert.equal(levels(all)['Saving settings'], 'degraded');
    await all.service.update('agents.max', 2, 'user');
    assert.deepEqual(levels(all), well);
  });

  it('watches memory and the queue', async () => {
    for (const [load, level] of [
      [0.79, 'healthy'],
      [0.8, 'degraded'],
      [0.95, 'unhealthy'],
    ] as const)
      assert.equal(levels(setup({ memoryLoad: () => load }))['Settings resources'], level, String(load));
    const all = setup({ queueCapacity: 10 });
    const gate = Promise.withResolvers<undefined>();
    all.source.beforeUpdate = () => gate.promise;
    const writes = Array.from({ length: 8 }, () => all.service.update('agents.max', 5, 'user'));
    assert.equal(levels(all)['Settings resources'], 'degraded');
    assert.match(
      all.service.health().items[3]?.message ?? '',
      /^8 changes wait; 10 % of the memory is used\. Wait until they are saved\.$/,
    );
    gate.resolve(undefined);
    await Promise.all(writes);
  });

  it('is asked for once in 30 s, unless something changes', async () => {
    const { service, source, clock } = setup();
    const first = service.health();
    const asked = source.inspections;
    await clock.advance(29_999);
    assert.equal(service.health(), first);
    assert.equal(source.inspections, asked);
    await clock.advance(1);
    assert.equal(service.health().checkedAt, first.checkedAt + 30_000);
    source.set('agents.max', 'x', 'user');
    assert.equal(service.health().level, 'degraded');
  });
});

describe('ConfigurationService shutdown', () => {
  it('waits for what is under way and takes nothing new', async () => {
    const all = setup();
    const { service, source, clock } = all;
    source.beforeUpdate = () => new Promise((resolve) => clock.after(1_000, resolve));
    const writes = Promise.all([service.update('agents.max', 7, 'user'), service.update('agents.max', 8, 'user')]);
    const end = service.shutdown();
    assert.equal(service.shutdown(), end);
    await rejectsWith(service.update('agents.max', 9, 'user'), 'shut-down');
    assert.equal(service.get('agents.max'), 3, 'reading goes on until the end');
    await clock.runUntil(end);
    await writes;
    assert.equal(source.inspect('agents.max').user, 8);
    await assertNothingLeft(all);
  });

  it('waits 5 s and no longer, and answers everybody', async () => {
    const all = setup();
    const { service, source, clock } = all;
    source.beforeUpdate = () => new Promise(() => {});
    const writes = [
      service.update('agents.max', 7, 'user'),
      service.update('agents.max', 8, 'user'),
      service.update('budget.mission', 1, 'user'),
    ];
    const answered = Promise.all(writes.map((write) => rejectsWith(write, 'shut-down')));
    const end = service.shutdown();
    let ended = false;
    void end.then(() => (ended = true));
    await clock.advance(4_999);
    assert.equal(ended, false);
    await clock.advance(1);
    assert.equal(ended, true);
    await answered;
    assert.equal(source.updates, 2, 'what waited was started after all');
    await assertNothingLeft(all);
  });

  it('answers every call with a coded error afterwards', async () => {
    const { service } = setup();
    await service.shutdown();
    for (const call of [
      () => service.get('agents.max'),
      () => service.metrics(),
      () => service.health(),
      () => service.onDidChange(() => {}),
      () => service.onDidChangeKey('agents.max', () => {}),
      () => service.onDidChangeBreaker(() => {}),
    ])
      assert.throws(call, { name: 'ConfigurationError', code: 'shut-down' });
    await rejectsWith(service.update('agents.max', 7, 'user'), 'shut-down');
    await service.shutdown();
  });

  it('leaves no listener and no timer, whatever went on before', async () => {
    const all = setup();
    all.service.onDidChange(() => {});
    all.service.onDidChangeBreaker(() => {});
    unreadable(all);
    await openBreaker(all);
    assert.ok(all.clock.pending > 0, 'the open breaker watches for recovery');
    await assertNothingLeft(all);
  });
});
