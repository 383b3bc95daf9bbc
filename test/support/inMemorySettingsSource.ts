import { Emitter } from '../../src/base/emitter.ts';
import type { InspectedSetting, SettingScope, SettingsSource } from '../../src/config/settingsSource.ts';

/** Keeps settings in memory, as JSON would. Failures are put in front of it: throw, or wait, in `beforeInspect` and `beforeUpdate`. */
export class InMemorySettingsSource implements SettingsSource {
  beforeInspect: (key: string) => void = () => {};
  beforeUpdate: (key: string, value: unknown) => Promise<void> = async () => {};
  inspections = 0;
  updates = 0;
  readonly #values = new Map<SettingScope, Map<string, string>>();
  readonly #changes = new Emitter<readonly string[]>((error) => {
    throw error;
  });

  get listeners(): number {
    return this.#changes.size;
  }

  inspect(key: string): InspectedSetting {
    this.inspections += 1;
    this.beforeInspect(key);
    const found = [...this.#values].flatMap(([scope, values]) => {
      const json = values.get(key);
      return json === undefined ? [] : [[scope, JSON.parse(json) as unknown]];
    });
    return Object.fromEntries(found) as InspectedSetting;
  }

  async update(key: string, value: unknown, scope: SettingScope): Promise<void> {
    this.updates += 1;
    await this.beforeUpdate(key, value);
    this.set(key, value, scope);
  }

  /** As if somebody edited the file. */
  set(key: string, value: unknown, scope: SettingScope): void {
    const values = this.#values.get(scope) ?? new Map<string, string>();
    this.#values.set(scope, values);
    if (value === undefined) values.delete(key);
    else values.set(key, JSON.stringify(value));
    this.#changes.fire([key]);
  }

  onDidChange(listener: (keys: readonly string[]) => void): Disposable {
    return this.#changes.on(listener);
  }
}
