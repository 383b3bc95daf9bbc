import { idSource, type MissionId } from '../../../src/base/ids.ts';
import { microUsd } from '../../../src/base/money.ts';
import { SqliteBudget } from '../../../src/budget/sqliteBudget.ts';
import { openStore } from '../../../src/store/store.ts';

// One of several processes that spend from one budget as fast as they can. Says what it was given and what it paid.
const [home = '', name = '', limit = '0', tries = '0'] = process.argv.slice(2);
const opened = openStore(home);
if (!opened.ok) throw opened.error;
const store = opened.value;
const money = microUsd(Number(limit));
const budget = new SqliteBudget({ store, ids: idSource({}), limits: () => ({ mission: money, day: money, month: money }) });
const at = Date.now();

process.stdin.once('data', () => void spend());
process.stdout.write('ready\n');

async function spend(): Promise<void> {
  let paid = 0;
  let worst = 0;
  for (let count = 0; count < Number(tries); count += 1) {
    const amount = microUsd(1 + ((count * 7) % 13));
    const request = { requestId: `${name}-${count}`, missionId: 'm' as MissionId, workspaceId: 'w', amount, at };
    const reserved = await store.unitOfWork.run(() => budget.reserve(request));
    const [meter] = budget.meters(request.missionId, at);
    worst = Math.max(worst, (meter?.spent ?? 0) + (meter?.reserved ?? 0));
    if (!reserved.ok) continue;
    const { id } = reserved.value;
    if (count % 3 === 0) await store.unitOfWork.run(() => budget.release(id));
    else {
      await store.unitOfWork.run(() => budget.commit(id, amount, at));
      paid += amount;
    }
  }
  process.stdout.write(`${JSON.stringify({ paid, worst })}\n`);
  store[Symbol.dispose]();
  process.stdin.destroy();
}
