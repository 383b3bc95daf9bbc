import assert from 'node:assert/strict';
import { microUsd } from '../../../src/base/money.ts';
import type { GrantId, RequestId } from '../../../src/base/ids.ts';
import type { ActionDraft } from '../../../src/contracts/action.ts';
import type { Check } from '../../../src/contracts/check.ts';
import type { ApprovalDecision } from '../../../src/contracts/approval.ts';
import type { EffectOutcome } from '../../../src/contracts/gate.ts';
import { Permit } from '../../../src/contracts/permit.ts';
import type { Finding, Verdict } from '../../../src/contracts/verdict.ts';
import { recordUnfinished } from '../../../src/gate/unfinished.ts';
import { missionId } from '../../support/drafts.ts';
import { everything, GateWorld } from '../../support/gateWorld.ts';

const done: EffectOutcome<string> = { value: 'done', result: 'success', summary: {} };
const { signal } = new AbortController();

describe('the gate', () => {
  let world: GateWorld;
  beforeEach(() => (world = new GateWorld()));
  afterEach(() => world[Symbol.dispose]());

  const write = (over?: Parameters<GateWorld['draft']>[2], content = 'x'): Promise<ActionDraft> =>
    world.draft('file.write', { content }, over);
  const held = (): Promise<ActionDraft> => write({ resource: '.vscode/settings.json' });
  const call = (cost: number, key?: string): Promise<ActionDraft> =>
    world.draft(
      'model.call',
      { model: 'm', requestSha256: 'r', inputTokens: 1, maxOutputTokens: 1 },
      { estimatedCost: microUsd(cost), resource: 'm', ...(key === undefined ? {} : { idempotencyKey: key }) },
    );
  const open = (): number => Number(world.counts()['intents']);
  const decide = (decision: ApprovalDecision['decision'], requestId?: RequestId): Promise<GrantId | undefined> =>
    world.store.unitOfWork.run(() => {
      const request = requestId === undefined ? world.approvals.pending()[0] : world.approvals.get(requestId);
      assert.ok(request);
      const decided = world.approvals.decide({ requestId: request.id, digest: request.digest, decision, by: 'me' }, world.clock.now());
      assert.ok(decided.ok);
      return decided.value.state.status === 'approved' ? decided.value.state.grantId : undefined;
    });
  const approve = async (requestId?: RequestId): Promise<GrantId> =>
    (await decide({ kind: 'approve' }, requestId)) ?? assert.fail('no grant');
  const requestOf = (verdict: Verdict): RequestId => (verdict.effect === 'hold' ? verdict.request.id : assert.fail(verdict.effect));

  describe('on GO', () => {
    it('has the decision and an open intent in the store before the effect starts, and its outcome after', async () => {
      const other = world.newLedger(world.temp.open());
      const seen: unknown[] = [];
      const performed = await world.gate().perform(
        await write(),
        (permit) => {
          permit.redeem('file.write');
          const [entry] = other.query({ limit: 10 });
          seen.push(entry?.phase, entry?.result, entry?.id === permit.decision, open());
          return Promise.resolve({ value: 7, result: 'success', summary: { bytes: 1 }, cost: microUsd(3) });
        },
        { signal },
      );
      assert.ok(performed.status === 'done');
      assert.deepEqual([performed.value, seen], [7, ['decision', 'success', true, 1]]);
      const [decision, effect] = world.entries();
      assert.deepEqual(
        [effect?.phase, effect?.result, effect?.restsOn, effect?.cost, effect?.payload],
        ['effect', 'success', decision?.id, 3, { bytes: 1 }],
      );
      assert.equal(open(), 0);
      const { digest, input, findings } = decision?.payload as { digest: string; input: unknown; findings: Finding[] };
      assert.deepEqual([digest, input], [performed.action.digest, { content: 'x' }]);
      assert.deepEqual(
        findings.map(({ check }) => check),
        ['capability'],
      );
      assert.doesNotMatch(JSON.stringify(world.entries()), /eyJ/, 'the token is never written down');
    });

    it('gives a permit that works once, for its kind, and cannot be made by anybody else', async () => {
      const kept: Permit[] = [];
      await world.gate().perform(
        await write(),
        (permit) => {
          assert.equal(permit.redeem('file.write').input.content, 'x');
          assert.throws(() => permit.redeem('file.write'), /used before/);
          kept.push(permit);
          return Promise.resolve(done);
        },
        { signal },
      );
      await world.gate().perform(
        await write(),
        (permit) => {
          assert.throws(() => permit.redeem('shell.exec'), /for `file.write`, not for `shell.exec`/);
          assert.throws(() => permit.redeem('file.write'), /used before/);
          return Promise.resolve(done);
        },
        { signal },
      );
      const old = kept[0] ?? assert.fail('no permit was given');
      assert.throws(() => old.redeem('file.write'), /used before/);
      const forged = Object.create(Permit.prototype) as Permit;
      Object.assign(forged, old);
      assert.throws(() => forged.redeem('file.write'), /not given by the gate/);
      assert.throws(() => structuredClone(old).redeem('file.write'), TypeError);
    });

    const failures: readonly [string, () => Promise<EffectOutcome<string>>, RegExp][] = [
      ['rejects', () => Promise.reject(new Error('no such file')), /no such file/],
      [
        'throws at once',
        () => {
          throw new Error('no such file');
        },
        /no such file/,
      ],
      ['answers nothing', () => Promise.resolve(undefined as never), /undefined/],
    ];
    for (const [what, effect, reason] of failures) {
      it(`records an effect that ${what}, closes it, and tells the caller`, async () => {
        const performed = await world.gate().perform(await write(), effect, { signal });
        assert.equal(performed.status, 'failed');
        assert.deepEqual(world.story(), ['decision success', 'effect failure']);
        const [decision, outcome] = world.entries();
        assert.match(outcome?.reason ?? '', reason);
        assert.deepEqual([outcome?.restsOn, open()], [decision?.id, 0]);
      });
    }

    it('records that an effect said of itself that it failed', async () => {
      const performed = await world
        .gate()
        .perform(await write(), () => Promise.resolve({ ...done, result: 'failure', summary: { exitCode: 1 } }), { signal });
      assert.equal(performed.status, 'done');
      assert.deepEqual(world.story(), ['decision success', 'effect failure']);
    });

    it('decides each action by itself, also many at once', async () => {
      const gate = world.gate();
      const drafts = await Promise.all(
        Array.from({ length: 30 }, (_, index) => write({ resource: index % 3 === 0 ? '../outside/key' : `src/${index}.ts` })),
      );
      const performed = await Promise.all(drafts.map((draft) => world.perform(gate, draft)));
      assert.deepEqual(
        performed.map(({ status }) => status),
        drafts.map((_, index) => (index % 3 === 0 ? 'refused' : 'done')),
      );
      assert.deepEqual(world.ran.sort(), drafts.flatMap(({ resource }) => (resource.startsWith('..') ? [] : [resource])).sort());
      assert.deepEqual([world.entries().length, open()], [50, 0]);
    });
  });

  describe('on HOLD', () => {
    it('comes back at once with the request when nobody is to wait', async () => {
      const performed = await world.perform(world.gate(), await held());
      assert.ok(performed.status === 'refused');
      assert.match(performed.reason, /^HOLD: `\.vscode\/settings\.json` steers the editor/);
      const id = requestOf(performed.verdict);
      const request = world.approvals.get(id);
      assert.deepEqual(
        [request?.kind, request?.title, request?.risk, request?.expiresAt, request?.askedBy.id, world.approvals.contentOf(id)],
        ['file.write', 'Write .vscode/settings.json', 'high', world.clock.now() + 60_000, 'builtin/coder', 'x'],
      );
      assert.deepEqual([world.ran, world.story(), world.entries()[0]?.restsOn], [[], ['decision blocked'], id]);
    });

    /** Waits until somebody is asked. */
    async function asked(): Promise<void> {
      while (world.approvals.pending().length === 0) await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }

    it('waits, and runs once a person in any window has approved', async () => {
      const performing = world.perform(world.gate(), await held(), { onHold: 'wait' });
      await asked();
      assert.deepEqual(world.ran, []);
      const grantId = await approve();
      world.approvals.refresh();
      assert.equal((await performing).status, 'done');
      assert.deepEqual(world.ran, ['.vscode/settings.json']);
      assert.deepEqual(world.story(), ['decision blocked', 'decision success', 'effect success']);
      assert.equal(world.entries()[1]?.restsOn, grantId);
      assert.deepEqual(world.approvals.pending(), []);
    });

    const ends: readonly [string, (controller: AbortController) => unknown, RegExp][] = [
      ['a person rejects', () => decide({ kind: 'reject', reason: 'not like this' }), /^NO-GO: a person rejected this: not like this$/],
      [
        'nobody answers in time',
        async () => {
          await world.clock.advance(60_000);
          await world.store.unitOfWork.run(() => world.approvals.expire(world.clock.now()));
        },
        /^NO-GO: nobody approved this \(expired\)/,
      ],
      [
        'the mission ends',
        () => world.store.unitOfWork.run(() => world.approvals.withdraw(missionId, 'cancelled', 1)),
        /^NO-GO: nobody approved this \(withdrawn\)/,
      ],
      [
        'a newer request takes its place',
        async () => world.perform(world.gate(), await held()),
        /^NO-GO: nobody approved this \(superseded\)/,
      ],
      ['the caller stops waiting', (controller) => controller.abort(new Error('the window closes')), /^NO-GO: .*the window closes/],
    ];
    for (const [what, end, reason] of ends) {
      it(`runs nothing when ${what}`, async () => {
        const controller = new AbortController();
        const performing = world.perform(world.gate(), await held(), { onHold: 'wait', signal: controller.signal });
        await asked();
        await end(controller);
        world.approvals.refresh();
        const performed = await performing;
        assert.ok(performed.status === 'refused');
        assert.match(performed.reason, reason);
        assert.deepEqual([world.ran, world.counts()['grants'], open()], [[], 0, 0]);
      });
    }

    it('asks every check again after the approval', async () => {
      const performing = world.perform(world.gate(), await held(), { onHold: 'wait' });
      await asked();
      await approve();
      await world.pull();
      world.approvals.refresh();
      const performed = await performing;
      assert.ok(performed.status === 'refused');
      assert.match(performed.reason, /Everything was stopped/);
      assert.equal(world.store.db.prepare('SELECT used_by FROM grants').pluck().get(), null, 'the grant is not used up');
    });
  });

  describe('with a grant', () => {
    async function granted(draft: ActionDraft): Promise<GrantId> {
      const performed = await world.perform(world.gate(), draft);
      assert.ok(performed.status === 'refused');
      return approve(requestOf(performed.verdict));
    }
    const refusal = async (draft: ActionDraft, grantId: GrantId): Promise<string | undefined> => {
      const before = world.ran.length;
      const performed = await world.perform(world.gate(), draft, { grantId });
      if (performed.status !== 'refused') return performed.status;
      assert.equal(world.ran.length, before);
      assert.equal(open(), 0);
      return performed.verdict.findings.at(-1)?.code;
    };

    it('runs once', async () => {
      const draft = await held();
      const grantId = await granted(draft);
      assert.deepEqual([await refusal(draft, grantId), await refusal(draft, grantId)], ['done', 'grant-refused']);
      assert.equal(world.ran.length, 1);
    });

    it('runs once even when two ask at the same time', async () => {
      const draft = await held();
      const grantId = await granted(draft);
      const gate = world.gate();
      const performed = await Promise.all([1, 2, 3].map(() => world.perform(gate, draft, { grantId })));
      assert.deepEqual(performed.map(({ status }) => status).sort(), ['done', 'refused', 'refused']);
      assert.equal(world.ran.length, 1);
    });

    const others: readonly [string, (draft: ActionDraft) => ActionDraft][] = [
      ['other content', (draft) => ({ ...draft, kind: 'file.write', input: { content: 'y' } })],
      ['another file', (draft) => ({ ...draft, resource: '.vscode/tasks.json' })],
      ['the same file by another way', (draft) => ({ ...draft, resource: './.vscode/settings.json' })],
      ['another folder', (draft) => ({ ...draft, cwd: `${draft.cwd}/packages` })],
      ['another kind', (draft) => ({ ...draft, kind: 'file.delete', input: {} })],
    ];
    for (const [what, change] of others) {
      it(`refuses ${what}, and keeps the grant for what was approved`, async () => {
        const draft = await held();
        const grantId = await granted(draft);
        const refused = await refusal(change(draft), grantId);
        assert.equal(refused, 'grant-refused');
        assert.equal(await refusal(draft, grantId), 'done');
      });
    }

    it('refuses one that has run out, or that nobody gave', async () => {
      const draft = await held();
      const grantId = await granted(draft);
      assert.equal(await refusal(draft, 'made-up' as GrantId), 'grant-refused');
      await world.clock.advance(60_000);
      assert.equal(await refusal({ ...draft, capability: await world.token() }, grantId), 'grant-refused');
    });

    it('does not overrule a NO-GO, nor use the grant up on it', async () => {
      const draft = await held();
      const grantId = await granted(draft);
      world.critic = [{ check: 'code', effect: 'no-go', code: 'secret', reason: 'a key' }];
      assert.equal(await refusal(draft, grantId), 'secret');
      world.critic = [];
      assert.equal(await refusal(draft, grantId), 'done');
    });

    it('completes an effect that a crash cut off, says so, and not while somebody may still be at it', async () => {
      const draft = await held();
      const grantId = await granted(draft);
      let lives = true;
      const alive = (): boolean => lives;
      const begun = Promise.withResolvers<undefined>();
      const first = world.gate({ intents: world.newIntents('kernel-a', alive) });
      void first.perform(draft, () => (begun.resolve(undefined), new Promise<never>(() => undefined)), {
        signal,
        grantId,
        onHold: 'refuse',
      });
      await begun.promise;
      const second = world.gate({ intents: world.newIntents('kernel-b', alive) });
      const early = await world.perform(second, draft, { grantId });
      assert.equal(early.status === 'refused' && early.verdict.findings.at(-1)?.code, 'grant-refused');
      lives = false;
      const late = await world.perform(second, draft, { grantId });
      assert.equal(late.status, 'done');
      assert.deepEqual(world.ran, ['.vscode/settings.json']);
      const decisions = world.entries().filter(({ phase, result }) => phase === 'decision' && result === 'success');
      assert.deepEqual(
        world
          .entries()
          .filter(({ phase }) => phase === 'effect')
          .map(({ result, restsOn }) => [result, restsOn]),
        [
          ['failure', decisions[0]?.id],
          ['success', decisions[1]?.id],
        ],
      );
      assert.equal(open(), 0);
      assert.equal((await world.perform(second, draft, { grantId })).status, 'refused');
    });
  });

  it('says of every effect that a crash cut off that its outcome is unknown, once, and of none that may still run', async () => {
    let lives = true;
    const gate = world.gate({ intents: world.newIntents('kernel-a', () => lives) });
    for (const resource of ['src/a.ts', 'src/keep.ts']) {
      const begun = Promise.withResolvers<undefined>();
      void gate.perform(await write({ resource }), () => (begun.resolve(undefined), new Promise<never>(() => undefined)), { signal });
      await begun.promise;
    }
    const intents = world.newIntents('kernel-b', () => lives);
    const record = (): Promise<void> =>
      world.store.unitOfWork.run(() => recordUnfinished(intents, world.ledger, ({ resource }) => resource === 'src/keep.ts'));
    await record();
    assert.equal(open(), 2);
    lives = false;
    await record();
    await record();
    const outcomes = world.entries().filter(({ phase }) => phase === 'effect');
    assert.deepEqual(
      outcomes.map(({ resource, result, restsOn }) => [resource, result, restsOn]),
      [['src/a.ts', 'failure', world.entries()[0]?.id]],
    );
    assert.match(outcomes[0]?.reason ?? '', /^unfinished: /);
    assert.equal(open(), 1);
  });

  describe('charging', () => {
    const pulling = (at: number) => {
      const checks = world.checks();
      checks.splice(at, 0, {
        name: 'slow',
        evaluate: async () => {
          await world.pull();
          return [];
        },
      });
      return world.gate({ checks });
    };

    it('sees a switch that was pulled while the checks were asked', async () => {
      for (const draft of [await write(), await call(10)]) {
        const performed = await world.perform(pulling(world.checks().length), draft);
        assert.equal(performed.status === 'refused' && performed.verdict.findings.at(-1)?.code, 'global-write');
        await world.store.unitOfWork.run(() => world.switches.lift('GLOBAL_WRITE', world.clock.now()));
      }
      assert.deepEqual([world.ran, world.story()], [[], ['decision blocked', 'decision blocked']]);
      assert.equal(world.counts()['reservations'], 0);
    });

    it('does not stop a person with it', async () => {
      await world.pull();
      const { capability: _, ...draft } = await world.draft('code.rollback', { fromTree: 'a', toTree: 'b' });
      const person = { ...draft, principal: { kind: 'person', id: 'local' } } as ActionDraft;
      assert.equal((await world.perform(world.gate(), person)).status, 'done');
    });

    it('takes the money with the decision, and the last of it once', async () => {
      // All three have been told that there is enough before the first of them takes it.
      let asked = 0;
      const all = Promise.withResolvers<undefined>();
      const together: Check = {
        name: 'together',
        evaluate: async () => {
          if ((asked += 1) === 3) all.resolve(undefined);
          await all.promise;
          return [];
        },
      };
      const gate = world.gate({ checks: [...world.checks(), together] });
      const drafts = await Promise.all([call(600), call(600), call(600)]);
      const performed = await Promise.all(drafts.map((draft) => world.perform(gate, draft)));
      assert.deepEqual(performed.map(({ status }) => status).sort(), ['done', 'refused', 'refused']);
      const refused = performed.find(({ status }) => status === 'refused');
      assert.equal(refused?.status === 'refused' && refused.verdict.findings.at(-1)?.code, 'mission-budget');
      assert.equal(world.budget.available(missionId, world.clock.now()), 400);
    });

    it('gives the money back when a later charge is refused', async () => {
      const stop: Finding = { check: 'last', effect: 'no-go', code: 'gone', reason: 'it is gone' };
      const checks = [...world.checks(), { name: 'last', evaluate: () => [], charge: () => stop }];
      const performed = await world.perform(world.gate({ checks }), await call(600));
      assert.equal(performed.status, 'refused');
      assert.equal(world.budget.available(missionId, world.clock.now()), 1_000);
      assert.deepEqual(world.story(), ['decision blocked']);
    });

    it('charges one key once, and refuses a key that was paid for', async () => {
      const gate = world.gate();
      for (let round = 0; round < 2; round += 1) assert.equal((await world.perform(gate, await call(400, 'key'))).status, 'done');
      assert.equal(world.budget.available(missionId, world.clock.now()), 600);
      const reservation = world.budget.reservationFor('key') ?? assert.fail('nothing is held');
      await world.store.unitOfWork.run(() => world.budget.commit(reservation.id, microUsd(1), world.clock.now()));
      const again = await world.perform(gate, await call(400, 'key'));
      assert.equal(again.status === 'refused' && again.verdict.findings.at(-1)?.code, 'already-settled');
    });
  });

  describe('hears its checks in their order', () => {
    const saying = (name: string, effect: Finding['effect'] | undefined, heard: string[]): Check => ({
      name,
      evaluate: () => {
        heard.push(name);
        return effect === undefined ? [] : [{ check: name, effect, code: `${name}-${effect}`, reason: `${name} says ${effect}` }];
      },
    });
    const rows: readonly [readonly (Finding['effect'] | undefined)[], string, number, string][] = [
      [['go', undefined, 'go'], 'done', 3, ''],
      [['go', 'no-go', 'go'], 'no-go', 2, 'b says no-go'],
      [['hold', 'no-go', 'go'], 'no-go', 2, 'b says no-go'],
      [['go', 'hold', 'go'], 'hold', 3, 'b says hold'],
      [['go', 'wait', 'go'], 'no-go', 3, 'b says wait'],
      [['hold', 'wait', 'go'], 'no-go', 3, 'b says wait'],
      [['wait', 'go', 'no-go'], 'no-go', 3, 'c says no-go'],
      [[undefined, undefined, 'go'], 'done', 3, ''],
      [[undefined, undefined, undefined], 'no-go', 3, 'Nothing here allows'],
    ];
    for (const [effects, expected, asked, reason] of rows) {
      it(`${effects.map((effect) => effect ?? '–').join(', ')} → ${expected}`, async () => {
        const heard: string[] = [];
        const checks = effects.map((effect, index) => saying('abc'.charAt(index), effect, heard));
        const performed = await world.perform(world.gate({ checks }), await write());
        assert.equal(performed.status === 'refused' ? performed.verdict.effect : performed.status, expected);
        assert.equal(heard.join(''), 'abc'.slice(0, asked));
        assert.deepEqual(world.ran, expected === 'done' ? ['src/a.ts'] : []);
        assert.ok(performed.status !== 'refused' || performed.reason.includes(reason), JSON.stringify(performed));
      });
    }
  });

  it('explains without leaving a trace, and hears every check even after a NO-GO', async () => {
    await world.perform(world.gate(), await call(100));
    const before = [world.counts(), world.budget.meters(missionId, world.clock.now()), world.ran];
    const gate = world.gate();
    const go = await gate.explain(await call(400));
    assert.equal(go.effect, 'go');
    const hold = await gate.explain(await held());
    assert.ok(hold.effect === 'hold' && hold.request.state.status === 'pending');
    world.critic = [{ check: 'code', effect: 'no-go', code: 'secret', reason: 'a key' }];
    const outside = await gate.explain(await write({ resource: '../../outside/key' }));
    assert.deepEqual(
      outside.findings.map(({ check, effect }) => `${check} ${effect}`),
      ['capability go', 'containment no-go', 'code no-go'],
    );
    const noKind = await gate.explain({ ...(await write()), kind: 'file.launch' } as unknown as ActionDraft);
    assert.deepEqual([noKind.effect, noKind.findings[0]?.code], ['no-go', 'bad-action']);
    assert.deepEqual([world.counts(), world.budget.meters(missionId, world.clock.now()), world.ran], before);
  });

  describe('refuses what it cannot read', () => {
    const bad: readonly [string, (draft: ActionDraft) => unknown, RegExp][] = [
      ['an unknown kind', (draft) => ({ ...draft, kind: 'file.launch' }), /not a kind of action/],
      ['a kind that every object has', (draft) => ({ ...draft, kind: 'constructor' }), /not a kind of action/],
      ['a missing input', (draft) => ({ ...draft, input: undefined }), /input of `file.write` is not valid/],
      ['an input of another kind', (draft) => ({ ...draft, input: { argv: ['a'] } }), /input of `file.write` is not valid/],
      ['one field too many', (draft) => ({ ...draft, input: { content: 'x', mode: 0o777 } }), /input of `file.write` is not valid/],
      ['half of a surrogate pair', (draft) => ({ ...draft, input: { content: 'a\ud800' } }), /cannot be hashed/],
      ['half of a pair in the path', (draft) => ({ ...draft, resource: 'a\udc00' }), /`resource` holds half of a surrogate pair/],
      ['half of a pair in a name', (draft) => ({ ...draft, principal: { kind: 'agent', id: '\ud800' } }), /`principal.id` holds half/],
      ['a path without end', (draft) => ({ ...draft, resource: 'a'.repeat(4_097) }), /`resource` holds a text of more than 4096/],
      ['a cost below nothing', (draft) => ({ ...draft, estimatedCost: -1 }), /estimatedCost/],
      ['half a micro-dollar', (draft) => ({ ...draft, estimatedCost: 0.5 }), /estimatedCost/],
      ['no number', (draft) => ({ ...draft, estimatedCost: NaN }), /estimatedCost/],
      ['an actor of its own making', (draft) => ({ ...draft, principal: { kind: 'root', id: 'x' } }), /principal.kind/],
      ['no actor', (draft) => ({ ...draft, principal: undefined }), /principal/],
      ['a path that is no text', (draft) => ({ ...draft, resource: 7 }), /resource/],
      ['an empty key', (draft) => ({ ...draft, idempotencyKey: '' }), /idempotencyKey/],
    ];
    for (const [what, change, reason] of bad) {
      it(what, async () => {
        const performed = await world.perform(world.gate(), change(await write()) as ActionDraft);
        assert.ok(performed.status === 'refused' && performed.verdict.effect === 'no-go');
        assert.deepEqual([performed.verdict.findings.map(({ code }) => code), world.ran], [['bad-action'], []]);
        assert.match(performed.reason, reason);
        // What cannot even be written down is logged instead.
        assert.ok(world.story().join() === 'decision blocked' || world.logger.warnings.length === 1);
      });
    }

    it('takes nothing that a caller adds: not the digest, not the id', async () => {
      const forged = { ...(await write()), digest: '0'.repeat(64), id: 'mine', extra: true } as unknown as ActionDraft;
      const performed = await world.perform(world.gate(), forged);
      assert.ok(performed.status === 'done');
      assert.notEqual(performed.action.digest, '0'.repeat(64));
      assert.notEqual(performed.action.id, 'mine');
      assert.equal('extra' in performed.action, false);
    });
  });

  it('knows nobody else by a token that was made for somebody', async () => {
    const foreign: readonly [string, Parameters<GateWorld['token']>[0]][] = [
      ['builtin/tester', { principalId: 'builtin/tester' }],
      ['another mission', { missionId: 'mission-2' as typeof missionId }],
      ['another workspace', { workspaceId: 'workspace-2' }],
      ['too narrow', { scopes: everything.filter((scope) => scope !== 'file.*') }],
    ];
    for (const [what, claims] of foreign) {
      const performed = await world.perform(world.gate(), await write({ capability: await world.token(claims) }));
      assert.equal(performed.status, 'refused', what);
    }
    assert.deepEqual(world.ran, []);
  });
});
