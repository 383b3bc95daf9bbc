import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Clock, Millis } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { CorrelationId } from '../base/ids.ts';
import { zeroUsd } from '../base/money.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { HealthItem } from '../contracts/health.ts';
import type { Ledger } from '../contracts/ledger.ts';
import type { Logger } from '../contracts/logger.ts';
import type { Store } from '../store/store.ts';
import { sameHash } from './merkle/hash.ts';
import { openCheckpoint, signCheckpoint, type OpenedCheckpoint } from './note/checkpoint.ts';
import { noteSigner, parseVerifierKey, type NoteSigner, type NoteVerifier } from './note/signedNote.ts';
import type { OutsideFile } from './outsideFile.ts';
import { KEY_ACTION } from './ownEntries.ts';
import { SqliteTree } from './sqliteTree.ts';

export interface CheckpointKeeperOptions {
  readonly store: Store;
  readonly ledger: Ledger;
  /** 32 bytes, from the key file. */
  readonly seed: Uint8Array;
  /** Where the newest checkpoint is kept outside the database. The first is this store's own. */
  readonly outside: readonly OutsideFile[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long entries may wait for a signature. */
  readonly every: Millis;
}

/** Why nothing is signed. */
export interface LedgerTrouble {
  readonly code: 'forked' | 'rolled-back' | 'bad-checkpoint' | 'unwritable';
  readonly message: string;
}

const keyRow = z.object({ vkey: z.string() });

/**
 * Signs the ledger's tree head once a second while entries come in, and keeps it outside the database. What it signs continues what was
 * signed before, here and outside: a file that was written anew or taken back to an older state is reported, and not signed.
 */
export class CheckpointKeeper implements Disposable {
  readonly #options: CheckpointKeeperOptions;
  readonly #tree: SqliteTree;
  readonly #signer: NoteSigner;
  #trouble: LedgerTrouble | undefined;
  #signed: number | undefined;
  #timer: Disposable | undefined;
  #disposed = false;

  private constructor(options: CheckpointKeeperOptions, signer: NoteSigner) {
    this.#options = options;
    this.#tree = new SqliteTree(options.store.db);
    this.#signer = signer;
  }

  /** Takes the key into use, with an entry when the ledger does not know it yet, and begins to sign. */
  static async open(options: CheckpointKeeperOptions): Promise<CheckpointKeeper> {
    const { store, seed, ledger } = options;
    const signer = await store.unitOfWork.run(() => {
      const known = z.array(keyRow).parse(store.db.prepare('SELECT vkey FROM ledger_keys ORDER BY rowid').all());
      const first = known[0]?.vkey;
      const newest = known.at(-1)?.vkey;
      const origin = first === undefined ? `gonogo.local/${randomBytes(8).toString('hex')}` : (first.split('+')[0] ?? '');
      const made = noteSigner(origin, seed);
      if (made.verifier.vkey !== newest) {
        store.db.prepare('INSERT OR IGNORE INTO ledger_keys (vkey) VALUES (?)').run(made.verifier.vkey);
        const why = newest === undefined ? 'The first key of this ledger.' : 'The key before is not in its place any more.';
        ledger.append(keyEntry(origin, { vkey: made.verifier.vkey, why, ...(newest === undefined ? {} : { previous: newest }) }));
      }
      return made;
    });
    const keeper = new CheckpointKeeper(options, signer);
    await keeper.sign();
    keeper.#wait();
    return keeper;
  }

  get verifier(): NoteVerifier {
    return this.#signer.verifier;
  }

