import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { sha256 } from '../../src/base/digest.ts';
import type { ActionId, EntryId, GrantId, MissionId, RequestId } from '../../src/base/ids.ts';
import { zeroUsd } from '../../src/base/money.ts';
import type { ApprovalDecision, ApprovalRequest, ApprovalState } from '../../src/contracts/approval.ts';
import type { Approvals, NewApproval } from '../../src/contracts/approvals.ts';
import type { UnitOfWork } from '../../src/contracts/unitOfWork.ts';
import { missionId } from '../support/drafts.ts';
import { settle } from '../support/manualClock.ts';

export interface ApprovalsRig extends Disposable {
  /** Its grants live for `grantTtl`. */
  readonly approvals: Approvals;
  /** The same approvals, as another window sees them. */
  readonly elsewhere: Approvals;
  readonly unitOfWork: UnitOfWork;
  readonly elsewhereUnitOfWork: UnitOfWork;
}

export const grantTtl = 1_000;
const asked = 10_000;
const expires = 20_000;
export const digest = sha256('what is shown');

export function newApproval(over: Partial<NewApproval> = {}): NewApproval {
  return {
    actionId: 'action-1' as ActionId,
    kind: 'code.apply',
    digest,
    resource: 'mission-1',
    title: 'Apply the reviewed changes',
    missionId,
    workspaceId: 'workspace-1',
    askedBy: { kind: 'mission', id: missionId },
    askedAt: asked,
    expiresAt: expires,
    risk: 'low',
    findings: [
      { check: 'approval', effect: 'hold', code: 'needs-approval', reason: 'a person reads it', location: { path: 'a\ud800', line: 1 } },
    ],
    estimatedCost: zeroUsd,
    ...over,
  };
}

