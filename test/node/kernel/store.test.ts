import assert from 'node:assert/strict';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { kernelMethods } from '../../../src/contracts/kernelApi.ts';
import type { RequestId, MissionId } from '../../../src/base/ids.ts';
import { approval, approve, launch, untilReview } from '../../support/flights.ts';
import { KernelRig, quickWrites } from '../../support/kernelRig.ts';

describe('a store that cannot be trusted', () => {
  const rows: readonly [string, (file: string) => void, RegExp][] = [
    ['is no database', (file) => writeFileSync(file, 'this was a database once\n'.repeat(1_000)), /store.*backup/],
    ['was cut short', (file) => truncateSync(file, 20_000), /cut short.*backup/],
    ['comes from a newer GoNoGo', (file) => withDb(file, (db) => void db.pragma('user_version = 999')), /newer GoNoGo.*update GoNoGo/],
  ];
  for (const [what, harm, words] of rows) {
    it(`because it ${what}: every call is answered, nothing is allowed, and the file stays as it is`, async () => {
      await using rig = new KernelRig({ agent: quickWrites });
      const file = join(rig.home, 'gonogo.db');
      await (await rig.start()).api.shutdown();
      withDb(file, (db) => void db.pragma('wal_checkpoint(TRUNCATE)'));
      harm(file);
      const before = readFileSync(file);
      const { api, watch } = await rig.start();
      const { health, missions } = await api.snapshot();
      assert.deepEqual([health.level, missions], ['unhealthy', []]);
      assert.match(health.items[0]?.message ?? '', words);
      const calls: Record<string, () => Promise<unknown>> = {
        presets: () => api.presets(rig.workspace),
        agents: () => api.agents(),
        preFlight: () => api.preFlight('build', 'x', rig.workspace),
        launch: () => api.launch('m' as MissionId),
        cancel: () => api.cancel('m' as MissionId, 'x'),
        reopen: () => api.reopen('m' as MissionId),
        rollBack: () => api.rollBack('m' as MissionId),
        applyAgain: () => api.applyAgain('m' as MissionId),
        standing: () => api.standing('m' as MissionId),
        merged: () => api.merged('m' as MissionId, 'x'),
        changeQueue: () => api.changeQueue({ kind: 'pause' }, 'x'),
        review: () => api.review('r' as RequestId),
        decide: () => api.decide({ requestId: 'r' as RequestId, digest: '', decision: { kind: 'approve' }, by: 'x' }, []),
        narrow: () => api.narrow('r' as RequestId, '', [], 'x'),
        refused: () => api.refused('r', 'x'),
        blob: () => api.blob('m' as MissionId, 'after', 'x'),
        ledger: () => api.ledger({ limit: 1 }),
        stopEverything: () => api.stopEverything('x', 'x'),
        liftSwitch: () => api.liftSwitch('GLOBAL_WRITE', 0, 'x'),
        testModel: () => api.testModel({ protocol: 'openai', baseUrl: 'http://127.0.0.1:1/v1', model: 'm' }),
      };
      assert.deepEqual([...Object.keys(calls), 'configure', 'setModelKey', 'shutdown', 'snapshot'].sort(), [...kernelMethods].sort());
      for (const call of Object.values(calls)) await assert.rejects(call, { code: 'store-unavailable', message: words });
      assert.equal(watch.logs.length, 1);
      await api.shutdown();
      assert.deepEqual(readFileSync(file), before);
    });
  }
});

describe('a store that cannot be written for a while', () => {
  it('in the middle of the work: NO-GO, unhealthy, nothing lost, and it goes on', async () => {
    // More writes than the trouble lasts: the first ones are refused, the last ones are not, and the turn ends well.
    const writes = Array.from({ length: 12 }, (_, index) => ['fs/write_text_file', { path: `src/n${index}.js`, content: 'export {};\n' }]);
    await using rig = new KernelRig({ agent: ['ask-each', JSON.stringify(writes)] });
    const before = rig.picture();
    const child = await rig.startChild({ fuse: { at: 'intent:file.write', lockMs: 1_200 } });
    const id = await launch(child, rig);
    const trouble = await child.watch.until('trouble', ({ health, missions }) =>
      health.level === 'unhealthy' ? { missions, store: health.items.find(({ name }) => name === 'Store')?.message } : undefined,
    );
    assert.match(trouble.store ?? '', /could not be written.*database is locked/);
    assert.equal(trouble.missions[0]?.status, 'running');
    await assert.rejects(() => child.api.preFlight('quick', 'another', rig.workspace), { code: 'store-unavailable' });
    assert.deepEqual(rig.picture(), before);

    const review = await untilReview(child, id);
    assert.equal(review.detail.files.length, writes.length, 'the agent was asked again, and its work is whole');
    assert.equal((await approve(child, review)).status, 'done');
    const { health } = await child.api.snapshot();
    assert.equal(health.items.find(({ name }) => name === 'Store')?.level, 'healthy');
    await child.end();
    await rig.assertTidy();
  });

  it('between the apply and its record: the changes land once, and the record says what happened', async () => {
    await using rig = new KernelRig({ agent: quickWrites });
    const child = await rig.startChild({ fuse: { at: 'intent:code.apply', lockMs: 1_500 } });
    const id = await launch(child, rig);
    const { detail } = await untilReview(child, id);
    await child.api.decide(approval(detail), []);
    const end = await child.watch.mission(id, 'done', 'parked', 'failed');
    assert.equal(end.status, 'done', end.detail);
    const after = rig.picture();
    assert.ok(detail.files.every(({ path, afterSha256 }) => after[path] === afterSha256));
    const effects = rig.rows(`SELECT result, reason FROM entries WHERE action = 'code.apply' AND phase = 'effect' ORDER BY seq`);
    assert.deepEqual(
      effects.map(({ result }) => result),
      ['failure', 'success'],
    );
    assert.match(String(effects[0]?.['reason']), /unfinished/);
    await child.end();
    await rig.assertTidy();
  });
});

function withDb(file: string, work: (db: Database.Database) => void): void {
  const db = new Database(file);
  try {
    work(db);
  } finally {
    db.close();
  }
}
