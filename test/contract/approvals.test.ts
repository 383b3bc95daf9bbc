import { randomBytes } from 'node:crypto';
import { SqliteApprovals } from '../../src/approvals/sqliteApprovals.ts';
import { idSource } from '../../src/base/ids.ts';
import { TempStore } from '../support/tempStore.ts';
import { approvalsContract, grantTtl } from './approvalsContract.ts';

approvalsContract('SQLite', () => {
  const temp = new TempStore();
  const key = randomBytes(32);
  const [store, other] = [temp.open(), temp.open()];
  return {
    approvals: new SqliteApprovals({ store, ids: idSource({}), key, grantTtl }),
    elsewhere: new SqliteApprovals({ store: other, ids: idSource({}), key, grantTtl }),
    unitOfWork: store.unitOfWork,
    elsewhereUnitOfWork: other.unitOfWork,
    [Symbol.dispose]: () => temp[Symbol.dispose](),
  };
});
