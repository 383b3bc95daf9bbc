import assert from 'node:assert/strict';
import { settingKeys, settings } from '../../src/config/settings.ts';
import { SettingsSourceError } from '../../src/config/settingsSource.ts';
import { VscodeSettingsSource } from '../../src/editor/vscodeSettingsSource.ts';
import { settingsSourceContract } from '../contract/settingsSourceContract.ts';

settingsSourceContract('VscodeSettingsSource', () => new VscodeSettingsSource());

describe('VscodeSettingsSource in the editor', () => {
  const source = new VscodeSettingsSource();

  it('knows every setting of the table', () => {
    for (const key of settingKeys) assert.doesNotThrow(() => source.inspect(key), key);
  });

  it('refuses a user-only setting in the workspace, and says that trying again is no use', async () => {
    const userOnly = settingKeys.filter((key) => settings[key].merge === 'user-only');
    assert.ok(userOnly.length > 0);
    for (const key of userOnly) {
      await assert.rejects(
        source.update(key, settings[key].default, 'workspace'),
        (error) => error instanceof SettingsSourceError && error.code === 'source-refused',
        key,
      );
    }
  });
});
