import assert from 'node:assert/strict';
import { stopOf, type KillSwitches } from '../../src/contracts/killSwitches.ts';
import type { UnitOfWork } from '../../src/contracts/unitOfWork.ts';
import type { ManualClock } from '../support/manualClock.ts';

export interface KillSwitchesRig extends Disposable {
  readonly switches: KillSwitches;
  /** The same switches, as another window sees them. */
  readonly elsewhere: KillSwitches;
  readonly unitOfWork: UnitOfWork;
  readonly clock: ManualClock;
}

/** What every `KillSwitches` promises. */
export function killSwitchesContract(name: string, make: () => KillSwitchesRig): void {
  describe(`KillSwitches: ${name}`, () => {
    let rig: KillSwitchesRig;
    beforeEach(() => (rig = make()));
    afterEach(() => rig[Symbol.dispose]());

    const pull = (by: string, reason: string) => rig.unitOfWork.run(() => rig.switches.pull('GLOBAL_WRITE', by, reason));
    const lift = (since: number) => rig.unitOfWork.run(() => rig.switches.lift('GLOBAL_WRITE', since));

    it('are not pulled at first', () => {
      assert.deepEqual(rig.switches.pulled(), []);
      assert.equal(stopOf([]), undefined);
    });

    it('are seen everywhere once pulled, and the first pull stands', async () => {
      const since = rig.clock.now();
      const expected = { name: 'GLOBAL_WRITE', by: 'me', reason: 'strange things', since };
      assert.deepEqual(await pull('me', 'strange things'), expected);
      await rig.clock.advance(10);
      assert.deepEqual(await pull('you', 'again'), expected);
      assert.deepEqual(rig.elsewhere.pulled(), [expected]);
      assert.deepEqual(stopOf(rig.elsewhere.pulled()), expected);
    });

    it('are lifted only as they were shown', async () => {
      const { since } = await pull('me', 'first');
      for (const wrong of [since - 1, since + 1, NaN]) assert.equal(await lift(wrong), false);
      assert.equal(rig.elsewhere.pulled().length, 1);
      assert.equal(await lift(since), true);
      assert.equal(await lift(since), false);
      assert.deepEqual(rig.elsewhere.pulled(), []);
      await rig.clock.advance(10);
      await pull('me', 'second');
      assert.equal(await lift(since), false);
      assert.equal(rig.elsewhere.pulled()[0]?.reason, 'second');
    });

    it('change only inside a unit of work', () => {
      assert.throws(() => rig.switches.pull('GLOBAL_WRITE', 'me', ''), /inside a unit of work/);
      assert.throws(() => rig.switches.lift('GLOBAL_WRITE', 0), /inside a unit of work/);
      assert.deepEqual(rig.switches.pulled(), []);
    });
  });
}
