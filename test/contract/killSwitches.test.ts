import { SqliteKillSwitches } from '../../src/gate/sqliteKillSwitches.ts';
import { ManualClock } from '../support/manualClock.ts';
import { TempStore } from '../support/tempStore.ts';
import { killSwitchesContract } from './killSwitchesContract.ts';

killSwitchesContract('SQLite', () => {
  const temp = new TempStore();
  const store = temp.open();
  const clock = new ManualClock();
  return {
    switches: new SqliteKillSwitches(store, clock),
    elsewhere: new SqliteKillSwitches(temp.open(), clock),
    unitOfWork: store.unitOfWork,
    clock,
    [Symbol.dispose]: () => temp[Symbol.dispose](),
  };
});
