import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { grantMac, grantMacValid } from '../../../src/approvals/grantMac.ts';
import { SqliteApprovals } from '../../../src/approvals/sqliteApprovals.ts';
import { sha256 } from '../../../src/base/digest.ts';
import { idSource, type EntryId, type GrantId } from '../../../src/base/ids.ts';
import type { Store } from '../../../src/store/store.ts';
import { TempStore } from '../../support/tempStore.ts';
import { digest, newApproval } from '../../contract/approvalsContract.ts';

describe('a grant that somebody wrote into the database', () => {
  let temp: TempStore;
  let store: Store;
  let approvals: SqliteApprovals;
  let grantId: GrantId;
  const key = randomBytes(32);
  const at = 10_000;

  beforeEach(async () => {
    temp = new TempStore();
    store = temp.open();
    approvals = new SqliteApprovals({ store, ids: idSource({}), key, grantTtl: 1_000 });
    const decided = await store.unitOfWork.run(() => {
      const { id } = approvals.request(newApproval(), '');
      return approvals.decide({ requestId: id, digest, decision: { kind: 'approve' }, by: 'me' }, at);
    });
    assert.ok(decided.ok && decided.value.state.status === 'approved');
    grantId = decided.value.state.grantId;
  });
  afterEach(() => temp[Symbol.dispose]());

  const consume = (id: string, of = digest, now = at + 1, takeOver = false) =>
    store.unitOfWork.run(() => approvals.consume(id as GrantId, of, 'decision' as EntryId, now, () => takeOver));

  it('counts as it is', async () => assert.equal(await consume(grantId), true));

  const forgeries: readonly [string, string, Parameters<typeof consume>[1]?, number?][] = [
    ['for other bytes', `UPDATE grants SET digest = '${sha256('other')}'`, sha256('other')],
    ['for longer', 'UPDATE grants SET expires_at = 999999', digest, 500_000],
    ['under another name', `UPDATE grants SET id = 'forged'`],
    ['for another request', `UPDATE grants SET request_id = (SELECT id FROM approvals WHERE id <> request_id)`],
    ['without a code', `UPDATE grants SET mac = ''`],
    ['with a code that is not hex', `UPDATE grants SET mac = 'zz' || substr(mac, 3)`],
    ['with a code that was cut', `UPDATE grants SET mac = substr(mac, 1, 62)`],
    ['with a code that is longer', `UPDATE grants SET mac = mac || '00'`],
  ];
  for (const [what, sql, of, now] of forgeries) {
    for (const takeOver of [false, true]) {
      it(`grants nothing ${what}${takeOver ? ', nor as one that a crash interrupted' : ''}`, async () => {
        await store.unitOfWork.run(() => void approvals.request(newApproval({ resource: 'another' }), ''));
        store.db.exec(sql);
        if (takeOver) store.db.exec(`UPDATE grants SET used_by = 'crashed'`);
        const { id } = store.db.prepare('SELECT id FROM grants').get() as { id: string };
        assert.equal(await consume(id, of, now, takeOver), false);
      });
    }
  }

  it('has a code that depends on every field and on the key', () => {
    const fields = { id: 'i', requestId: 'r', digest: 'd', expiresAt: 1 };
    const mac = grantMac(key, fields);
    assert.equal(grantMacValid(key, fields, mac), true);
    for (const change of [{ id: 'j' }, { requestId: 's' }, { digest: 'e' }, { expiresAt: 2 }])
      assert.equal(grantMacValid(key, { ...fields, ...change }, mac), false, JSON.stringify(change));
    assert.equal(grantMacValid(randomBytes(32), fields, mac), false);
    // Pinned: a grant has to be readable by the next version.
    const pinned = grantMac(new Uint8Array(32), fields);
    assert.equal(pinned, 'da8b8b200f7af3e00f1113bf3fe08941de62af6837437ff241bd30a6f3be51b3');
  });
});
