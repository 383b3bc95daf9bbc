import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Json } from '../../src/base/canonicalJson.ts';
import type { MissionId } from '../../src/base/ids.ts';
import { microUsd } from '../../src/base/money.ts';
import type { Ledger, LedgerDraft, LedgerEntry, LedgerQuery } from '../../src/contracts/ledger.ts';
import type { UnitOfWork } from '../../src/contracts/unitOfWork.ts';
import { entryDraft } from '../support/drafts.ts';
import type { ManualClock } from '../support/manualClock.ts';

export interface LedgerRig extends Disposable {
  /** Its redactor takes `hunter2` for a secret of the kind `test`; its user is `me`. */
  readonly ledger: Ledger;
  readonly unitOfWork: UnitOfWork;
  readonly clock: ManualClock;
}

/** What every `Ledger` promises. */
export function ledgerContract(name: string, make: () => LedgerRig): void {
  describe(`Ledger: ${name}`, () => {
    let rig: LedgerRig;
    beforeEach(() => (rig = make()));
    afterEach(() => rig[Symbol.dispose]());

    const append = (over: Partial<LedgerDraft> = {}): Promise<LedgerEntry> => rig.unitOfWork.run(() => rig.ledger.append(entryDraft(over)));
    const stored = (query: Partial<LedgerQuery> = {}): readonly LedgerEntry[] => rig.ledger.query({ limit: 1_000, ...query });

    it('keeps every field as it was given, and adds number, time and user', async () => {
      const full = entryDraft({
        principal: { kind: 'person', id: 'local' },
        phase: 'effect',
        result: 'failure',
        reason: 'because',
        cost: microUsd(12),
        restsOn: 'grant-1',
        payload: { list: [1, 'two', null, { three: true }], '': 'empty key' },
      });
      await rig.clock.advance(5);
      const entry = await append(full);
      const { id, payloadSha256 } = entry;
      const added = {
        seq: 1,
        timestamp: rig.clock.now(),
        userId: 'me',
        userAgent: 'gonogo/test',
        ipAddress: 'local',
        policyVersion: 'test',
      };
      assert.deepEqual(entry, { ...full, ...added, id, payloadSha256 });
      const { missionId: _, ...bare } = entryDraft();
      const second = await rig.unitOfWork.run(() => rig.ledger.append(bare));
      assert.equal('missionId' in second || 'reason' in second || 'restsOn' in second, false);
      assert.deepEqual(stored(), [second, entry]);
    });

    it('numbers entries from one without gaps, also over works that are undone', async () => {
      const works = Array.from({ length: 30 }, (_, index) =>
        rig.unitOfWork.run(() => {
          rig.ledger.append(entryDraft());
          rig.ledger.append(entryDraft());
          if (index % 3 === 0) throw new Error('undone');
        }),
      );
      await Promise.allSettled(works);
      assert.deepEqual(
        stored().map(({ seq }) => seq),
        Array.from({ length: 40 }, (_, index) => 40 - index),
      );
    });

    it('appends only inside a unit of work', () => {
      assert.throws(() => rig.ledger.append(entryDraft()), /inside a unit of work/);
      assert.deepEqual(stored(), []);
    });

    it('takes secrets out of every text before it keeps them', async () => {
      const entry = await append({
        resource: 'deploy hunter2',
        reason: 'refused: hunter2',
        principal: { kind: 'agent', id: 'hunter2' },
        payload: { argv: ['--password', 'hunter2'], nested: [{ hunter2: 'xhunter2x' }] },
      });
      assert.doesNotMatch(JSON.stringify([entry, stored()]), /hunter2/);
      assert.deepEqual(entry.payload, { argv: ['--password', '[redacted: test]'], nested: [{ '[redacted: test]': 'x[redacted: test]x' }] });
      assert.deepEqual([entry.resource, entry.reason], ['deploy [redacted: test]', 'refused: [redacted: test]']);
    });

    it('cuts what is long, says how much, and cuts no secret in half', async () => {
      const long = 'ab'.repeat(50_000);
      const entry = await append({ resource: long, reason: long, payload: { long, short: 'short' } });
      assert.match(entry.resource, /^(?:ab)+ … \(9\d{4} more characters\)$/);
      assert.match(entry.reason ?? '', /^(?:ab)+ … \(9\d{4} more characters\)$/);
      const cut = /^(?:ab)+ … \(88000 more characters\)$/;
      const { long: shown, short } = entry.payload as { long: string; short: string };
      assert.match(shown, cut);
      assert.equal(short, 'short');
      const edge = await append({ payload: { text: `${'a'.repeat(11_997)}hunter2` } });
      assert.doesNotMatch(JSON.stringify(edge), /hun/);
    });

    it('keeps the whole of a payload within bounds, however many texts it has', async () => {
      const argv = Array.from({ length: 1_000 }, () => 'x'.repeat(20_000));
      const entry = await append({ payload: { argv } });
      assert.ok(JSON.stringify(entry.payload).length < 100_000);
      assert.equal((entry.payload as { argv: string[] }).argv.length, 1_000);
    });

    it('keeps any text and any JSON, whatever is in it', async () => {
      const text = fc.string({ unit: 'binary', maxLength: 50 });
      const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => JSON.stringify(value).search(/\d{16}|e\+/) < 0) as fc.Arbitrary<Json>;
      await fc.assert(
        fc.asyncProperty(text, text, json, async (resource, reason, payload) => {
          const entry = await append({ resource, reason, payload });
          assert.deepEqual(stored({ limit: 1 }), [entry]);
          assert.equal(entry.resource, resource.toWellFormed());
          assert.deepEqual(entry.payload, JSON.parse(JSON.stringify(payload)));
        }),
        { numRuns: 50 },
      );
      const half = await append({ resource: 'a\ud800b', reason: '\udfff', payload: { '\ud800': '\ud800' } });
      assert.deepEqual([half.resource, half.reason, half.payload], ['a\ufffdb', '\ufffd', { '\ufffd': '\ufffd' }]);
    });

    describe('answers a query', () => {
      const other = 'mission-2' as MissionId;
      beforeEach(async () => {
        await append();
        await append({ missionId: other });
        await append({ workspaceId: 'workspace-2', result: 'blocked' });
        await append({ missionId: other, result: 'blocked' });
        await append({ result: 'failure' });
      });

      const rows: readonly [string, Partial<LedgerQuery>, readonly number[]][] = [
        ['for everything, newest first', {}, [5, 4, 3, 2, 1]],
        ['for a mission', { missionId: other }, [4, 2]],
        ['for a workspace', { workspaceId: 'workspace-2' }, [3]],
        ['for a result', { result: 'blocked' }, [4, 3]],
        ['for all of them at once', { missionId: other, result: 'blocked', workspaceId: 'workspace-1' }, [4]],
        ['for what nobody has', { workspaceId: `' OR 1=1 --` }, []],
        ['for the newest', { limit: 2 }, [5, 4]],
        ['for the page after', { limit: 2, beforeSeq: 4 }, [3, 2]],
        ['for the page after the last', { limit: 2, beforeSeq: 1 }, []],
        ['with a limit below one, as one', { limit: 0 }, [5]],
        ['with a limit that is not whole', { limit: 2.9 }, [5, 4]],
      ];
      for (const [what, query, expected] of rows)
        it(what, () =>
          assert.deepEqual(
            stored(query).map(({ seq }) => seq),
            expected,
          ),
        );

      it('with at most a thousand entries', async () => {
        await rig.unitOfWork.run(() => {
          for (let count = 0; count < 1_100; count += 1) rig.ledger.append(entryDraft());
        });
        assert.equal(stored({ limit: 5_000 }).length, 1_000);
      });
    });
  });
}
