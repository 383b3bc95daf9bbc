import assert from 'node:assert/strict';
import fc from 'fast-check';
import { resolveSetting } from '../../../src/config/resolveSetting.ts';
import { settingKeys, settings, type SettingKey } from '../../../src/config/settings.ts';
import type { InspectedSetting } from '../../../src/config/settingsSource.ts';

function check(key: SettingKey, inspected: InspectedSetting, expected: unknown, problems: readonly string[] = []): void {
  const resolved = resolveSetting(key, inspected);
  assert.deepEqual(resolved.value, expected, `${key} ${JSON.stringify(inspected)}`);
  assert.deepEqual(
    resolved.problems.map(({ scope }) => scope),
    problems,
    `${key} ${JSON.stringify(inspected)}`,
  );
}

describe('resolveSetting', () => {
  it('takes the default where nothing is written', () => {
    for (const key of settingKeys) check(key, {}, settings[key].default);
  });

  it('min: the workspace can lower, never raise', () => {
    check('agents.max', { user: 10 }, 10);
    check('agents.max', { user: 10, workspace: 2 }, 2);
    check('agents.max', { user: 10, workspace: 20 }, 10);
    check('agents.max', { workspace: 20 }, 3);
    check('agents.max', { user: 10, workspace: 5, folder: 4 }, 4);
    check('agents.max', { user: 10, workspace: 4, folder: 5 }, 4);
    check('budget.mission', { user: 5, workspace: 0 }, 0);
  });

  it('max: the workspace can raise, never lower', () => {
    check('agents.spawnDelayMs', { user: 500, workspace: 0 }, 500);
    check('agents.spawnDelayMs', { user: 500, workspace: 900 }, 900);
    check('agents.spawnDelayMs', { workspace: 0 }, 2_000);
  });

  it('and: on only while every scope is on', () => {
    check('missions.autoAssign', { user: true, workspace: false }, false);
    check('missions.autoAssign', { user: false, workspace: true }, false);
    check('missions.autoAssign', { user: false, workspace: true, folder: true }, false);
    check('missions.autoAssign', { workspace: false, folder: true }, false);
    check('missions.autoAssign', { workspace: true }, true);
  });

  it('user-only: the workspace has no say, and is told so', () => {
    check('agents.path', { workspace: { builtin: '/tmp/evil' } }, {}, ['workspace']);
    check('agents.path', { user: { opencode: '/opt/opencode' }, folder: { opencode: '/tmp/evil' } }, { opencode: '/opt/opencode' }, [
      'folder',
    ]);
    check('missions.useWorktrees', { workspace: false }, true, ['workspace']);
  });

  it('free: the most specific one', () => {
    check('models.demo', { workspace: true }, true);
    check('models.demo', { user: true, workspace: false }, false);
    check('agents.default', { user: 'codex', workspace: 'claude-code', folder: 'opencode' }, 'opencode');
  });

  it('leaves an invalid value out and says so', () => {
    check('agents.max', { user: 99 }, 3, ['user']);
    check('agents.max', { user: 99, workspace: 2 }, 2, ['user']);
    check('agents.max', { user: 99, workspace: 20 }, 3, ['user']);
    check('agents.max', { user: 10, workspace: -1 }, 10, ['workspace']);
    check('agents.max', { user: null, workspace: 'x', folder: {} }, 3, ['user', 'workspace', 'folder']);
    check('missions.autoAssign', { user: false, workspace: 'yes' }, false, ['workspace']);
  });

  it('lets no workspace value loosen what the user has, whatever it is', () => {
    const tightness: Partial<Record<SettingKey, (value: unknown) => number>> = {};
    for (const key of settingKeys) {
      const { merge } = settings[key];
      if (merge === 'min') tightness[key] = (value) => -Number(value);
      if (merge === 'max' || merge === 'and') tightness[key] = (value) => (merge === 'and' ? -Number(value) : Number(value));
    }
    const keys = settingKeys.filter((key) => tightness[key] !== undefined);
    const written = fc.oneof(fc.integer({ min: -5, max: 100_001 }), fc.double(), fc.boolean(), fc.jsonValue(), fc.constant(undefined));
    fc.assert(
      fc.property(fc.constantFrom(...keys), written, written, written, (key, user, workspace, folder) => {
        const tight = tightness[key] ?? assert.fail();
        const alone = resolveSetting(key, { user }).value;
        return tight(resolveSetting(key, { user, workspace, folder }).value) >= tight(alone);
      }),
      { numRuns: 2_000 },
    );
  });

  it('lets no workspace value change what is user-only', () => {
    const keys = settingKeys.filter((key) => settings[key].merge === 'user-only');
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue(), fc.jsonValue(), (key, workspace, folder) => {
        assert.deepEqual(resolveSetting(key, { workspace, folder }).value, settings[key].default);
      }),
    );
  });
});
