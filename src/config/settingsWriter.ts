import type { Clock, Millis } from '../base/clock.ts';
import { messageOf, systemCode } from '../base/errors.ts';
import type { Logger } from '../contracts/logger.ts';
import { BreakerOpenError, type CircuitBreaker } from '../resilience/circuitBreaker.ts';
import { KeyedQueue, QueueFullError } from '../resilience/keyedQueue.ts';
import { retry } from '../resilience/retry.ts';
import { untilAborted, withTimeLimit } from '../resilience/wait.ts';
import { CircuitOpenError, ConfigurationError, isConfigurationError, TimeoutError } from './configurationError.ts';
import type { OperationRecorder } from './operationRecorder.ts';
import type { SettingKey } from './settings.ts';
import { SettingsSourceError, type SettingScope, type SettingsSource } from './settingsSource.ts';

const ATTEMPTS = 3;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 10_000;
/** From the call to its answer, with everything: queue, attempts and pauses. */
const MAX_TOTAL_MS = 30_000;
/** What the file system answers while another program holds the file, or is short of something for a moment. */
const TRANSIENT_SYSTEM_CODES = new Set(['EAGAIN', 'EBUSY', 'EMFILE', 'ENFILE', 'ETIMEDOUT', 'ECONNRESET', 'EPIPE', 'EINTR']);

export interface SettingsWriterDeps {
  readonly source: SettingsSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly recorder: OperationRecorder;
  readonly breaker: CircuitBreaker;
  /** For one attempt, 30 s at most. */
  readonly timeoutMs: Millis;
  /** Callers per key, the one being served included. */
  readonly queueCapacity: number;
  /** A write came through that its caller had given up on. */
  readonly onLanded: () => void;
}

interface Operation {
  readonly key: SettingKey;
  readonly value: unknown;
  readonly scope: SettingScope;
  readonly abort: AbortController;
  /** Settles with the last call to the source, and never rejects; absent until there was one. */
  inFlight: Promise<void> | undefined;
  writing: boolean;
}

/** Whether the settings may be well again by themselves in a moment. A refusal and a time-out are not of that kind. */
export function isTransient(error: unknown): boolean {
  if (error instanceof SettingsSourceError) return error.code === 'source-unavailable';
  return TRANSIENT_SYSTEM_CODES.has(systemCode(error) ?? '');
}

/** Whether an error says that the source is sick. A clear refusal does not, nor does what never reached the source. */
export function countsAgainstSource(error: unknown): boolean {
  if (isConfigurationError(error)) return error.code === 'write-timed-out';
  return !(error instanceof SettingsSourceError && error.code === 'source-refused');
}

/**
 * Writes one at a time per key. A key stays taken until the call to the source has settled, even when its caller was told that it
 * took too long: it may still land, and a second one beside it could be overtaken by it. For the same reason a time-out is not retried.
 */
export class SettingsWriter {
  readonly #deps: SettingsWriterDeps;
  readonly #queue: KeyedQueue<SettingKey>;
  readonly #running = new Set<Operation>();

  constructor(deps: SettingsWriterDeps) {
    this.#deps = deps;
    this.#queue = new KeyedQueue(deps.queueCapacity);
  }

  /** Writes that wait or run, timed-out ones that have not settled included. */
  get pending(): number {
    return this.#queue.size;
  }

  /** How full the fullest queue is, from 0 to 1. */
  get load(): number {
    return this.#queue.load;
  }

