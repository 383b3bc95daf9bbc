import { InMemorySettingsSource } from '../support/inMemorySettingsSource.ts';
import { settingsSourceContract } from './settingsSourceContract.ts';

settingsSourceContract('InMemorySettingsSource', () => new InMemorySettingsSource());
