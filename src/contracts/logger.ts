/** Structured log. Messages hold no secrets and no text from an agent; fields may, and are redacted by the adapter. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

export interface Logger {
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

const order: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error'];

/** Whether a message of `level` is kept when the log is set to `least`. */
export function isLogged(level: LogLevel, least: LogLevel): boolean {
  return order.indexOf(level) >= order.indexOf(least);
}
