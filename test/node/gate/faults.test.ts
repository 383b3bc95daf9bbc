import assert from 'node:assert/strict';
import { microUsd } from '../../../src/base/money.ts';
import type { ActionDraft } from '../../../src/contracts/action.ts';
import type { Check } from '../../../src/contracts/check.ts';
import type { Ledger, LedgerDraft } from '../../../src/contracts/ledger.ts';
import { decisive } from '../../../src/contracts/verdict.ts';
import { checkTimeout, GateWorld } from '../../support/gateWorld.ts';

/** One action of each kind that an agent may take, with nothing against it. */
const kinds: readonly [string, (world: GateWorld) => Promise<ActionDraft>][] = [
  ['file.write', (world) => world.draft('file.write', { content: 'x' })],
  ['shell.exec', (world) => world.draft('shell.exec', { argv: ['node', '--test'] }, { resource: 'node --test' })],
  [
    'model.call',
    (world) =>
      world.draft('model.call', { model: 'm', requestSha256: 'r', inputTokens: 1, maxOutputTokens: 1 }, { estimatedCost: microUsd(10) }),
  ],
];

describe('a gate with something broken in it', () => {
  let world: GateWorld;
  /** Resolves when a check has been asked that never answers. */
  let hanging: PromiseWithResolvers<void>;
  beforeEach(() => {
    world = new GateWorld();
    hanging = Promise.withResolvers();
  });
  afterEach(() => world[Symbol.dispose]());

  /** The time a check has goes by as soon as one hangs. */
  async function passingTime<T>(work: Promise<T>): Promise<T> {
    await Promise.race([work, hanging.promise]);
    await world.clock.advance(checkTimeout);
    hanging = Promise.withResolvers();
    return work;
  }

  /** Refused with this code, nothing done, nothing taken, and the refusal on record. */
  async function refused(
    gate: ReturnType<GateWorld['gate']>,
    draft: ActionDraft,
    code: string,
    story = ['decision blocked'],
  ): Promise<void> {
    const before = world.story().length;
    const performed = await passingTime(world.perform(gate, draft));
    assert.ok(performed.status === 'refused' && performed.verdict.effect === 'no-go', performed.status);
    assert.equal(decisive(performed.verdict.findings)?.code, code);
    assert.match(performed.reason, /^NO-GO: /);
    assert.deepEqual(world.ran, []);
    assert.deepEqual(world.story().slice(before), story);
    assert.deepEqual(
      { ...world.counts(), entries: 0 },
      { entries: 0, intents: 0, approvals: 0, grants: 0, reservations: 0, kill_switches: 0, leases: 0 },
    );
    assert.equal(world.clock.pending, 0, 'no timer is left');
  }

  it('lets these actions through when nothing is broken', async () => {
    for (const [kind, make] of kinds) {
      const performed = await world.perform(world.gate(), await make(world));
      assert.equal(performed.status, 'done', kind);
    }
    assert.equal(world.ran.length, kinds.length);
  });

  function hang(): Promise<never> {
    hanging.resolve();
    return new Promise(() => undefined);
  }

  const yes = { check: 'x', effect: 'yes', code: 'c', reason: 'r' };
  const faults: readonly [string, () => unknown][] = [
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    [
      'throws something that is no error',
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- that is the fault
        throw undefined;
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['never answers', hang],
    ['answers nothing', () => undefined],
    ['answers nothing later', () => Promise.resolve(undefined)],
    ['answers null', () => null],
    ['answers yes', () => true],
    ['answers go', () => 'go'],
    ['answers an object', () => ({})],
    ['answers a finding outside a list', () => ({ ...yes, effect: 'go' })],
    ['answers an empty finding', () => [{}]],
    ['answers an effect that is none', () => [yes]],
    ['answers an effect that is none later', () => Promise.resolve([yes])],
    ['answers a go without a reason', () => [{ check: 'x', effect: 'go', code: 'c' }]],
    ['answers one good finding and one that is none', () => [{ ...yes, effect: 'go' }, null]],
    ['answers a list of nothing', () => new Array<unknown>(1)],
    ['answers something that only looks like a promise', () => ({ then: (done: (value: unknown) => void) => done([]) })],
  ];

  const broken = (check: Check, evaluate: () => unknown): Check => ({ ...check, evaluate: evaluate as Check['evaluate'] });

  for (const [what, fault] of faults) {
    it(`says NO-GO when any of its checks ${what}`, async () => {
      const count = world.checks().length;
      for (let at = 0; at < count; at += 1) {
        const [, make] = kinds[at % kinds.length]!;
        const checks = world.checks().map((check, index) => (index === at ? broken(check, fault) : check));
        await refused(world.gate({ checks }), await make(world), 'check-failed');
        const verdict = await passingTime(world.gate({ checks }).explain(await make(world)));
        assert.equal(verdict.effect, 'no-go', 'and does not explain it away');
      }
    });
  }

  it('does not wait for a check beyond its time, and not less either', async () => {
    const checks = world.checks().map((check, index) => (index === 3 ? broken(check, hang) : check));
    let settled = false;
    const performed = world
      .perform(world.gate({ checks }), await world.draft('file.write', { content: 'x' }))
      .finally(() => (settled = true));
    await hanging.promise;
    await world.clock.advance(checkTimeout - 1);
    assert.equal(settled, false);
    await world.clock.advance(1);
    assert.equal((await performed).status, 'refused');
    assert.match(world.entries()[0]?.reason ?? '', /no answer within 5000 ms/);
  });

  it('says NO-GO to everything when it has no check, or none that speaks', async () => {
    for (const checks of [[], world.checks().map((check) => broken(check, () => []))]) {
      for (const [, make] of kinds) {
        await refused(world.gate({ checks }), await make(world), 'not-covered');
        assert.equal((await world.gate({ checks }).explain(await make(world))).effect, 'no-go');
      }
    }
  });

  const chargeFaults: readonly [string, () => unknown, string][] = [
    [
      'throws',
      () => {
        throw new Error('broken');
      },
      'check-failed',
    ],
    ['answers yes', () => true, 'check-failed'],
    ['answers an empty finding', () => ({}), 'check-failed'],
    ['answers later', () => Promise.resolve(undefined), 'check-failed'],
    ['says no', () => ({ check: 'x', effect: 'no-go', code: 'gone', reason: 'it is gone' }), 'gone'],
    ['says hold', () => ({ check: 'x', effect: 'hold', code: 'ask', reason: 'ask first' }), 'ask'],
    ['says wait', () => ({ check: 'x', effect: 'wait', code: 'later', reason: 'later' }), 'later'],
  ];
  for (const [what, charge, code] of chargeFaults) {
    it(`says NO-GO and takes nothing when charging for a check ${what}`, async () => {
      const count = world.checks().length;
      for (let at = 0; at < count; at += 1) {
        const [, make] = kinds[at % kinds.length]!;
        const checks = world
          .checks()
          .map((check, index) => (index === at ? { ...check, charge: charge as NonNullable<Check['charge']> } : check));
        await refused(world.gate({ checks }), await make(world), code);
      }
    });
  }

  it('says NO-GO when nobody can say what the mission is', async () => {
    const gate = world.gate({
      missionFacts: () => {
        throw new Error('the row cannot be read');
      },
    });
    await refused(gate, await world.draft('file.write', { content: 'x' }), 'check-failed');
    const verdict = await gate.explain(await world.draft('file.write', { content: 'x' }));
    assert.match(decisive(verdict.findings)?.reason ?? '', /the row cannot be read/);
  });

  const failing = (ledger: Ledger, when: (draft: LedgerDraft) => boolean): Ledger => ({
    query: (query) => ledger.query(query),
    append: (draft) => {
      if (when(draft)) throw new Error('the disk is on fire');
      return ledger.append(draft);
    },
  });
  const unavailable: readonly [string, () => ReturnType<GateWorld['gate']>][] = [
    ['the ledger takes no entry', () => world.gate({ ledger: failing(world.ledger, () => true) })],
    ['the store takes no change', () => world.gate({ unitOfWork: { run: () => Promise.reject(new Error('the disk is full')) } })],
    [
      'the intent cannot be kept',
      () => {
        const { intents } = world;
        intents.open = () => {
          throw new Error('no room');
        };
        return world.gate({ intents });
      },
    ],
  ];
  for (const [what, make] of unavailable) {
    for (const [kind, draft] of kinds) {
      it(`stops ${kind} when ${what}`, async () => {
        await refused(make(), await draft(world), 'ledger-unavailable', []);
        assert.equal(world.logger.warnings.length, 1);
      });
    }
  }

  it('stops a HOLD when the request cannot be kept', async () => {
    const { approvals } = world;
    approvals.request = () => {
      throw new Error('no room');
    };
    await refused(
      world.gate(),
      await world.draft('file.write', { content: 'x' }, { resource: '.vscode/settings.json' }),
      'ledger-unavailable',
      [],
    );
  });

  it('stays whole when whoever watches it breaks', async () => {
    const gate = world.gate({
      onDecided: () => {
        throw new Error('the window is gone');
      },
    });
    assert.equal((await world.perform(gate, await world.draft('file.write', { content: 'x' }))).status, 'done');
    assert.deepEqual(world.story(), ['decision success', 'effect success']);
    assert.equal(world.logger.warnings.length, 1);
  });

  it('says that an effect failed whose outcome cannot be recorded, and lets nobody forget it', async () => {
    const gate = world.gate({ ledger: failing(world.ledger, ({ phase }) => phase === 'effect') });
    const performed = await world.perform(gate, await world.draft('file.write', { content: 'x' }));
    assert.equal(performed.status, 'failed');
    assert.deepEqual(world.story(), ['decision success']);
    assert.deepEqual(
      world.intents.orphans().map(({ entry }) => entry),
      world.entries().map(({ id }) => id),
    );
  });
});
