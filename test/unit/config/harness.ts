import assert from 'node:assert/strict';
import { isConfigurationError, type ConfigurationErrorCode } from '../../../src/config/configurationError.ts';
import { ConfigurationService, type ConfigurationOptions } from '../../../src/config/configurationService.ts';
import { SettingsSourceError } from '../../../src/config/settingsSource.ts';
import { InMemorySettingsSource } from '../../support/inMemorySettingsSource.ts';
import { ManualClock } from '../../support/manualClock.ts';
import { RecordingLogger } from '../../support/recordingLogger.ts';

export const down = () => new SettingsSourceError('source-unavailable', 'the settings are away');
export const refused = () => new SettingsSourceError('source-refused', 'no folder is open');

/** A service over a source in memory. `memoryLoad` is fixed, so that health does not depend on this process. */
export function setup(options: ConfigurationOptions = {}, prepare: (source: InMemorySettingsSource) => void = () => {}) {
  const clock = new ManualClock();
  const source = new InMemorySettingsSource();
  const logger = new RecordingLogger();
  prepare(source);
  const service = new ConfigurationService({
    source,
    clock,
    logger,
    instanceId: 'window-1',
    options: { memoryLoad: () => 0.1, ...options },
  });
  return { clock, source, logger, service };
}

export type Setup = ReturnType<typeof setup>;

export function rejectsWith(work: Promise<unknown>, code: ConfigurationErrorCode): Promise<void> {
  return assert.rejects(work, (error) => {
    assert.ok(isConfigurationError(error), String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, /^[a-z`]/, 'messages are lower-case');
    return true;
  });
}

/** Fails writes until the breaker is open. */
export async function openBreaker({ clock, source, service }: Setup): Promise<void> {
  const before = source.beforeUpdate;
  source.beforeUpdate = () => Promise.reject(down());
  while (service.metrics().breaker !== 'open') await clock.runUntil(service.update('agents.max', 2, 'user').catch(() => undefined));
  source.beforeUpdate = before;
}

/** After `shutdown` nothing may be left that keeps memory or wakes up. */
export async function assertNothingLeft({ clock, source, service }: Setup): Promise<void> {
  await clock.runUntil(service.shutdown());
  await clock.advance(0);
  assert.equal(source.listeners, 0, 'a listener is left');
  assert.equal(clock.pending, 0, 'a timer is left');
}
