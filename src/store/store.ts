import { closeSync, existsSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { CodedError, messageOf } from '../base/errors.ts';
import { err, ok, type Result } from '../base/result.ts';
import { GroupCommit } from './groupCommit.ts';
import { ensureHome } from './home.ts';
import { migrations, schemaVersion } from './migrations.ts';

const RESTORE = 'restore a backup from the `backups` folder beside it, or move the file away to start a new one';

export type StoreErrorCode = 'store-unreadable' | 'store-damaged' | 'store-newer' | 'store-read-only' | 'store-full';

export class StoreError extends CodedError<StoreErrorCode> {}

/** The one SQLite file of the user, open for this process. Rooms keep their SQL; this keeps the file. */
export class Store implements Disposable {
  readonly db: Database.Database;
  readonly unitOfWork: GroupCommit;
  readonly home: string;

  constructor(db: Database.Database, home: string) {
    this.db = db;
    this.home = home;
    this.unitOfWork = new GroupCommit(db);
  }

  /** Grows whenever another connection has written. */
  dataVersion(): number {
    return Number(this.db.pragma('data_version', { simple: true }));
  }

  [Symbol.dispose](): void {
    this.db.close();
  }
}

export interface OpenOptions {
  /** The better-sqlite3 binary when the bundle cannot find it. */
  readonly nativeBinding?: string;
}

/**
 * Opens the store in `home`, makes it when it is absent, and brings an older one up to date after a backup.
 * Never repairs, never replaces: a file it cannot trust is left as it is and named in the error.
 */
export function openStore(home: string, options: OpenOptions = {}): Result<Store, StoreError> {
  const file = join(home, 'gonogo.db');
  let db: Database.Database | undefined;
  try {
    ensureHome(home);
    const truncated = truncation(file);
    if (truncated) return err(new StoreError('store-damaged', truncated));
    db = new Database(file, { timeout: 10_000, ...(options.nativeBinding ? { nativeBinding: options.nativeBinding } : {}) });
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('trusted_schema = OFF');
    const version = Number(db.pragma('user_version', { simple: true }));
    if (version > schemaVersion) {
      db.close();
      return err(
        new StoreError(
          'store-newer',
          `the store \`${file}\` was written by a newer GoNoGo (schema ${version}, this one knows ${schemaVersion}); update GoNoGo to use it`,
        ),
      );
    }
    if (version < schemaVersion) migrate(db, home, version);
    proveWritable(db);
    return ok(new Store(db, home));
  } catch (error) {
    db?.close();
    return err(storeError(error, file));
  }
}

/** Translates what SQLite or the file system said into a sentence with the next step. */
export function storeError(error: unknown, file: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const cause = { cause: error };
  if (/CORRUPT|NOTADB/.test(code)) return new StoreError('store-damaged', `the store \`${file}\` is damaged; ${RESTORE}`, cause);
  if (/FULL|ENOSPC/.test(code))
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

/** A write that leaves nothing behind shows now, not at the first decision, that the file cannot be written. */
function proveWritable(db: Database.Database): void {
  const name = `probe:${process.pid}`;
  db.transaction(() => {
    db.prepare('INSERT INTO leases (name, owner, token, expires_at) VALUES (?, ?, 0, 0)').run(name, '');
    db.prepare('DELETE FROM leases WHERE name = ?').run(name);
  }).immediate();
}

function migrate(db: Database.Database, home: string, from: number): void {
  if (from > 0) {
    mkdirSync(join(home, 'backups'), { recursive: true, mode: 0o700 });
    const target = join(home, 'backups', `before-schema-${schemaVersion}.db`);
    if (!existsSync(target)) db.prepare('VACUUM INTO ?').run(target);
  }
  for (const { version, sql } of migrations) {
    db.transaction(() => {
      // Another process may have been faster.
      if (Number(db.pragma('user_version', { simple: true })) >= version) return;
      db.exec(sql);
      db.pragma(`user_version = ${version}`);
    }).immediate();
  }
}

/**
 * SQLite reads a file that was cut short until it meets a missing page; its header tells at once.
 * Header fields: page size at byte 16 (1 means 65536), page count at byte 28 (https://sqlite.org/fileformat.html).
 */
function truncation(file: string): string | undefined {
  if (!existsSync(file) || existsSync(`${file}-wal`)) return undefined;
  const { size } = statSync(file);
  if (size === 0) return undefined;
  const header = Buffer.alloc(100);
  const descriptor = openSync(file, 'r');
  try {
    if (readSync(descriptor, header, 0, 100, 0) < 100) return `the store \`${file}\` was cut short (${size} bytes); ${RESTORE}`;
  } finally {
    closeSync(descriptor);
  }
  const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const expected = pageSize * header.readUInt32BE(28);
  return size < expected ? `the store \`${file}\` was cut short (${size} of ${expected} bytes); ${RESTORE}` : undefined;
}
