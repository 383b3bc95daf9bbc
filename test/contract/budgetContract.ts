import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MissionId, ReservationId } from '../../src/base/ids.ts';
import { microUsd, type MicroUsd } from '../../src/base/money.ts';
import type { Result } from '../../src/base/result.ts';
import type { Budget, BudgetLimits, BudgetRefusal, Reservation, ReservationRequest } from '../../src/contracts/budget.ts';
import type { UnitOfWork } from '../../src/contracts/unitOfWork.ts';

export interface BudgetRig extends Disposable {
  readonly budget: Budget;
  readonly unitOfWork: UnitOfWork;
}

const A = 'mission-a' as MissionId;
const B = 'mission-b' as MissionId;
const noon = new Date(2026, 4, 15, 12).getTime();
const usd = (amount: number): MicroUsd => microUsd(amount);
const limits: BudgetLimits = { mission: usd(100), day: usd(150), month: usd(400) };

/** What every `Budget` promises. */
export function budgetContract(name: string, make: (limits: BudgetLimits) => BudgetRig): void {
  describe(`Budget: ${name}`, () => {
    let rig: BudgetRig;
    let keys = 0;
    beforeEach(() => (rig = make(limits)));
    afterEach(() => rig[Symbol.dispose]());

    type Reserved = Result<Reservation, BudgetRefusal>;
    const request = (amount: number, over: Partial<ReservationRequest> = {}): ReservationRequest => ({
      requestId: `key-${++keys}`,
      missionId: A,
      workspaceId: 'workspace-1',
      amount: usd(amount),
      at: noon,
      ...over,
    });
    const reserve = (amount: number, over?: Partial<ReservationRequest>): Promise<Reserved> =>
      rig.unitOfWork.run(() => rig.budget.reserve(request(amount, over)));
    const commit = (id: ReservationId, actual: number, at = noon) => rig.unitOfWork.run(() => rig.budget.commit(id, usd(actual), at));
    const release = (id: ReservationId) => rig.unitOfWork.run(() => rig.budget.release(id));
    const held = async (amount: number, over?: Partial<ReservationRequest>): Promise<Reservation> => {
      const reserved = await reserve(amount, over);
      assert.ok(reserved.ok, 'there was room');
      return reserved.value;
    };
    /** `spent/reserved` of mission, day and month. */
    const meters = (missionId = A, at = noon): string[] =>
      rig.budget.meters(missionId, at).map(({ scope, spent, reserved }) => `${scope} ${spent}/${reserved}`);

    it('holds what is reserved, books what it cost, and frees the rest', async () => {
      const one = await held(60);
      assert.deepEqual(meters(), ['mission 0/60', 'day 0/60', 'month 0/60']);
      assert.equal(rig.budget.available(A, noon), 40);
      await commit(one.id, 25);
      assert.deepEqual(meters(), ['mission 25/0', 'day 25/0', 'month 25/0']);
      const two = await held(75);
      await release(two.id);
      assert.deepEqual(meters(), ['mission 25/0', 'day 25/0', 'month 25/0']);
      assert.deepEqual(meters(B), ['mission 0/0', 'day 25/0', 'month 25/0']);
      assert.deepEqual(
        rig.budget.meters(undefined, noon).map(({ scope, limit }) => [scope, limit]),
        [
          ['day', 150],
          ['month', 400],
        ],
      );
    });

    it('gives the last micro-dollar and not one more', async () => {
      assert.equal((await reserve(101)).ok, false);
      await held(100);
      assert.equal(rig.budget.available(A, noon), 0);
      const refused = await reserve(1);
      assert.deepEqual(!refused.ok && [refused.error.code, refused.error.available], ['mission-budget', 0]);
      assert.equal((await reserve(0)).ok, true);
    });

    it('says which limit is in the way, what is left, and where to change it', async () => {
      const other = await held(100, { missionId: B });
      const daily = await reserve(51);
      assert.ok(!daily.ok);
      assert.deepEqual([daily.error.code, daily.error.available], ['daily-budget', 50]);
      assert.match(daily.error.message, /^Today's budget of .* left .*`gonogo\.budget\.daily`\.$/);
      await commit(other.id, 100);
      for (const date of [16, 17, 18, 19]) {
        const at = new Date(2026, 4, date).getTime();
        const reserved = await reserve(75, { missionId: `mission-${date}` as MissionId, at });
        if (reserved.ok) await commit(reserved.value.id, 75, at);
      }
      const monthly = await reserve(1, { at: new Date(2026, 4, 20).getTime() });
      assert.deepEqual(!monthly.ok && [monthly.error.code, monthly.error.available], ['monthly-budget', 0]);
    });

    it('gives the same answer to the same key, and charges nothing again', async () => {
      const one = await held(60, { requestId: 'same' });
      assert.deepEqual(await held(60, { requestId: 'same' }), one);
      assert.deepEqual(await held(99, { requestId: 'same' }), one);
      assert.deepEqual(rig.budget.reservationFor('same'), one);
      assert.deepEqual(meters(), ['mission 0/60', 'day 0/60', 'month 0/60']);
      await commit(one.id, 10);
      assert.deepEqual([(await held(60, { requestId: 'same' })).id, rig.budget.reservationFor('same')], [one.id, undefined]);
      assert.deepEqual(meters(), ['mission 10/0', 'day 10/0', 'month 10/0']);
      assert.equal(rig.budget.reservationFor('unknown'), undefined);
    });

    it('lets no mission spend under the key of another', async () => {
      await held(60, { requestId: 'mine' });
      await assert.rejects(reserve(10, { requestId: 'mine', missionId: B }), /belongs to another mission/);
      assert.deepEqual(meters(B), ['mission 0/0', 'day 0/60', 'month 0/60']);
    });

    it('settles once: a later commit or release changes nothing', async () => {
      const [committed, released] = [await held(30), await held(30)];
      await commit(committed.id, 20);
      await release(released.id);
      for (const { id } of [committed, released]) {
        await commit(id, 30);
        await release(id);
      }
      await commit('unknown' as ReservationId, 30);
      assert.deepEqual(meters(), ['mission 20/0', 'day 20/0', 'month 20/0']);
    });

    it('books what was really spent, even beyond the limit, and then gives nothing more', async () => {
      const { id } = await held(90);
      await commit(id, 130);
      assert.deepEqual(meters(), ['mission 130/0', 'day 130/0', 'month 130/0']);
      assert.equal(rig.budget.available(A, noon), 0);
      assert.equal((await reserve(1)).ok, false);
    });

    it('books all that a mission holds, and nothing of another', async () => {
      await held(20);
      await held(30);
      const spent = await held(10);
      await commit(spent.id, 10);
      await held(40, { missionId: B });
      assert.deepEqual([...rig.budget.holding()].sort(), [A, B].sort());
      assert.equal(await rig.unitOfWork.run(() => rig.budget.bookAll(A, noon)), 50);
      assert.deepEqual(meters(), ['mission 60/0', 'day 60/40', 'month 60/40']);
      assert.deepEqual(rig.budget.holding(), [B]);
      assert.equal(await rig.unitOfWork.run(() => rig.budget.bookAll(A, noon)), 0);
    });

    it('lets the one who knows put an estimate right, once', async () => {
      const [cheap, unused] = [await held(50), await held(40)];
      await rig.unitOfWork.run(() => rig.budget.bookAll(A, noon));
      await commit(cheap.id, 20);
      await rig.unitOfWork.run(() => rig.budget.release(unused.id));
      assert.deepEqual(meters(), ['mission 20/0', 'day 20/0', 'month 20/0']);
      await commit(cheap.id, 1);
      await rig.unitOfWork.run(() => rig.budget.release(cheap.id));
      assert.deepEqual(meters(), ['mission 20/0', 'day 20/0', 'month 20/0']);
    });

    it('takes no amount that would make room', async () => {
      for (const amount of [-1, -1_000]) await assert.rejects(reserve(amount), RangeError);
      const { id } = await held(10);
      await assert.rejects(commit(id, -1), RangeError);
      assert.deepEqual(meters(), ['mission 0/10', 'day 0/10', 'month 0/10']);
    });

    it('changes only inside a unit of work', () => {
      const id = 'r' as ReservationId;
      const changes = [
        () => rig.budget.reserve(request(1)),
        () => rig.budget.commit(id, usd(1), noon),
        () => rig.budget.release(id),
        () => rig.budget.bookAll(A, noon),
      ];
      for (const change of changes) assert.throws(change, /inside a unit of work/);
    });

    it('counts what was spent once, whichever way the clock is set', async () => {
      const hour = 3_600_000;
      const { id } = await held(60);
      await commit(id, 60, noon);
      for (const at of [noon - 3 * hour, noon - 40 * 24 * hour]) {
        // Set back: what was spent in what is now the future counts all the same.
        assert.deepEqual(meters(B, at).slice(1), ['day 60/0', 'month 60/0']);
        const left = limits.day - 60;
        assert.equal((await reserve(left + 1, { missionId: B, at })).ok, false);
      }
      const spent = (at: number) => meters(B, at)[1];
      assert.equal(spent(noon + 24 * hour), 'day 0/0');
      // Forward by mistake and back again.
      assert.equal(spent(noon), 'day 60/0');
    });

    describe('begins anew', () => {
      const late = new Date(2026, 4, 31, 23, 59, 59, 999).getTime();
      const early = new Date(2026, 5, 1).getTime();

      it('each local day and month, to the millisecond', async () => {
        const { id } = await held(100, { at: late });
        await commit(id, 100, late);
        assert.deepEqual(meters(B, late), ['mission 0/0', 'day 100/0', 'month 100/0']);
        assert.deepEqual(meters(B, early), ['mission 0/0', 'day 0/0', 'month 0/0']);
        assert.deepEqual(meters(A, early), ['mission 100/0', 'day 0/0', 'month 0/0'], 'a mission has one budget for all its days');
      });

      it('but not for what is held over midnight: it may cost today', async () => {
        const over = await held(100, { at: late });
        assert.deepEqual(meters(B, early), ['mission 0/0', 'day 0/100', 'month 0/100']);
        assert.equal((await reserve(51, { missionId: B, at: early })).ok, false);
        await held(50, { missionId: B, at: early });
        await commit(over.id, 100, early);
        assert.deepEqual(meters(B, early), ['mission 0/50', 'day 100/50', 'month 100/50']);
      });
    });

    it('never promises more than a limit, whatever order things come in', async () => {
      const day = 86_400_000;
      const command = fc.oneof(
        fc.record({
          kind: fc.constant('reserve'),
          key: fc.integer({ min: 0, max: 30 }),
          mission: fc.constantFrom(A, B),
          amount: fc.integer({ min: 0, max: 110 }),
        }),
        fc.record({ kind: fc.constant('commit'), key: fc.integer({ min: 0, max: 30 }), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
        fc.record({ kind: fc.constant('release'), key: fc.integer({ min: 0, max: 30 }) }),
        fc.record({ kind: fc.constant('bookAll'), mission: fc.constantFrom(A, B) }),
        fc.record({ kind: fc.constant('later'), ms: fc.integer({ min: 0, max: day * 3 }) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
          using own = make(limits);
          const { budget, unitOfWork } = own;
          let now = noon;
          const known = new Map<
            string,
            {
              id: ReservationId;
              mission: MissionId;
              state: 'held' | 'committed' | 'released';
              amount: number;
              at: number;
              estimated?: boolean;
            }
          >();
          const sum = (state: string, of: (each: { mission: MissionId; at: number }) => boolean): number =>
            [...known.values()].filter((each) => each.state === state && of(each)).reduce((total, { amount }) => total + amount, 0);
          const sameDay = ({ at }: { at: number }): boolean => new Date(at).toDateString() === new Date(now).toDateString();
          const sameMonth = ({ at }: { at: number }): boolean => new Date(at).getMonth() === new Date(now).getMonth();
          const all = (): boolean => true;

          for (const each of commands) {
            if (each.kind === 'later') now += each.ms;
            else if (each.kind === 'bookAll') {
              await unitOfWork.run(() => budget.bookAll(each.mission, now));
              for (const one of known.values())
                if (one.mission === each.mission && one.state === 'held')
                  Object.assign(one, { state: 'committed', at: now, estimated: true });
            } else if (each.kind === 'reserve') {
              // Keys belong to a mission.
              const key = `${each.mission}-${each.key}`;
              const of = (one: { mission: MissionId }): boolean => one.mission === each.mission;
              const fits =
                sum('committed', of) + sum('held', of) + each.amount <= limits.mission &&
                sum('committed', sameDay) + sum('held', all) + each.amount <= limits.day &&
                sum('committed', sameMonth) + sum('held', all) + each.amount <= limits.month;
              const answer = await unitOfWork.run(() =>
                budget.reserve(request(each.amount, { requestId: key, missionId: each.mission, at: now })),
              );
              const before = known.get(key);
              assert.equal(answer.ok, before !== undefined || fits);
              if (before) assert.deepEqual(answer.ok && answer.value.id, before.id);
              else if (answer.ok)
                known.set(key, { id: answer.value.id, mission: each.mission, state: 'held', amount: each.amount, at: now });
            } else {
              for (const mission of [A, B]) {
                const one = known.get(`${mission}-${each.key}`);
                if (!one) continue;
                const actual = each.kind === 'commit' ? Math.floor(one.amount * each.share) : 0;
                await unitOfWork.run(() => (each.kind === 'commit' ? budget.commit(one.id, usd(actual), now) : budget.release(one.id)));
                if (one.state !== 'held' && one.estimated !== true) continue;
                if (each.kind === 'commit') Object.assign(one, { state: 'committed', amount: actual, at: now, estimated: false });
                else Object.assign(one, { state: 'released', estimated: false });
              }
            }
            for (const mission of [A, B]) {
              const of = (one: { mission: MissionId }): boolean => one.mission === mission;
              const found = budget.meters(mission, now);
              assert.deepEqual(
                found.map(({ scope, spent, reserved }) => [scope, spent, reserved]),
                [
                  ['mission', sum('committed', of), sum('held', of)],
                  ['day', sum('committed', sameDay), sum('held', all)],
                  ['month', sum('committed', sameMonth), sum('held', all)],
                ],
              );
              for (const { scope, spent, reserved } of found) assert.ok(spent + reserved <= limits[scope], scope);
            }
          }
        }),
        { numRuns: 40 },
      );
    });
  });
}
