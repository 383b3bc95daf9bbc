import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { err, ok, type Result } from '../base/result.ts';
import { migrations } from './migrations.ts';
import type { OpenOptions } from './store.ts';
import { StoreError, storeError } from './storeError.ts';

/** Opens the file to read it as it is: nothing is made, repaired or brought up to date. */
export function openReadOnly(file: string, { nativeBinding }: OpenOptions = {}): Result<Database.Database, StoreError> {
  if (!existsSync(file)) return err(new StoreError('store-unreadable', `there is no store at \`${file}\`; name one with --db FILE`));
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { readonly: true, timeout: 10_000, ...(nativeBinding === undefined ? {} : { nativeBinding }) });
    db.pragma('trusted_schema = OFF');
    const version = Number(db.pragma('user_version', { simple: true }));
    const newest = migrations.at(-1)?.version ?? 0;
    if (version > newest)
      throw new StoreError('store-newer', `the store \`${file}\` was written by a newer GoNoGo; update this one to read it`);
    if (version < newest)
      throw new StoreError('store-unreadable', `the store \`${file}\` is of an older version; open it with GoNoGo once`);
    return ok(db);
  } catch (error) {
    db?.close();
    return err(storeError(error, file));
  }
}
