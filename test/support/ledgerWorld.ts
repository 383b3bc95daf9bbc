import { join } from 'node:path';
import Database from 'better-sqlite3';
import { CheckpointKeeper } from '../../src/ledger/checkpointKeeper.ts';
import { OutsideFile } from '../../src/ledger/outsideFile.ts';
import type { SqliteLedger } from '../../src/ledger/sqliteLedger.ts';
import type { VerifyReport } from '../../src/ledger/verify/report.ts';
import { verifyLedger } from '../../src/ledger/verify/verifyLedger.ts';
import type { Store } from '../../src/store/store.ts';
import { entryDraft } from './drafts.ts';
import { ledgerOf } from './ledgers.ts';
import { ManualClock } from './manualClock.ts';
import { RecordingLogger } from './recordingLogger.ts';
import { TempStore } from './tempStore.ts';

/** A ledger in a store of its own, with its key and its outside checkpoint, to write to and to attack. */
export class LedgerWorld implements Disposable {
  readonly temp = new TempStore();
  readonly clock = new ManualClock();
  readonly logger = new RecordingLogger();
  readonly outside: OutsideFile;
  seed: Uint8Array = Buffer.alloc(32, 7);
  store!: Store;
  ledger!: SqliteLedger;
  keeper!: CheckpointKeeper;

  constructor() {
    this.outside = new OutsideFile(join(this.temp.home, 'ledger.checkpoint'));
  }

  get file(): string {
    return join(this.temp.home, 'gonogo.db');
  }

  async open(): Promise<this> {
    this.store = this.temp.open();
    this.ledger = ledgerOf(this.store);
    const { store, ledger, seed, outside, clock, logger } = this;
    this.keeper = await CheckpointKeeper.open({ store, ledger, seed, outside: [outside], clock, logger, every: 1_000 });
    return this;
  }

  async append(count: number): Promise<void> {
    const { store, ledger } = this;
    await store.unitOfWork.run(() => {
      for (let done = 0; done < count; done += 1) ledger.append(entryDraft({ payload: { done }, resource: `file ${done}` }));
    });
  }

  /** Appends and signs. */
  async sign(count: number): Promise<void> {
    await this.append(count);
    const signed = await this.keeper.sign();
    if (!signed.ok) throw new Error(signed.error.message);
  }

  close(): void {
    this.keeper[Symbol.dispose]();
    this.temp.closeAll();
  }

  /** Somebody with an SQLite shell: no trigger stops them. */
  attack(change: (db: Database.Database) => void): void {
    const db = new Database(this.file);
    db.exec('DROP TRIGGER IF EXISTS leaves_stay; DROP TRIGGER IF EXISTS leaves_remain');
    change(db);
    db.close();
  }

  /** Looks at the closed file as `gonogo ledger verify` does. */
  async verify(outside: readonly string[] = []): Promise<VerifyReport> {
    const db = new Database(this.file, { readonly: true });
    try {
      return await verifyLedger(db, {
        outside: outside.map((note, at) => ({ place: `witness ${at + 1}`, note, sameFolder: false })),
        trusted: [],
        signal: new AbortController().signal,
      });
    } finally {
      db.close();
    }
  }

  [Symbol.dispose](): void {
    this.close();
    this.temp[Symbol.dispose]();
  }
}
