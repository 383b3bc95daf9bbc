import { z } from 'zod';

const MAX_LENGTH = 1_000;
/** Paths are sometimes decoded by whoever receives them, even twice; a climb must not hide behind that. */
const DECODE_ROUNDS = 3;

export type PathKind = 'relative' | 'absolute';

/**
 * Why a path cannot be used, or `undefined`. Nothing is looked up on disk, and both kinds of slash separate on every platform, so
 * that a settings file means the same everywhere. Whoever opens the path still resolves links and checks where it ends.
 */
export function pathProblem(path: string, kind: PathKind): string | undefined {
  if (path.trim() === '') return 'must not be empty';
  if (path.length > MAX_LENGTH) return `must not be longer than ${MAX_LENGTH} characters`;
  if (!path.isWellFormed() || /\p{Cc}/u.test(path)) return 'must not hold control characters';
  if (/[*?|<>"]/.test(path)) return 'must not hold wildcards, pipes, quotes or angle brackets';
  for (const form of decodedForms(path)) {
    if (form.split(/[\\/]/).some((part) => part.trim() === '..')) return 'must not climb out with `..`';
    if (form.includes('\0')) return 'must not hold control characters';
    if (kind === 'relative' && /^([\\/]|[A-Za-z]:)/.test(form)) return 'must be relative to the workspace folder';
  }
  if (kind === 'absolute' && !/^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path)) return 'must be an absolute path';
  return undefined;
}

/** A path, trimmed and checked. */
export function pathSchema(kind: PathKind) {
  return z.preprocess(
    (raw) => (typeof raw === 'string' ? raw.trim() : raw),
    z.string({ error: 'must be a path' }).superRefine((path, context) => {
      const problem = pathProblem(path, kind);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    }),
  );
}

function decodedForms(path: string): string[] {
  const forms = [path];
  for (let round = 0; round < DECODE_ROUNDS; round += 1) {
    const last = forms[forms.length - 1] ?? path;
    forms.push(last.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))));
  }
  return forms;
}
