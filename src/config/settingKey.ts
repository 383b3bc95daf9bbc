import { err, ok, type Result } from '../base/result.ts';
import { ValidationError } from './configurationError.ts';
import { quoteInput } from './quoteInput.ts';
import { isSettingKey, type SettingKey } from './settings.ts';

const MAX_LENGTH = 200;

/** Keys arrive from other extensions, commands and messages, whatever their type says. */
export function parseSettingKey(raw: unknown): Result<SettingKey, ValidationError> {
  const problem = shapeProblem(raw);
  if (problem !== undefined)
    return err(new ValidationError('bad-key', `the setting ${quoteInput(raw)} ${problem}; use a key such as \`agents.max\``));
  if (typeof raw === 'string' && isSettingKey(raw)) return ok(raw);
  return err(
    new ValidationError('unknown-key', `there is no setting ${quoteInput(raw)}; look its key up in the settings editor under GoNoGo`),
  );
}

function shapeProblem(raw: unknown): string | undefined {
  if (typeof raw !== 'string') return 'is not text';
  if (raw.trim() === '') return 'is empty';
  if (raw.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  if (!raw.isWellFormed() || /\p{Cc}/u.test(raw)) return 'holds control characters';
  if (raw.includes('..')) return 'holds `..`';
  if (/['"`<>]/.test(raw)) return 'holds quotes or angle brackets';
  return undefined;
}
