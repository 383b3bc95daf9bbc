import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Logger } from '../contracts/logger.ts';
import type { OperationRecorder } from './operationRecorder.ts';
import { defaultOf, resolveSetting, unreadableAnswer, type ResolvedSetting, type SettingProblem } from './resolveSetting.ts';
import { settingKeys, type SettingKey, type Settings } from './settings.ts';
import type { SettingsSource } from './settingsSource.ts';

export interface SettingsReaderDeps {
  readonly source: SettingsSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly recorder: OperationRecorder;
  /** Called after each answer of the source. */
  readonly onAnswer: () => void;
}

/** Reads through to the source every time, and always has an answer. */
export class SettingsReader {
  readonly #deps: SettingsReaderDeps;
  readonly #lastGood: { [K in SettingKey]?: Settings[K] } = {};
  readonly #problems = new Map<SettingKey, readonly SettingProblem[]>();
  #failure: unknown;

  constructor(deps: SettingsReaderDeps) {
    this.#deps = deps;
  }

  /** Why the last read got no answer, or `undefined` when it did. */
  get failure(): unknown {
    return this.#failure;
  }

  /** What is written but cannot be used, as of the last read of each key. */
  get problems(): readonly SettingProblem[] {
    return [...this.#problems.values()].flat();
  }

  /** The value, else `whenUnreadable` of the table, else the last good value, else the default. Never throws. */
  read<K extends SettingKey>(key: K): Settings[K] {
    const answer = this.#ask(key);
    if (answer.ok) return answer.value;
    return unreadableAnswer(key) ?? this.lastKnown(key);
  }

  /** Reads every key; false when the source did not answer for one of them. */
  readAll(): boolean {
    // Stops at the first failure: the others would fail alike.
    return settingKeys.every((key) => this.#ask(key).ok);
  }

  /** What was last read, without asking the source. */
  lastKnown<K extends SettingKey>(key: K): Settings[K] {
    const value = this.#lastGood[key];
    return value === undefined ? defaultOf(key) : value;
  }

  #ask<K extends SettingKey>(key: K): Result<Settings[K], unknown> {
    const { source, clock, recorder, onAnswer } = this.#deps;
    const startedAt = clock.now();
    let resolved: ResolvedSetting<K>;
    try {
      resolved = resolveSetting(key, source.inspect(key));
    } catch (error) {
      recorder.failed(startedAt, clock.now(), error);
      this.#unanswered(error);
      return err(error);
    }
    recorder.succeeded(startedAt, clock.now());
    this.#lastGood[key] = resolved.value;
    this.#report(key, resolved.problems);
    this.#answered();
    onAnswer();
    return ok(resolved.value);
  }

  /** One warning per problem, until it is gone and comes back. */
  #report(key: SettingKey, problems: readonly SettingProblem[]): void {
    const known = this.#problems.get(key) ?? [];
    for (const problem of problems) {
      if (known.some((old) => old.scope === problem.scope && old.reason === problem.reason)) continue;
      this.#deps.logger.log('warn', 'a setting is not valid and is left out', { ...problem });
    }
    if (problems.length > 0) this.#problems.set(key, problems);
    else this.#problems.delete(key);
  }

  #answered(): void {
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#deps.logger.log('info', 'settings can be read again');
  }

  #unanswered(error: unknown): void {
    if (this.#failure === undefined) {
      this.#deps.logger.log('warn', 'settings cannot be read; the last known values count', { error: messageOf(error) });
    }
    this.#failure = error ?? new Error('no reason given');
  }
}
