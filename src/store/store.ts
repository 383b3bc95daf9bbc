import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { systemCode } from '../base/errors.ts';
import { err, ok, type Result } from '../base/result.ts';
import { damageOf } from './damage.ts';
import { GroupCommit } from './groupCommit.ts';
import { ensureHome } from './home.ts';
import { migrations as shipped, type Migration } from './migrations.ts';
import { RESTORE, StoreError, storeError } from './storeError.ts';

/** The one SQLite file of the user, open for this process. Rooms keep their SQL; this keeps the file. */
export class Store implements Disposable {
  readonly db: Database.Database;
  readonly unitOfWork: GroupCommit;
  readonly home: string;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(db: Database.Database, home: string) {
    this.db = db;
    this.home = home;
    this.unitOfWork = new GroupCommit(db);
  }

  /**
   * The statement for this SQL, compiled once. For SQL that is the same each time, as it is in most of it; a mode such as `pluck` stays
   * with the statement.
   */
  prepare(sql: string): Database.Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** Grows whenever another connection has written. */
  dataVersion(): number {
    return Number(this.prepare('PRAGMA data_version').pluck().get());
  }

  [Symbol.dispose](): void {
    this.db.close();
  }
}

export interface OpenOptions {
  /** The better-sqlite3 binary when the bundle cannot find it. */
  readonly nativeBinding?: string;
  /** Default: those that are shipped. */
  readonly migrations?: readonly Migration[];
}

/**
 * Opens the store in `home`, makes it when it is absent, and brings an older one up to date after a backup.
 * Never repairs, never replaces: a file it cannot trust is left as it is and named in the error.
 */
export function openStore(home: string, options: OpenOptions = {}): Result<Store, StoreError> {
  const file = join(home, 'gonogo.db');
  const migrations = options.migrations ?? shipped;
  const newest = migrations.at(-1)?.version ?? 0;
  let db: Database.Database | undefined;
  try {
    ensureHome(home);
    const damage = damageOf(file);
    if (damage !== undefined) return err(new StoreError('store-damaged', `the store \`${file}\` ${damage}; ${RESTORE}`));
    if (!existsSync(file)) create(file, options, migrations);
    db = connect(file, options);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('trusted_schema = OFF');
    // Without it a REPLACE would take rows away without their triggers.
    db.pragma('recursive_triggers = ON');
    const version = versionOf(db);
    if (version > newest) {
      const known = `was written by a newer GoNoGo (schema ${version}, this one knows ${newest})`;
      throw new StoreError('store-newer', `the store \`${file}\` ${known}; update GoNoGo to use it`);
    }
    if (version < newest) {
      backUp(db, home, newest, options);
      migrate(db, migrations);
    }
    proveWritable(db);
    return ok(new Store(db, home));
  } catch (error) {
    db?.close();
    return err(storeError(error, file));
  }
}

function connect(file: string, { nativeBinding }: OpenOptions): Database.Database {
  return new Database(file, { timeout: 10_000, ...(nativeBinding === undefined ? {} : { nativeBinding }) });
}

function versionOf(db: Database.Database): number {
  return Number(db.pragma('user_version', { simple: true }));
}

/**
 * A new store is made beside its place and linked there whole, so that an empty file is never one that somebody is still making:
 * it is one that was lost.
 */
function create(file: string, options: OpenOptions, migrations: readonly Migration[]): void {
  const draft = draftOf(file);
  try {
    const db = connect(draft, options);
    try {
      migrate(db, migrations);
    } finally {
      db.close();
    }
    linkSync(draft, file);
  } catch (error) {
    // Another process was faster.
    if (systemCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** A write that leaves nothing behind shows now, not at the first decision, that the file cannot be written. */
function proveWritable(db: Database.Database): void {
  const name = `probe:${process.pid}`;
  db.transaction(() => {
    db.prepare('INSERT INTO leases (name, owner, token, expires_at) VALUES (?, ?, 0, 0)').run(name, '');
    db.prepare('DELETE FROM leases WHERE name = ?').run(name);
  }).immediate();
}

/** Keeps the store as it was before the migration to `newest`. The latest one counts, and only a whole one gets the name. */
function backUp(db: Database.Database, home: string, newest: number, options: OpenOptions): void {
  const before = versionOf(db);
  mkdirSync(join(home, 'backups'), { recursive: true, mode: 0o700 });
  const target = join(home, 'backups', `before-schema-${newest}.db`);
  const draft = draftOf(target);
  try {
    db.prepare('VACUUM INTO ?').run(draft);
    const copy = connect(draft, options);
    const version = versionOf(copy);
    copy.close();
    // Another process may have migrated meanwhile; then its backup is the one to keep.
    if (version === before) renameSync(draft, target);
  } finally {
    rmSync(draft, { force: true });
  }
}

function migrate(db: Database.Database, migrations: readonly Migration[]): void {
  for (const { version, sql } of migrations) {
    db.transaction(() => {
      // Another process may have been faster.
      if (versionOf(db) >= version) return;
      db.exec(sql);
      db.pragma(`user_version = ${version}`);
    }).immediate();
  }
}

function draftOf(file: string): string {
  return `${file}.${process.pid}.${randomBytes(6).toString('hex')}`;
}
