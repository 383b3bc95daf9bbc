import { CodedError } from '../base/errors.ts';

/** Every code is listed with its causes and remedies in docs/errors.md; a test holds the two together. */
export const configurationErrorCodes = [
  'bad-key',
  'unknown-key',
  'bad-value',
  'bad-scope',
  'write-timed-out',
  'wait-timed-out',
  'circuit-open',
  'queue-full',
  'write-failed',
  'write-refused',
  'shut-down',
] as const;
export type ConfigurationErrorCode = (typeof configurationErrorCodes)[number];

/** What goes wrong with settings, for whoever asked for it. */
export class ConfigurationError<C extends ConfigurationErrorCode = ConfigurationErrorCode> extends CodedError<C> {}

/** The request itself is wrong. Repeating it changes nothing. */
export class ValidationError extends ConfigurationError<'bad-key' | 'unknown-key' | 'bad-value' | 'bad-scope'> {}

/** `write-timed-out`: the write was handed over and may still land. `wait-timed-out`: it never started and never will. */
export class TimeoutError extends ConfigurationError<'write-timed-out' | 'wait-timed-out'> {}

/** Writes failed in a row, so this one was not tried. Reading goes on. */
export class CircuitOpenError extends ConfigurationError<'circuit-open'> {}

export function isConfigurationError(value: unknown): value is ConfigurationError {
  return value instanceof ConfigurationError;
}
