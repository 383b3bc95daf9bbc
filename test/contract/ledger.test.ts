import { idSource } from '../../src/base/ids.ts';
import { SqliteLedger } from '../../src/ledger/sqliteLedger.ts';
import { ManualClock } from '../support/manualClock.ts';
import { TempStore } from '../support/tempStore.ts';
import { ledgerContract } from './ledgerContract.ts';

ledgerContract('SQLite', () => {
  const temp = new TempStore();
  const store = temp.open();
  const clock = new ManualClock();
  const redactor = { redact: (text: string) => text.replaceAll('hunter2', '[redacted: test]') };
  const ledger = new SqliteLedger({ store, clock, ids: idSource({}), redactor, userId: 'me' });
  return { ledger, unitOfWork: store.unitOfWork, clock, [Symbol.dispose]: () => temp[Symbol.dispose]() };
});
