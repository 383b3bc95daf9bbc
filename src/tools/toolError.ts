import { CodedError, systemCode } from '../base/errors.ts';
import { visibleText } from '../base/visibleText.ts';

/** Why a tool could not do what the gate allowed. The message is for the agent to act on. */
export class ToolError extends CodedError<
  | 'bad-path'
  | 'outside'
  | 'symlink-outside'
  | 'changed-meanwhile'
  | 'not-found'
  | 'not-a-file'
  | 'not-a-folder'
  | 'symlink'
  | 'too-large'
  | 'not-text'
  | 'wrong-permit'
  | 'not-possible'
> {}

export const MAX_FILE_BYTES = 5_000_000;

export function tooLarge(path: string, bytes: number): ToolError {
  return new ToolError(
    'too-large',
    `${quoted(path)} would be ${bytes} bytes, and the limit is ${MAX_FILE_BYTES}; work with a smaller file`,
  );
}

export function quoted(path: string): string {
  return `\`${visibleText(path, { limit: 200 })}\``;
}

/** A file system error in words about the path the agent used; ours say more than it should know about where things lie. */
export function explain(error: unknown, path: string): unknown {
  const code = systemCode(error);
  switch (error instanceof ToolError ? undefined : code) {
    case undefined:
      return error;
    case 'ENOENT':
      return new ToolError('not-found', `${quoted(path)} does not exist; list the files to see what does`, { cause: error });
    case 'ELOOP':
    case 'ENOTDIR':
      return new ToolError(
        'changed-meanwhile',
        `${quoted(path)} became a link or a file while it was opened; look again before you go on`,
        { cause: error },
      );
    default:
      return new ToolError('not-possible', `the system does not let ${quoted(path)} be used (${code ?? 'unknown'}); use another path`, {
        cause: error,
      });
  }
}