  /** Every key the ledger has had, the newest last. */
  keys(): readonly NoteVerifier[] {
    const rows = z.array(keyRow).parse(this.#options.store.db.prepare('SELECT vkey FROM ledger_keys ORDER BY rowid').all());
    return rows.flatMap(({ vkey }) => {
      const key = parseVerifierKey(vkey);
      return key.ok ? [key.value] : [];
    });
  }

  /** The newest signed checkpoint, as a note. */
  latest(): string | undefined {
    const note: unknown = this.#options.store.db.prepare('SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1').pluck().get();
    return z.string().optional().parse(note);
  }

  health(): HealthItem {
    if (this.#trouble) return { name: 'Ledger', level: 'unhealthy', message: this.#trouble.message };
    return { name: 'Ledger', level: 'healthy', message: this.#signed === 1 ? '1 entry, signed.' : `${this.#signed ?? 0} entries, signed.` };
  }

  /** Signs what there is now. Never rejects: what stands in the way is the answer, and shows in `health`. */
  async sign(): Promise<Result<string | undefined, LedgerTrouble>> {
    const result = await this.#sign().catch((error: unknown) =>
      err<LedgerTrouble>({ code: 'unwritable', message: `The ledger could not be signed (${messageOf(error)}). It is tried again.` }),
    );
    const before = this.#trouble?.code;
    this.#trouble = result.ok ? undefined : result.error;
    if (this.#trouble && this.#trouble.code !== before)
      this.#options.logger.log('error', 'the ledger was not signed', { ...this.#trouble });
    return result;
  }

  /** Signs for the last time. */
  async shutdown(): Promise<void> {
    this[Symbol.dispose]();
    await this.sign();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#timer?.[Symbol.dispose]();
  }

  #wait(): void {
    if (this.#disposed) return;
    this.#timer = this.#options.clock.after(this.#options.every, () => {
      const isNew = this.#tree.size !== this.#signed;
      if (!isNew && !this.#trouble) return this.#wait();
      void this.sign().then(() => this.#wait());
    });
  }

  async #sign(): Promise<Result<string | undefined, LedgerTrouble>> {
    const { store, outside } = this.#options;
    const signed = await store.unitOfWork.run(() => {
      const size = this.#tree.size;
      if (size === 0) return ok(undefined);
      const before = this.#before();
      if (!before.ok) return before;
      for (const { place, checkpoint } of before.value) {
        const trouble = this.#continues(checkpoint, size, place);
        if (trouble) return err(trouble);
      }
      const latest = this.latest();
      const newest = Math.max(0, ...before.value.filter(({ place }) => place === undefined).map(({ checkpoint }) => checkpoint.size));
      if (newest === size && latest !== undefined) return ok(latest);
      const note = signCheckpoint({ origin: this.verifier.name, size, root: this.#tree.root(size) }, [this.#signer]);
      store.db.prepare('INSERT INTO checkpoints (size, note) VALUES (?, ?)').run(size, note);
      return ok(note);
    });
    if (!signed.ok || signed.value === undefined) return signed;
    // Only now that it is durable: an outside checkpoint must never be ahead of the file.
    for (const file of outside) file.write(signed.value);
    this.#signed = this.#tree.size;
    return signed;
  }

  /** What was signed before: the newest in the file, and those outside. */
  #before(): Result<readonly { readonly place: string | undefined; readonly checkpoint: OpenedCheckpoint }[], LedgerTrouble> {
    const { outside } = this.#options;
    const notes = [
      { place: undefined, note: this.latest() },
      ...outside.map((file) => ({ place: `the file ${file.path}`, note: file.read() })),
    ];
    const keys = this.keys();
    const opened: { place: string | undefined; checkpoint: OpenedCheckpoint }[] = [];
    for (const { place, note } of notes) {
      if (note === undefined) continue;
      const checkpoint = openCheckpoint(note, keys);
      if (!checkpoint.ok) {
        const where = place === undefined ? 'The newest checkpoint' : `The checkpoint in ${place}`;
        return err({
          code: 'bad-checkpoint',
          message: `${where} is not one of this ledger (${checkpoint.error.message}), so nothing more is signed. Run \`gonogo ledger verify\` to see what happened.`,
        });
      }
      opened.push({ place, checkpoint: checkpoint.value });
    }
    return ok(opened);
  }

  #continues({ size: earlier, root }: OpenedCheckpoint, size: number, place = 'a checkpoint in the store'): LedgerTrouble | undefined {
    if (earlier > size)
      return {
        code: 'rolled-back',
        message: `The ledger has ${size} entries, but ${place} vouches for ${earlier}: newer ones are gone. Nothing more is signed. Run \`gonogo ledger verify\`; after restoring a backup, \`gonogo ledger accept\`.`,
      };
    if (sameHash(this.#tree.root(earlier), root)) return undefined;
    return {
      code: 'forked',
      message: `The first ${earlier} entries of the ledger are not those that ${place} vouches for: the record was changed. Nothing more is signed. Run \`gonogo ledger verify\` to see what happened.`,
    };
  }
}

function keyEntry(origin: string, payload: { readonly vkey: string; readonly why: string; readonly previous?: string }) {
  return {
    workspaceId: 'local',
    tenantId: 'local',
    principal: { kind: 'extension', id: 'gonogo' },
    surface: 'api',
    action: KEY_ACTION,
    phase: 'event',
    domain: 'ops',
    resource: origin,
    payload,
    result: 'success',
    cost: zeroUsd,
    correlationId: origin as CorrelationId,
  } as const;
}
