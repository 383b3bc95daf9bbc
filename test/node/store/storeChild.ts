import { existsSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../../src/store/store.ts';
import { StoreUnavailable } from '../../../src/contracts/unitOfWork.ts';
import { entryDraft } from '../../support/drafts.ts';
import { ledgerOf } from '../../support/ledgers.ts';

// A process of its own on a store. It says what it did, one JSON value a line.
const [mode = '', home = ''] = process.argv.slice(2);
const say = (value: unknown): void => void writeSync(1, `${JSON.stringify(value)}\n`);

const opened = openStore(home);
if (!opened.ok) {
  say({ refused: opened.error.code, message: opened.error.message });
} else {
  const store = opened.value;
  const ledger = ledgerOf(store);
  const append = (bytes = 10): Promise<number> =>
    store.unitOfWork.run(() => ledger.append(entryDraft({ payload: { text: 'x'.repeat(bytes) } })).seq);

  if (mode === 'open') {
    say({ opened: Number(store.db.pragma('user_version', { simple: true })) });
  } else if (mode === 'append') {
    // Until somebody ends it: several at once, so that commits are shared.
    const appending = async (): Promise<never> => {
      for (;;) say(await append());
    };
    await Promise.all([appending(), appending(), appending()]);
  } else if (mode === 'fill') {
    let acknowledged = 0;
    let refusal: unknown;
    while (refusal === undefined) {
      try {
        acknowledged = await append(10_000);
      } catch (error) {
        refusal = error;
      }
    }
    const failure = store.unitOfWork.failure;
    const readable = ledger.query({ limit: 1 })[0]?.seq;
    const filler = join(home, 'filler');
    const hadFiller = existsSync(filler);
    rmSync(filler, { force: true });
    const afterwards = await append(10);
    say({
      acknowledged,
      readable,
      afterwards,
      hadFiller,
      refusal: refusal instanceof StoreUnavailable ? refusal.message : 'not the one promised',
      reported: failure !== undefined,
      recovered: store.unitOfWork.failure === undefined,
    });
  }
  store[Symbol.dispose]();
}