  /** @throws ConfigurationError (as a rejection) when the value was not kept, or may not have been. */
  async write(key: SettingKey, value: unknown, scope: SettingScope): Promise<void> {
    const { clock, recorder, logger } = this.#deps;
    const operation: Operation = { key, value, scope, abort: new AbortController(), inFlight: undefined, writing: false };
    const startedAt = clock.now();
    const deadline = clock.after(MAX_TOTAL_MS, () => operation.abort.abort(timeoutError(operation, MAX_TOTAL_MS)));
    this.#running.add(operation);
    try {
      await untilAborted(this.#run(operation), operation.abort.signal);
      recorder.succeeded(startedAt, clock.now());
      logger.log('debug', 'setting saved', { key, scope, ms: clock.now() - startedAt });
    } catch (thrown) {
      const error = this.#translate(thrown, operation);
      recorder.failed(startedAt, clock.now(), error);
      logger.log('warn', 'setting not saved', { key, scope, code: error.code, error: error.message, cause: messageOf(error.cause ?? '') });
      throw error;
    } finally {
      deadline[Symbol.dispose]();
      this.#running.delete(operation);
    }
  }

  /** Resolves once nothing waits and nothing is under way. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /** Answers every caller with `reason`. What is under way may still land. */
  abandon(reason: ConfigurationError): void {
    for (const { abort } of this.#running) abort.abort(reason);
  }

  async #run(operation: Operation): Promise<void> {
    const { clock, breaker, logger } = this.#deps;
    const { key, abort } = operation;
    // Nobody should wait in line for a call that will not be made.
    if (breaker.state === 'open') throw breaker.openError();
    const release = await this.#queue.acquire(key, abort.signal);
    try {
      await retry(() => breaker.execute(() => this.#attempt(operation)), {
        clock,
        attempts: ATTEMPTS,
        firstDelayMs: FIRST_RETRY_MS,
        maxDelayMs: MAX_RETRY_MS,
        signal: abort.signal,
        // Once the breaker is open another attempt would not reach the source.
        isTransient: (error) => isTransient(error) && breaker.state !== 'open',
        onRetry: (error, attempt, delay) => logger.log('debug', 'saving a setting again', { key, attempt, delay, error: messageOf(error) }),
      });
    } finally {
      void (operation.inFlight ?? Promise.resolve()).then(release);
    }
  }

  async #attempt(operation: Operation): Promise<void> {
    const { source, clock, timeoutMs } = this.#deps;
    const { key, value, scope, abort } = operation;
    // It may have waited for another call's probe of the breaker.
    abort.signal.throwIfAborted();
    let late = false;
    operation.writing = true;
    // Inside an async function, so that a source that throws outright is a rejection like any other.
    const call = (async () => source.update(key, value, scope))();
    operation.inFlight = call.then(
      () => this.#settled(operation, late || abort.signal.aborted, undefined),
      (error: unknown) => this.#settled(operation, late || abort.signal.aborted, error),
    );
    await withTimeLimit(clock, timeoutMs, call, abort.signal, () => {
      late = true;
      return timeoutError(operation, timeoutMs);
    });
  }

  #settled(operation: Operation, late: boolean, error: unknown): void {
    operation.writing = false;
    if (!late) return;
    const { key, scope } = operation;
    const outcome = error === undefined ? 'landed' : 'failed';
    this.#deps.logger.log('info', 'a write that took too long has ended', { key, scope, outcome });
    if (error === undefined) this.#deps.onLanded();
  }

  #translate(error: unknown, { key }: Operation): ConfigurationError {
    if (isConfigurationError(error)) return error;
    if (error instanceof BreakerOpenError) {
      const seconds = Math.ceil(error.retryAfterMs / 1000);
      const message = `\`${key}\` was not saved, because the last writes failed; try again in ${seconds} s, or open the settings file and look for what is wrong with it`;
      return new CircuitOpenError('circuit-open', message, { cause: error.cause });
    }
    if (error instanceof QueueFullError) {
      return new ConfigurationError(
        'queue-full',
        `\`${key}\` was not saved, because too many changes to it are waiting; try again in a moment`,
        { cause: error },
      );
    }
    if (error instanceof SettingsSourceError && error.code === 'source-refused') {
      return new ConfigurationError('write-refused', `\`${key}\` was not saved: ${error.message}`, { cause: error });
    }
    return new ConfigurationError(
      'write-failed',
      `\`${key}\` was not saved: ${messageOf(error)}; try again, or change it in the settings editor`,
      { cause: error },
    );
  }
}

function timeoutError({ key, writing }: Operation, limit: Millis): TimeoutError {
  const seconds = limit / 1000;
  if (writing)
    return new TimeoutError(
      'write-timed-out',
      `saving \`${key}\` took longer than ${seconds} s and may still come through; look at the setting before you change it again`,
    );
  return new TimeoutError(
    'wait-timed-out',
    `\`${key}\` was not saved, because earlier changes to it took longer than ${seconds} s; try again in a moment`,
  );
}
