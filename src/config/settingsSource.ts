import { CodedError } from '../base/errors.ts';

export type SettingScope = 'user' | 'workspace' | 'folder';

/**
 * What was written for a key, scope by scope, exactly as found; absent where nothing was.
 * Defaults are not part of it: ours stand in the table of settings, and another extension's `configurationDefaults` has no say.
 */
export type InspectedSetting = { readonly [S in SettingScope]?: unknown };

export const settingsSourceErrorCodes = ['source-unavailable', 'source-refused'] as const;
export type SettingsSourceErrorCode = (typeof settingsSourceErrorCodes)[number];

/** `source-unavailable` may pass by itself and is worth another attempt; `source-refused` is an answer that will not change until somebody acts. */
export class SettingsSourceError extends CodedError<SettingsSourceErrorCode> {}

/** Where settings are kept. Keys come without the `gonogo.` prefix. Values are outside data: whoever reads them parses them. */
export interface SettingsSource {
  /**
   * Synchronous and cheap.
   *
   * @throws SettingsSourceError when the settings cannot be read.
   */
  inspect(key: string): InspectedSetting;

  /**
   * Resolves once the value is kept; `undefined` removes it. A call MAY take any time, and MAY land after its caller gave up on it.
   * Calls for one key MUST NOT overlap: the caller sees to that.
   *
   * @throws SettingsSourceError (as a rejection) when it could not be kept.
   */
  update(key: string, value: unknown, scope: SettingScope): Promise<void>;

  /** Calls `listener` with the keys that may have changed, in whichever scope, after the change can be read. */
  onDidChange(listener: (keys: readonly string[]) => void): Disposable;
}
