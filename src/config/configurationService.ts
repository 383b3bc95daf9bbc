import { getHeapStatistics } from 'node:v8';
import { isDeepStrictEqual } from 'node:util';
import type { Clock, Millis } from '../base/clock.ts';
import { DisposableStore } from '../base/disposables.ts';
import { Emitter } from '../base/emitter.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../contracts/logger.ts';
import { CircuitBreaker, type BreakerState } from '../resilience/circuitBreaker.ts';
import { untilAborted } from '../resilience/wait.ts';
import { judgeConfiguration, type ConfigurationHealth } from './configurationHealth.ts';
import { ConfigurationError, ValidationError } from './configurationError.ts';
import { OperationRecorder, type OperationMetrics } from './operationRecorder.ts';
import { quoteInput } from './quoteInput.ts';
import { RecoveryWatch } from './recoveryWatch.ts';
import { parseSetting } from './resolveSetting.ts';
import { parseSettingKey } from './settingKey.ts';
import { settingKeys, settings, type SettingKey, type Settings } from './settings.ts';
import { SettingsReader } from './settingsReader.ts';
import type { SettingScope, SettingsSource } from './settingsSource.ts';
import { countsAgainstSource, SettingsWriter } from './settingsWriter.ts';

const BREAKER_FAILURES = 5;
const HEALTH_CACHE_MS = 30_000;
const SHUTDOWN_MS = 5_000;
const DEFAULT_TIMEOUT_MS = 5_000;
const MAX_TIMEOUT_MS = 30_000;

export interface ConfigurationOptions {
  /** For one attempt to write; 5,000 by default, 30,000 at most. */
  readonly timeoutMs?: Millis;
  /** Writes that may wait per key, the running one included; 1,000 by default. */
  readonly queueCapacity?: number;
  /** Used memory as a share of its limit, from 0 to 1; by default this process's heap. */
  readonly memoryLoad?: () => number;
}

export interface ConfigurationServiceDeps {
  readonly source: SettingsSource;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tells the windows apart in a shared log. */
  readonly instanceId: string;
  readonly options?: ConfigurationOptions;
}

export interface ConfigurationMetrics {
  readonly instanceId: string;
  readonly reads: OperationMetrics;
  readonly writes: OperationMetrics;
  readonly pendingWrites: number;
  readonly breaker: BreakerState;
}

/** A setting that now counts differently. */
export interface SettingChangeOf<K extends SettingKey> {
  readonly key: K;
  readonly value: Settings[K];
  readonly previous: Settings[K];
}
export type SettingChange = { [K in SettingKey]: SettingChangeOf<K> }[SettingKey];

/**
 * The settings, parsed, merged over their scopes and always at hand.
 *
 * Once `shutdown` is done, every call but `shutdown` throws or rejects with a `ConfigurationError` of the code `shut-down`.
 */
export class ConfigurationService {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #instanceId: string;
  readonly #memoryLoad: () => number;
  readonly #reads = new OperationRecorder();
  readonly #writes = new OperationRecorder();
  readonly #reader: SettingsReader;
  readonly #writer: SettingsWriter;
  readonly #breaker: CircuitBreaker;
  readonly #changes: Emitter<SettingChange>;
  readonly #breakerAlerts: Emitter<BreakerState>;
  readonly #disposables = new DisposableStore();
  #health: ConfigurationHealth | undefined;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #closing: Promise<void> | undefined;

