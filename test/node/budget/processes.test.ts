import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { TempStore } from '../../support/tempStore.ts';

const report = z.object({ paid: z.number(), worst: z.number() });

describe('several processes on one budget', () => {
  it('never hold or spend more than it together, and can spend all of it', async () => {
    const limit = 300;
    using temp = new TempStore();
    const store = temp.open();
    const children = ['a', 'b', 'c', 'd'].map((name) => {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'budgetChild.ts'), temp.home, name, String(limit), '40'], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](), gone: once(child, 'exit') };
    });
    for (const { lines } of children) assert.equal((await lines.next()).value, 'ready');
    for (const { child } of children) child.stdin.write('go\n');
    const reports = await Promise.all(children.map(async ({ lines }) => report.parse(JSON.parse(String((await lines.next()).value)))));
    assert.deepEqual(
      (await Promise.all(children.map(({ gone }) => gone))).map(([code]: unknown[]) => code),
      [0, 0, 0, 0],
    );

    const paid = reports.reduce((sum, each) => sum + each.paid, 0);
    for (const { worst } of reports) assert.ok(worst <= limit, `${worst} of ${limit}`);
    assert.ok(reports.filter((each) => each.paid > 0).length > 1, 'more than one got something');
    assert.ok(paid <= limit && paid > limit - 13, `${paid} of ${limit}`);
    assert.deepEqual(
      store.db.prepare(`SELECT state, SUM(amount) AS sum FROM reservations WHERE state <> 'released' GROUP BY state`).all(),
      [{ state: 'committed', sum: paid }],
    );
  });
});
