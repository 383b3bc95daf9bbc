import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { ledgerOf } from '../../support/ledgers.ts';
import { TempStore } from '../../support/tempStore.ts';

describe('a process that is killed while it appends', () => {
  it('has lost nothing it was told was kept, and left no gap', async () => {
    using temp = new TempStore();
    const acknowledged = new Set<number>();
    for (const rounds of [1, 2, 17, 40, 90]) {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'storeChild.ts'), 'append', temp.home], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const gone = once(child, 'exit');
      let heard = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged.add(Number(line));
        heard += 1;
        if (heard === rounds) child.kill('SIGKILL');
      }
      assert.deepEqual((await gone)[1], 'SIGKILL');
      assert.ok(heard >= rounds);

      const store = temp.open();
      const ledger = ledgerOf(store);
      const seqs = ledger.query({ limit: 1_000 }).map(({ seq }) => seq);
      assert.deepEqual(
        seqs,
        Array.from({ length: seqs.length }, (_, index) => seqs.length - index),
      );
      assert.ok(Math.max(...acknowledged) <= seqs.length, `${seqs.length} entries, acknowledged up to ${Math.max(...acknowledged)}`);
      assert.equal(store.db.pragma('integrity_check', { simple: true }), 'ok');
      temp.closeAll();
    }
  });
});
