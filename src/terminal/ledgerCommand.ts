import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../base/errors.ts';
import type { Result } from '../base/result.ts';
import { LedgerReader } from '../ledger/ledgerReader.ts';
import type { OutsideCheckpoint } from '../ledger/verify/report.ts';
import { verifyLedger } from '../ledger/verify/verifyLedger.ts';
import { openReadOnly } from '../store/readOnly.ts';
import type { OpenOptions } from '../store/store.ts';
import { verifyWords } from './verifyWords.ts';

export const ledgerUsage = `  gonogo ledger verify [--checkpoint FILE …]
                             whether anything was done to the record, and what
  gonogo ledger checkpoint   the newest signed checkpoint
  gonogo ledger vkey         the key that it is signed with
  gonogo ledger proof --seq N
                             that entry N is in the signed ledger
  gonogo ledger proof --from M --to N
                             that the first N entries begin with the first M
  gonogo ledger tiles --out DIR
                             the log as files for other programs (C2SP tlog-tiles)

  --db FILE                  another store than yours
`;

export const ledgerVerbs = ['verify', 'checkpoint', 'vkey', 'proof', 'tiles'] as const;
type Verb = (typeof ledgerVerbs)[number];

export interface LedgerSurroundings {
  /** Folder of the store. */
  readonly home: string;
  readonly native: OpenOptions;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What the ledger has to show, read from the file as it is. @returns the exit code @throws Error with one sentence */
export async function ledgerCommand(
  verb: Verb,
  args: readonly string[],
  { home, native, say, signal }: LedgerSurroundings,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      db: { type: 'string' },
      checkpoint: { type: 'string', multiple: true, default: [] },
      seq: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      out: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const file = values.db ?? join(home, 'gonogo.db');
  const opened = openReadOnly(file, native);
  if (!opened.ok) throw opened.error;
  const db = opened.value;
  try {
    const reader = new LedgerReader(db);
    const answer = (text: string, value: unknown): number => {
      say(values.json ? `${JSON.stringify(value)}\n` : text);
      return 0;
    };
    switch (verb) {
      case 'verify': {
        const report = await verifyLedger(db, { outside: outsideCheckpoints(file, values.checkpoint), trusted: [], signal });
        answer(verifyWords(report), report);
        return report.intact ? 0 : 1;
      }
      case 'checkpoint': {
        const { note, origin, size, root } = unwrap(reader.checkpoint());
        return answer(note, { origin, size, root: Buffer.from(root).toString('base64'), note });
      }
      case 'vkey': {
        const keys = reader.keys().map(({ vkey }) => vkey);
        const newest = keys.at(-1);
        if (newest === undefined) throw new Error('the ledger has no key yet; open it with GoNoGo once');
        return answer(`${newest}\n`, { vkey: newest, all: keys });
      }
      case 'proof': {
        if (values.seq !== undefined) {
          const proof = unwrap(reader.proveEntry(whole('--seq', values.seq)));
          return answer(proof, { proof });
        }
        if (values.from === undefined || values.to === undefined) throw new Error('say which proof: --seq N, or --from M --to N');
        const hashes = unwrap(reader.proveGrowth(whole('--from', values.from), whole('--to', values.to)));
        const lines = hashes.map((hash) => Buffer.from(hash).toString('base64'));
        return answer(lines.map((line) => `${line}\n`).join(''), { proof: lines });
      }
      case 'tiles': {
        if (values.out === undefined) throw new Error('say where to write the files: --out DIR');
        const checkpoint = unwrap(reader.checkpoint());
        let files = 0;
        for (const [path, content] of reader.layout(checkpoint)) {
          const target = join(values.out, ...path.split('/'));
          mkdirSync(dirname(target), { recursive: true });
          writeFileSync(target, content);
          files += 1;
        }
        return answer(`${files} files for ${checkpoint.size} entries are in ${values.out}.\n`, {
          files,
          size: checkpoint.size,
          out: values.out,
        });
      }
    }
  } finally {
    db.close();
  }
}

/** The one beside the store, and those the person has brought from elsewhere. */
function outsideCheckpoints(file: string, named: readonly string[]): readonly OutsideCheckpoint[] {
  const own = join(dirname(file), 'ledger.checkpoint');
  const brought = named.map((each) => ({ place: `the file ${each}`, note: readNote(each), sameFolder: false }));
  if (!existsSync(own)) return brought;
  return [{ place: 'the file ledger.checkpoint beside the store', note: readNote(own), sameFolder: true }, ...brought];
}

function readNote(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`the checkpoint \`${file}\` cannot be read (${messageOf(error)}); name a file with a signed checkpoint`, {
      cause: error,
    });
  }
}

function whole(option: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new Error(`${option} \`${text}\` is not a whole number`);
  return value;
}

function unwrap<T>(result: Result<T, string>): T {
  if (!result.ok) throw new Error(result.error);
  return result.value;
}
