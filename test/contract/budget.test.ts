import { idSource } from '../../src/base/ids.ts';
import { SqliteBudget } from '../../src/budget/sqliteBudget.ts';
import { TempStore } from '../support/tempStore.ts';
import { budgetContract } from './budgetContract.ts';

budgetContract('SQLite', (limits) => {
  const temp = new TempStore();
  const store = temp.open();
  // What is promised about crashes is tested elsewhere; here thousands of small commits are not to wait for a disk.
  store.db.pragma('synchronous = OFF');
  const budget = new SqliteBudget({ store, ids: idSource({}), limits: () => limits });
  return { budget, unitOfWork: store.unitOfWork, [Symbol.dispose]: () => temp[Symbol.dispose]() };
});
