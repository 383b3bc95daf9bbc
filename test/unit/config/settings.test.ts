import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { contributedConfiguration } from '../../../src/config/contributedConfiguration.ts';
import { parseSetting } from '../../../src/config/resolveSetting.ts';
import { isSettingKey, settingKeys, settings } from '../../../src/config/settings.ts';

describe('settings', () => {
  it('holds valid defaults, unchanged by parsing', () => {
    for (const key of settingKeys)
      assert.deepEqual(parseSetting(key, settings[key].default), { ok: true, value: settings[key].default }, key);
  });

  it('starts from what the documents promise', () => {
    const defaults = Object.fromEntries(settingKeys.map((key) => [key, settings[key].default]));
    assert.deepEqual(defaults, {
      'agents.default': 'builtin',
      'agents.path': {},
      'agents.max': 3,
      'agents.spawnDelayMs': 2_000,
      'agents.initializationDelaySec': 10,
      'agents.persist': true,
      'missions.useWorktrees': true,
      'missions.autoAssign': true,
      'missions.templatesPath': '.gonogo/templates',
      'budget.mission': 0.5,
      'budget.daily': 10,
      'budget.monthly': 100,
      'budget.alertAt': 0.8,
      'approvals.expireAfterMin': 15,
      'models.demo': false,
      'models.upstream': null,
      logLevel: 'info',
      'config.breakerHalfOpenSec': 60,
    });
  });

  it('keeps what is read from the user only out of workspace settings in the editor too', () => {
    for (const key of settingKeys) assert.equal(settings[key].merge === 'user-only', settings[key].scope !== 'window', key);
  });

  it('is what package.json contributes', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
      contributes: { configuration: unknown };
    };
    assert.deepEqual(
      manifest.contributes.configuration,
      JSON.parse(JSON.stringify(contributedConfiguration())),
      'package.json differs from the table; run `node scripts/generate-settings.mjs`',
    );
  });

  it('describes every setting and every value of an enumeration', () => {
    for (const key of settingKeys) {
      assert.match(settings[key].description, /^[A-Z].+\.$/s, key);
    }
    const { properties } = contributedConfiguration() as { properties: Record<string, { enum?: unknown[]; enumDescriptions?: unknown[] }> };
    for (const [key, property] of Object.entries(properties)) assert.equal(property.enumDescriptions?.length, property.enum?.length, key);
  });

  it('does not take what every object has for a setting', () => {
    for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) assert.equal(isSettingKey(key), false, key);
  });
});