  constructor({ source, clock, logger, instanceId, options = {} }: ConfigurationServiceDeps) {
    this.#clock = clock;
    this.#instanceId = instanceId;
    this.#logger = { log: (level, message, fields) => logger.log(level, message, { instanceId, room: 'config', ...fields }) };
    this.#memoryLoad = options.memoryLoad ?? heapLoad;
    const onListenerError = (error: unknown): void =>
      this.#logger.log('error', 'a listener to settings failed', { error: messageOf(error) });
    this.#changes = this.#disposables.add(new Emitter(onListenerError));
    this.#breakerAlerts = this.#disposables.add(new Emitter(onListenerError));
    this.#breaker = this.#disposables.add(
      new CircuitBreaker({
        clock,
        failures: BREAKER_FAILURES,
        // The last known value: reading here would be a read that opens the breaker it is asked about.
        halfOpenAfterMs: () => this.#reader.lastKnown('config.breakerHalfOpenSec') * 1000,
        counts: countsAgainstSource,
        onListenerError,
      }),
    );
    const recovery = this.#disposables.add(
      new RecoveryWatch({ breaker: this.#breaker, clock, ask: () => void this.#reader.read('config.breakerHalfOpenSec') }),
    );
    this.#reader = new SettingsReader({ source, clock, logger: this.#logger, recorder: this.#reads, onAnswer: () => recovery.sawRead() });
    this.#writer = new SettingsWriter({
      source,
      clock,
      logger: this.#logger,
      recorder: this.#writes,
      breaker: this.#breaker,
      timeoutMs: Math.min(options.timeoutMs ?? DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS),
      queueCapacity: options.queueCapacity ?? 1_000,
      onLanded: () => recovery.sawProof(),
    });
    this.#disposables.add(this.#breaker.onStateChange((state) => this.#alert(state)));
    this.#disposables.add(
      source.onDidChange((keys) => {
        recovery.sawProof();
        this.#refresh(keys);
      }),
    );
    this.#reader.readAll();
  }

  /** What counts now. Reads the source, never waits, and never throws while the service is open; an invalid value is left out and the default counts. */
  get<K extends SettingKey>(key: K): Settings[K] {
    this.#assertOpen();
    const parsed = parseSettingKey(key);
    if (parsed.ok) return this.#reader.read(key);
    // Only a caller that went round the types gets here. There is no value to give, and a reader is not interrupted.
    this.#logger.log('warn', 'an unknown setting was read', { code: parsed.error.code, error: parsed.error.message });
    return undefined as never;
  }

  /**
   * Resolves once the value is kept; `undefined` removes it from that scope.
   *
   * @throws ConfigurationError (as a rejection) with a code of docs/errors.md.
   */
  async update<K extends SettingKey>(key: K, value: Settings[K] | undefined, scope: SettingScope): Promise<void> {
    if (this.#state !== 'open') throw shutDown();
    return this.#writer.write(key, checkedValue(key, value, scope), scope);
  }

  /** Calls `listener` for each setting that counts differently after a change, in whichever scope. */
  onDidChange(listener: (change: SettingChange) => void): Disposable {
    this.#assertOpen();
    return this.#changes.on(listener);
  }

  /** The same for one setting. */
  onDidChangeKey<K extends SettingKey>(key: K, listener: (change: SettingChangeOf<K>) => void): Disposable {
    return this.onDidChange((change) => {
      if (isChangeOf(key, change)) listener(change);
    });
  }

  /** For an alert: settings can be saved no more, may be tried again, or can be saved again. */
  onDidChangeBreaker(listener: (state: BreakerState) => void): Disposable {
    this.#assertOpen();
    return this.#breakerAlerts.on(listener);
  }

  metrics(): ConfigurationMetrics {
    this.#assertOpen();
    return {
      instanceId: this.#instanceId,
      reads: this.#reads.snapshot(),
      writes: this.#writes.snapshot(),
      pendingWrites: this.#writer.pending,
      breaker: this.#breaker.state,
    };
  }

  /** Reads every setting to find out, at most once in 30 s unless the breaker or a setting changes meanwhile. */
  health(): ConfigurationHealth {
    this.#assertOpen();
    const at = this.#clock.now();
    if (this.#health !== undefined && at - this.#health.checkedAt < HEALTH_CACHE_MS) return this.#health;
    const answered = this.#reader.readAll();
    this.#health = judgeConfiguration({
      at,
      answered,
      failure: this.#reader.failure,
      problems: this.#reader.problems,
      breaker: this.#breaker.state,
      pendingWrites: this.#writer.pending,
      queueLoad: this.#writer.load,
      memoryLoad: this.#memoryLoad(),
    });
    return this.#health;
  }

  /** Takes no more writes, waits up to 5 s for those under way, then lets go of everything. Calling it again waits for the same end. */
  shutdown(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#state = 'closing';
    const patience = new AbortController();
    const timer = this.#clock.after(SHUTDOWN_MS, () => patience.abort(shutDown()));
    try {
      await untilAborted(this.#writer.idle(), patience.signal);
    } catch {
      this.#logger.log('warn', 'settings were still being saved at shutdown', { pendingWrites: this.#writer.pending });
      this.#writer.abandon(shutDown());
    } finally {
      timer[Symbol.dispose]();
      this.#state = 'closed';
      this.#disposables[Symbol.dispose]();
    }
  }

  #refresh(keys: readonly string[]): void {
    this.#health = undefined;
    for (const key of settingKeys) {
      if (!keys.includes(key)) continue;
      const previous = this.#reader.lastKnown(key);
      this.#reader.read(key);
      // Not what `read` answered: while the source is silent nothing has changed.
      const value = this.#reader.lastKnown(key);
      // `value` and `previous` are of this key, which a union over all keys cannot express in a loop.
      if (!isDeepStrictEqual(value, previous)) this.#changes.fire({ key, value, previous } as SettingChange);
    }
  }

  #alert(state: BreakerState): void {
    this.#health = undefined;
    const cause = this.#breaker.lastFailure === undefined ? {} : { error: messageOf(this.#breaker.lastFailure) };
    if (state === 'open') this.#logger.log('warn', 'settings can not be saved for now; reading goes on', { breaker: state, ...cause });
    else
      this.#logger.log('info', state === 'closed' ? 'settings can be saved again' : 'saving settings may be tried again', {
        breaker: state,
      });
    this.#breakerAlerts.fire(state);
  }

  #assertOpen(): void {
    if (this.#state === 'closed') throw shutDown();
  }
}

/** @throws ValidationError */
function checkedValue(rawKey: unknown, value: unknown, scope: SettingScope): unknown {
  const key = parseSettingKey(rawKey);
  if (!key.ok) throw key.error;
  if (!['user', 'workspace', 'folder'].includes(scope)) {
    throw new ValidationError('bad-scope', `${quoteInput(scope)} is not a place for settings; use \`user\`, \`workspace\` or \`folder\``);
  }
  if (settings[key.value].merge === 'user-only' && scope !== 'user') {
    throw new ValidationError(
      'bad-scope',
      `\`${key.value}\` counts in the user settings only; save it there instead of in ${quoteInput(scope)}`,
    );
  }
  if (value === undefined) return undefined;
  const parsed = parseSetting(key.value, value);
  if (!parsed.ok) throw new ValidationError('bad-value', `\`${key.value}\` was not saved: ${parsed.error}`);
  return parsed.value;
}

function isChangeOf<K extends SettingKey>(key: K, change: SettingChange): change is SettingChange & SettingChangeOf<K> {
  return change.key === key;
}

function shutDown(): ConfigurationError<'shut-down'> {
  return new ConfigurationError('shut-down', 'settings are closed, because GoNoGo is shutting down; reload the window to use them again');
}

function heapLoad(): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return used / limit;
}
