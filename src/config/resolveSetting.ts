import { err, ok, type Result } from '../base/result.ts';
import type { z } from 'zod';
import { quoteInput } from './quoteInput.ts';
import { settings, type MergeRule, type SettingDefinition, type SettingKey, type Settings } from './settings.ts';
import type { InspectedSetting, SettingScope } from './settingsSource.ts';

export interface SettingProblem {
  readonly key: SettingKey;
  readonly scope: SettingScope;
  /** What is wrong and what it must be: `"abc" must be a whole number from 1 to 50`. */
  readonly reason: string;
}

export interface ResolvedSetting<K extends SettingKey> {
  readonly value: Settings[K];
  readonly problems: readonly SettingProblem[];
}

/** From the least to the most specific. */
const SCOPES: readonly SettingScope[] = ['user', 'workspace', 'folder'];

/** One value, parsed: outside data in, a frozen value of the table's type or the reason out. */
export function parseSetting<K extends SettingKey>(key: K, raw: unknown): Result<Settings[K], string> {
  const definition: SettingDefinition = settings[key];
  const parsed = safely(() => definition.schema.safeParse(raw));
  if (parsed === undefined) return err(`${quoteInput(raw)} cannot be read`);
  // The key's own schema made it, which is what `Settings[K]` says; TypeScript cannot follow that through an indexed access.
  if (parsed.success) return ok(deepFreeze(parsed.data) as Settings[K]);
  return err(`${quoteInput(raw)} ${describe(parsed.error)}`);
}

/** What counts for a key, given what each scope says. Never throws for any JSON value; what is invalid is left out and reported. */
export function resolveSetting<K extends SettingKey>(key: K, inspected: InspectedSetting): ResolvedSetting<K> {
  const { merge } = settings[key];
  const fallback = defaultOf(key);
  const problems: SettingProblem[] = [];
  const said: Settings[K][] = [];
  for (const scope of SCOPES) {
    const raw = inspected[scope];
    if (raw === undefined) continue;
    if (merge === 'user-only' && scope !== 'user') {
      problems.push({ key, scope, reason: 'counts in your user settings only' });
      continue;
    }
    const parsed = parseSetting(key, raw);
    if (parsed.ok) said.push(parsed.value);
    else problems.push({ key, scope, reason: parsed.error });
    // The workspace tightens what the user has; without a valid user value that is the default.
    if (scope === 'user' && !parsed.ok) said.push(fallback);
  }
  if (inspected.user === undefined) said.unshift(fallback);
  return { value: said.reduce((outer, inner) => combine(merge, outer, inner)), problems };
}

export function defaultOf<K extends SettingKey>(key: K): Settings[K] {
  const definition: SettingDefinition = settings[key];
  return deepFreeze(definition.default) as Settings[K];
}

/** `whenUnreadable` of the table, or `undefined` where the last good value answers. */
export function unreadableAnswer<K extends SettingKey>(key: K): Settings[K] | undefined {
  const definition: SettingDefinition = settings[key];
  return definition.whenUnreadable as Settings[K] | undefined;
}

function combine<T>(rule: MergeRule, outer: T, inner: T): T {
  switch (rule) {
    case 'min':
      return inner < outer ? inner : outer;
    case 'max':
      return inner > outer ? inner : outer;
    case 'and':
      return outer === true ? inner : outer;
    case 'user-only':
    case 'free':
      return inner;
  }
}

/** A proxy or a getter may throw under the parser; that makes the value invalid, not the parser broken. */
function safely<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

function describe(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'is not valid';
  const where = issue.path.length > 0 ? `at ${quoteInput(issue.path.join('.'))} ` : '';
  return `${where}${issue.message}`;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
