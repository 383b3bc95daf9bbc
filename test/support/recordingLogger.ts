import type { Logger, LogLevel } from '../../src/contracts/logger.ts';

export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export class RecordingLogger implements Logger {
  readonly records: LogRecord[] = [];

  log(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.records.push({ level, message, fields });
  }

  /** What was said at `warn` or `error`. */
  get warnings(): readonly LogRecord[] {
    return this.records.filter(({ level }) => level === 'warn' || level === 'error');
  }
}
