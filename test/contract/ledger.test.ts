import { ledgerOf } from '../support/ledgers.ts';
import { ManualClock } from '../support/manualClock.ts';
import { TempStore } from '../support/tempStore.ts';
import { ledgerContract } from './ledgerContract.ts';

ledgerContract('SQLite', () => {
  const temp = new TempStore();
  const store = temp.open();
  const clock = new ManualClock();
  const redactor = { redact: (text: string) => text.replaceAll('hunter2', '[redacted: test]') };
  const ledger = ledgerOf(store, { clock, redactor });
  return { ledger, unitOfWork: store.unitOfWork, clock, [Symbol.dispose]: () => temp[Symbol.dispose]() };
});