/** What every `Approvals` promises. */
export function approvalsContract(name: string, make: () => ApprovalsRig): void {
  describe(`Approvals: ${name}`, () => {
    let rig: ApprovalsRig;
    beforeEach(() => (rig = make()));
    afterEach(() => rig[Symbol.dispose]());

    const never = (): boolean => false;
    const request = (over?: Partial<NewApproval>, content = 'all of it'): Promise<ApprovalRequest> =>
      rig.unitOfWork.run(() => rig.approvals.request(newApproval(over), content));
    const decide = (requestId: RequestId, over: Partial<ApprovalDecision> = {}, at = asked + 1) =>
      rig.unitOfWork.run(() => rig.approvals.decide({ requestId, digest, decision: { kind: 'approve' }, by: 'me', ...over }, at));
    it('knows which approvals were used, for which mission', async () => {
      const asked = await request();
      assert.equal(rig.approvals.wasUsed(missionId, digest), false, 'asked');
      const decided = await decide(asked.id);
      assert.ok(decided.ok && decided.value.state.status === 'approved');
      assert.equal(rig.approvals.wasUsed(missionId, digest), false, 'approved, not used');
      await consume(decided.value.state.grantId);
      assert.equal(rig.approvals.wasUsed(missionId, digest), true);
      assert.equal(rig.elsewhere.wasUsed(missionId, digest), true);
      assert.equal(rig.approvals.wasUsed('other' as MissionId, digest), false);
      assert.equal(rig.approvals.wasUsed(missionId, sha256('else')), false);
    });

    const consume = (
      grant: GrantId,
      over: { digest?: typeof digest; at?: number; by?: string; takeOver?: (used: string) => boolean } = {},
    ) =>
      rig.unitOfWork.run(() =>
        rig.approvals.consume(
          grant,
          over.digest ?? digest,
          (over.by ?? 'decision-1') as EntryId,
          over.at ?? asked + 2,
          over.takeOver ?? never,
        ),
      );
    const state = (id: RequestId): ApprovalState | undefined => rig.elsewhere.get(id)?.state;
    const reject = { kind: 'reject', reason: 'not \ud800 like this' } as const;

    async function grant(over?: Partial<NewApproval>): Promise<GrantId> {
      const { id } = await request(over);
      const decided = await decide(id);
      assert.ok(decided.ok && decided.value.state.status === 'approved');
      return decided.value.state.grantId;
    }

    it('keeps a request as it was made, with all there is to read', async () => {
      const made = await request();
      assert.deepEqual(made, { ...newApproval(), id: made.id, state: { status: 'pending' } });
      assert.deepEqual(rig.elsewhere.get(made.id), made);
      assert.equal(rig.elsewhere.contentOf(made.id), 'all of it');
      assert.deepEqual([rig.approvals.get('nobody' as RequestId), rig.approvals.contentOf('nobody' as RequestId)], [undefined, undefined]);
    });

    it('lists what waits, oldest first', async () => {
      const second = await request({ resource: 'b', askedAt: asked + 5 });
      const first = await request({ resource: 'a' });
      const decided = await request({ resource: 'c' });
      await decide(decided.id);
      assert.deepEqual(
        rig.elsewhere.pending().map(({ id }) => id),
        [first.id, second.id],
      );
    });

    describe('a decision', () => {
      it('approves exactly what was shown and makes one grant for it', async () => {
        const { id } = await request();
        const decided = await decide(id);
        assert.ok(decided.ok);
        const approved = decided.value.state;
        assert.ok(approved.status === 'approved');
        assert.deepEqual(state(id), { status: 'approved', by: 'me', at: asked + 1, grantId: approved.grantId });
      });

      it('rejects with the reason, whatever is in it, and makes no grant', async () => {
        const { id } = await request();
        assert.ok((await decide(id, { decision: reject })).ok);
        assert.deepEqual(state(id), { status: 'rejected', by: 'me', at: asked + 1, reason: reject.reason });
      });

      const refusals: readonly [string, Partial<ApprovalDecision>, number, string][] = [
        ['is refused for a request nobody made', { requestId: 'nobody' as RequestId }, asked, 'unknown-request'],
        ['is refused for other bytes', { digest: sha256('other') }, asked, 'stale-digest'],
        ['is refused for the same digest in capitals', { digest: digest.toUpperCase() }, asked, 'stale-digest'],
        ['is refused for no digest', { digest: '' }, asked, 'stale-digest'],
        ['is refused when it comes exactly too late', {}, expires, 'expired'],
        ['is refused when it comes later', {}, expires + 1, 'expired'],
      ];
      for (const [what, over, at, code] of refusals) {
        for (const decision of [{ kind: 'approve' }, reject] as const) {
          it(`to ${decision.kind} ${what}`, async () => {
            const made = await request();
            const refused = await decide(made.id, { decision, ...over }, at);
            assert.deepEqual(!refused.ok && refused.error.code, code);
            assert.deepEqual(state(made.id), { status: 'pending' });
          });
        }
      }

      it('counts until a millisecond before the end', async () => {
        const { id } = await request();
        assert.equal((await decide(id, {}, expires - 1)).ok, true);
      });

      it('would be refused in the same words by whoever only asks, and asking decides nothing', async () => {
        const { id } = await request();
        const other = sha256('else');
        const rows: [RequestId, typeof digest, number, string | undefined][] = [
          [id, digest, asked + 1, undefined],
          [id, digest, expires - 1, undefined],
          [id, digest, expires, 'expired'],
          [id, other, asked + 1, 'stale-digest'],
          ['nothing' as RequestId, digest, asked + 1, 'unknown-request'],
        ];
        for (const [of, shown, at, code] of rows) assert.equal(rig.elsewhere.refusal(of, shown, at)?.code, code);
        assert.equal(state(id)?.status, 'pending');
        await decide(id);
        assert.equal(rig.elsewhere.refusal(id, digest, asked + 1)?.code, 'already-decided');
        const refused = await decide(id);
        assert.deepEqual(refused.ok ? undefined : refused.error, rig.approvals.refusal(id, digest, asked + 1));
      });

      it('stands: the second one is refused, from any window', async () => {
        const { id } = await request();
        await decide(id, { decision: reject });
        const again = await rig.elsewhereUnitOfWork.run(() =>
          rig.elsewhere.decide({ requestId: id, digest, decision: { kind: 'approve' }, by: 'you' }, asked + 2),
        );
        assert.deepEqual(!again.ok && again.error.code, 'already-decided');
        assert.equal(state(id)?.status, 'rejected');
      });

      it('is refused for what was taken back, replaced or has run out', async () => {
        const replaced = await request();
        const withdrawn = await request();
        await rig.unitOfWork.run(() => rig.approvals.withdraw(missionId, 'cancelled', asked));
        const expired = await request();
        await rig.unitOfWork.run(() => rig.approvals.expire(expires));
        const codes = [];
        for (const { id } of [replaced, withdrawn, expired]) {
          const refused = await decide(id);
          codes.push(!refused.ok && refused.error.code);
        }
        assert.deepEqual(codes, ['already-decided', 'already-decided', 'expired']);
        assert.deepEqual(
          [replaced, withdrawn, expired].map(({ id }) => state(id)?.status),
          ['superseded', 'withdrawn', 'expired'],
        );
      });
    });

    it('is replaced by a newer one for the same thing, and only for the same', async () => {
      const others = [
        await request({ kind: 'file.write' }),
        await request({ resource: 'mission-2' }),
        await request({ missionId: 'mission-2' as MissionId }),
      ];
      const first = await request();
      const second = await request({ askedAt: asked + 3, digest: sha256('newer') });
      assert.deepEqual(state(first.id), { status: 'superseded', at: asked + 3, by: second.id });
      for (const { id } of [...others, second]) assert.deepEqual(state(id), { status: 'pending' });
      const { missionId: _, ...loose } = newApproval();
      const [one, two] = await rig.unitOfWork.run(() => [rig.approvals.request(loose, ''), rig.approvals.request(loose, '')]);
      assert.deepEqual([state(one.id)?.status, state(two.id)?.status], ['pending', 'pending']);
    });

    it('is taken back with its mission, and only what waits', async () => {
      const decided = await request();
      await decide(decided.id);
      const waiting = await request();
      const foreign = await request({ missionId: 'mission-2' as MissionId });
      await rig.unitOfWork.run(() => rig.approvals.withdraw(missionId, 'cancelled', asked + 5));
      assert.equal(state(decided.id)?.status, 'approved');
      assert.deepEqual(state(waiting.id), { status: 'withdrawn', at: asked + 5, reason: 'cancelled' });
      assert.deepEqual(state(foreign.id), { status: 'pending' });
    });

    it('runs out at its time exactly, once', async () => {
      const early = await request({ resource: 'early' });
      const late = await request({ resource: 'late', expiresAt: expires + 1 });
      const expire = (at: number) => rig.unitOfWork.run(() => rig.approvals.expire(at).map(({ id }) => id));
      assert.deepEqual(await expire(expires - 1), []);
      assert.deepEqual(await expire(expires), [early.id]);
      assert.deepEqual(await expire(expires), []);
      assert.deepEqual([state(early.id), state(late.id)], [{ status: 'expired', at: expires }, { status: 'pending' }]);
    });

    it('neither runs out early nor lives on when the clock is set back', async () => {
      const { id } = await request();
      const expire = (at: number) => rig.unitOfWork.run(() => rig.approvals.expire(at).length);
      // An hour's correction of a ten-second life is no correction of a second.
      assert.equal(await expire(asked - 5_000), 0);
      assert.equal(await expire(asked - 3_600_000), 1);
      const other = await request({ resource: 'other' });
      const late = await decide(other.id, {}, asked - 3_600_000);
      assert.equal(!late.ok && late.error.code, 'expired');
      assert.equal((await decide(other.id, {}, asked - 5_000)).ok, true);
      assert.equal(state(id)?.status, 'expired');
    });

    describe('a grant', () => {
      it('does not live on when the clock is set back', async () => {
        const id = await grant();
        assert.equal(await consume(id, { at: asked - 3_600_000 }), false);
        assert.equal(await consume(id, { at: asked - 500 }), true);
      });

      it('is used once', async () => {
        const id = await grant();
        assert.equal(await consume(id), true);
        assert.equal(await consume(id), false);
        assert.equal(await rig.elsewhereUnitOfWork.run(() => rig.elsewhere.consume(id, digest, 'd' as EntryId, asked + 2, never)), false);
      });

      it('is for its bytes alone, and a wrong try does not use it up', async () => {
        const id = await grant();
        assert.equal(await consume(id, { digest: sha256('other') }), false);
        assert.equal(await consume(`${id}x` as GrantId), false);
        assert.equal(await consume(id), true);
      });

      for (const [at, expected] of [
        [asked + 1 + grantTtl - 1, true],
        [asked + 1 + grantTtl, false],
      ] as const)
        it(`${expected ? 'still counts' : 'has run out'} ${at - asked - 1} ms after the click`, async () =>
          assert.equal(await consume(await grant(), { at }), expected));

      it('is not used up by a decision that is undone', async () => {
        const id = await grant();
        const undone = rig.unitOfWork.run(() => {
          assert.equal(rig.approvals.consume(id, digest, 'd' as EntryId, asked + 2, never), true);
          throw new Error('undone');
        });
        await assert.rejects(undone, /undone/);
        assert.equal(await consume(id), true);
      });

      it('that a crash interrupted completes its effect, though its time is over, and asks about the decision that used it', async () => {
        const id = await grant();
        const questions: string[] = [];
        const answering = (answer: boolean) => (used: string) => (questions.push(used), answer);
        assert.equal(await consume(id, { by: 'first', takeOver: answering(true) }), true);
        assert.deepEqual(questions, [], 'nobody is asked about one that is fresh');
        assert.equal(await consume(id, { by: 'second', takeOver: answering(false) }), false);
        assert.equal(await consume(id, { by: 'third', at: expires * 9, takeOver: answering(true) }), true);
        assert.equal(await consume(id, { by: 'fourth', takeOver: answering(false) }), false);
        assert.deepEqual(questions, ['first', 'first', 'third']);
        assert.equal(await consume(id, { digest: sha256('other'), takeOver: () => true }), false);
      });
    });

    describe('waiting for a decision', () => {
      const quiet = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

      it('answers at once what is decided', async () => {
        const { id } = await request();
        await decide(id);
        const { signal } = new AbortController();
        assert.equal((await rig.approvals.settled(id, signal)).status, 'approved');
        assert.equal(quiet(signal), 0);
      });

      it('answers everybody who waits once another window has decided', async () => {
        const { id } = await request();
        const { signal } = new AbortController();
        const waiting = [rig.approvals.settled(id, signal), rig.approvals.settled(id, signal)];
        rig.approvals.refresh();
        await settle();
        assert.equal(quiet(signal), 2, 'both still wait');
        await rig.elsewhereUnitOfWork.run(() => rig.elsewhere.decide({ requestId: id, digest, decision: reject, by: 'you' }, asked + 2));
        rig.approvals.refresh();
        assert.deepEqual(
          (await Promise.all(waiting)).map(({ status }) => status),
          ['rejected', 'rejected'],
        );
        assert.equal(quiet(signal), 0);
      });

      it('ends with the reason of the signal, for the one who waits alone, and leaves nothing behind', async () => {
        const { id } = await request();
        const [one, other] = [new AbortController(), new AbortController()];
        const waiting = rig.approvals.settled(id, one.signal);
        const going = rig.approvals.settled(id, other.signal);
        one.abort(new Error('the window closes'));
        await assert.rejects(waiting, /the window closes/);
        assert.deepEqual([quiet(one.signal), quiet(other.signal)], [0, 1]);
        await decide(id);
        rig.approvals.refresh();
        assert.equal((await going).status, 'approved');
        await assert.rejects(rig.approvals.settled(id, one.signal), /the window closes/);
      });

      it('is refused for what nobody asked', () =>
        assert.rejects(rig.approvals.settled('nobody' as RequestId, new AbortController().signal), /not known/));
    });

    it('changes only inside a unit of work', async () => {
      const { id } = await request();
      const changes = [
        () => rig.approvals.request(newApproval(), ''),
        () => rig.approvals.decide({ requestId: id, digest, decision: reject, by: 'me' }, asked),
        () => rig.approvals.withdraw(missionId, '', asked),
        () => rig.approvals.expire(expires),
        () => rig.approvals.consume('g' as GrantId, digest, 'd' as EntryId, asked, never),
      ];
      for (const change of changes) assert.throws(change, /inside a unit of work/);
      assert.deepEqual(state(id), { status: 'pending' });
    });
  });
}
