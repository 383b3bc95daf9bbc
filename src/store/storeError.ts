import { CodedError, messageOf } from '../base/errors.ts';

export const RESTORE =
  'restore a backup from the `backups` folder beside it, or move it and the files that begin with its name away to start a new one';

export type StoreErrorCode = 'store-unreadable' | 'store-damaged' | 'store-newer' | 'store-read-only' | 'store-full';

export class StoreError extends CodedError<StoreErrorCode> {}

/** Translates what SQLite or the file system said into a sentence with the next step. */
export function storeError(error: unknown, file: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const cause = { cause: error };
  if (/CORRUPT|NOTADB/.test(code)) return new StoreError('store-damaged', `the store \`${file}\` is damaged; ${RESTORE}`, cause);
  // SQLite names a full disk by what it wanted to do: the file of shared memory beside a WAL cannot grow.
  if (/FULL|ENOSPC|SHMSIZE/.test(code))
    return new StoreError('store-full', `the disk that holds \`${file}\` is full; free some space and reload the window`, cause);
  if (/READONLY|EROFS/.test(code))
    return new StoreError(
      'store-read-only',
      `the store \`${file}\` cannot be written; make the file and its folder writable and reload the window`,
      cause,
    );
  return new StoreError(
    'store-unreadable',
    `the store \`${file}\` cannot be opened (${messageOf(error)}); check the folder and its permissions and reload the window`,
    cause,
  );
}
