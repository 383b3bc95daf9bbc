import { systemClock } from '../../../src/base/clock.ts';
import { Leases } from '../../../src/durable/leases.ts';
import { processAlive, processStart } from '../../../src/durable/processAlive.ts';
import { openStore } from '../../../src/store/store.ts';

// Tries for the lease when told to, says what it got, and keeps it until it is ended.
const opened = openStore(process.argv[2] ?? '');
if (!opened.ok) throw opened.error;
const store = opened.value;
const owner = { pid: process.pid, startedAt: processStart(process.pid), kernel: 'kernel' };
const leases = new Leases({ store, clock: systemClock, owner, ttl: 60_000, alive: processAlive });
process.stdin.on('data', () => {
  void store.unitOfWork.run(() => leases.acquire('mission')).then((lease) => process.stdout.write(`${lease?.token ?? 'none'}\n`));
});
process.stdout.write('ready\n');
