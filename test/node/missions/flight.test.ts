import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { sha256 } from '../../../src/base/digest.ts';
import { usdToMicro } from '../../../src/base/money.ts';
import { approval, approve, launch, rejection, untilReview } from '../../support/flights.ts';
import { goodTotal, KernelRig, quickScript } from '../../support/kernelRig.ts';

describe('a mission', () => {
  it('flies: work, one review, exactly these bytes, the record, and back', async () => {
    await using rig = new KernelRig();
    const kernel = await rig.start();
    const { api, watch } = kernel;
    const before = rig.picture();
    const git = rig.gitState();

    const card = await api.preFlight('build', 'Round invoice totals half-even', rig.workspace);
    assert.deepEqual([card.blockers, card.warnings, card.position, card.demo, card.costTo], [[], [], 1, true, usdToMicro(0.5)]);
    await api.launch(card.missionId);
    const review = await untilReview(kernel, card.missionId);
    const { detail, mission } = review;

    assert.deepEqual(
      detail.files.map(({ path, kind }) => `${kind} ${path}`),
      ['modified src/total.js', 'modified test/total.test.js'],
    );
    assert.ok(detail.files.every(({ additions, hunks }) => additions > 0 && hunks.length > 0));
    assert.deepEqual([detail.tests?.status, detail.tests?.summary], ['passed', '10 passed']);
    assert.deepEqual(
      detail.findings.filter(({ effect }) => effect !== 'go').map(({ code }) => code),
      ['needs-approval'],
    );
    assert.deepEqual(
      detail.stopped.map(({ kind, finding }) => `${kind} ${finding.code}`),
      ['file.write secret-in-code', 'shell.exec command-not-allowed'],
    );
    assert.deepEqual([detail.queuePosition, detail.queueLength], [1, 1]);
    assert.equal(detail.isolation, 'bubblewrap, no network');
    assert.ok(mission.spent > 0 && mission.spent < mission.budget && mission.demo);
    assert.deepEqual(
      detail.meters.map(({ scope, spent, reserved, limit }) => [scope, spent, reserved, limit]),
      [
        ['mission', mission.spent, 0, usdToMicro(0.5)],
        ['day', mission.spent, 0, usdToMicro(10)],
        ['month', mission.spent, 0, usdToMicro(100)],
      ],
    );
    assert.deepEqual(rig.picture(), before, 'nothing lands before the approval');

    const done = await approve(kernel, review);
    assert.equal(done.status, 'done', done.detail);
    const expected = { ...before, ...Object.fromEntries(detail.files.map(({ path, afterSha256 }) => [path, afterSha256])) };
    assert.deepEqual(rig.picture(), expected);
    assert.deepEqual(rig.gitState(), git, 'branch, HEAD and index stay');
    assert.match(execFileSync('npm', ['test'], { cwd: rig.workspace, encoding: 'utf8' }), /pass 10\b/);

    const entries = [...(await api.ledger({ missionId: card.missionId, limit: 1_000 }))].reverse();
    const find = (action: string, phase: string) => {
      const entry = entries.find((each) => each.action === action && each.phase === phase && each.result === 'success');
      assert.ok(entry, `${phase} of ${action} is missing`);
      return entry;
    };
    const [click, decision, effect] = [find('approval.approved', 'event'), find('code.apply', 'decision'), find('code.apply', 'effect')];
    assert.equal(click.restsOn, detail.request.id);
    assert.equal(decision.restsOn, (click.payload as { grant: string }).grant);
    assert.equal(effect.restsOn, decision.id);
    assert.ok(click.seq < decision.seq && decision.seq < effect.seq);
    for (const entry of entries.filter(({ phase }) => phase === 'effect')) {
      const basis = entries.find(({ id }) => id === entry.restsOn);
      assert.ok(basis && basis.phase === 'decision' && basis.seq < entry.seq, `the effect ${entry.seq} rests on no earlier decision`);
    }
    assert.equal(
      entries.reduce((sum, { cost }) => sum + cost, 0),
      mission.spent,
      'the record adds up to what was spent',
    );
    assert.doesNotMatch(JSON.stringify(rig.rows('SELECT * FROM entries')), /ghp_NotARealToken/);

    await api.rollBack(card.missionId);
    assert.deepEqual(rig.picture(), before);
    assert.deepEqual(rig.gitState(), git);
    await watch.mission(card.missionId, 'rolled-back');
    await api.shutdown();
    await rig.assertTidy();
    assert.deepEqual(watch.logs, []);
  });

  it('keeps uncommitted work: what the agent sees is what is on disk', async () => {
    await using rig = new KernelRig({ script: quickScript });
    rig.write('README.md', 'half-written\r\n');
    rig.write('src/new.js', 'export {};\n');
    const before = rig.picture();
    const kernel = await rig.start();
    const card = await kernel.api.preFlight('quick', 'x', rig.workspace);
    assert.equal(card.uncommitted, 2);
    assert.match(card.warnings.join(), /2 uncommitted files/);
    await kernel.api.launch(card.missionId);
    const review = await untilReview(kernel, card.missionId);
    assert.deepEqual(
      review.detail.files.map(({ path }) => path),
      ['src/note.js', 'src/total.js'],
    );
    await approve(kernel, review);
    assert.deepEqual(rig.picture(), {
      ...before,
      'src/total.js': sha256(goodTotal),
      'src/note.js': sha256("export const note = 'new';\n"),
    });
    await kernel.api.rollBack(card.missionId);
    assert.deepEqual(rig.picture(), before);
  });
});

describe('a decision', () => {
  let rig: KernelRig;
  beforeEach(() => {
    rig = new KernelRig({ script: quickScript });
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  it('rejected changes not a byte and keeps the reason', async () => {
    const kernel = await rig.start();
    const before = rig.picture();
    const id = await launch(kernel, rig);
    const { detail } = await untilReview(kernel, id);
    await kernel.api.decide(rejection(detail, 'not like \u202Ethis'), []);
    const mission = await kernel.watch.mission(id, 'rejected');
    assert.equal(mission.detail, 'not like \u202Ethis');
    assert.deepEqual(rig.picture(), before);
    const [entry] = (await kernel.api.ledger({ missionId: id, limit: 1_000 })).filter(({ action }) => action === 'approval.rejected');
    assert.deepEqual([entry?.reason, entry?.principal.id, entry?.restsOn], ['not like \u202Ethis', 'tester', detail.request.id]);
    const later = await kernel.api.review(detail.request.id);
    assert.deepEqual([later.request.state.status, later.files], ['rejected', []]);
    await kernel.api.shutdown();
    await rig.assertTidy();
  });

  it('is refused, and recorded, when it is unknown, stale, late for the editor, from an untrusted window, or made before', async () => {
    const kernel = await rig.start();
    const { api } = kernel;
    const before = rig.picture();
    const id = await launch(kernel, rig);
    const { detail } = await untilReview(kernel, id);
    const yes = approval(detail);
    const refusals: [string, () => Promise<void>][] = [
      ['unknown-request', () => api.decide({ ...yes, requestId: 'nothing' as typeof yes.requestId }, [])],
      ['stale-digest', () => api.decide({ ...yes, digest: sha256('else') }, [])],
      ['stale-digest', () => api.decide({ ...yes, digest: '' }, [])],
      ['unsaved-changes', () => api.decide(yes, [`${rig.workspace}/README.md`, `${rig.workspace}/src/total.js`])],
      ['unsaved-changes', () => api.decide(yes, [`${rig.workspace}/src/note.js`])],
    ];
    for (const [code, decide] of refusals) await assert.rejects(decide, { code });
    await api.configure({ ...rig.settings, trusted: false });
    await assert.rejects(() => api.decide(yes, []), { code: 'untrusted-workspace' });
    await assert.rejects(() => api.launch(id), { code: 'untrusted-workspace' });
    await assert.rejects(() => api.rollBack(id), { code: 'untrusted-workspace' });
    await api.configure(rig.settings);
    assert.deepEqual(rig.picture(), before);

    await api.decide(yes, [`${rig.workspace}/README.md`]);
    await kernel.watch.mission(id, 'done');
    await assert.rejects(() => api.decide(yes, []), { code: 'already-decided' });
    await assert.rejects(() => api.decide(rejection(detail, 'too late'), []), { code: 'already-decided' });
    const refused = (await api.ledger({ limit: 1_000 })).filter(({ action }) => action === 'approval.refused');
    assert.equal(refused.length, refusals.length + 3);
    assert.ok(refused.every(({ result, reason }) => result === 'blocked' && reason));
  });

  it('that nobody makes parks the mission; opened again, it is checked and asked anew', async () => {
    const kernel = await rig.start({ settings: { approvalExpiresMs: 150 } });
    const id = await launch(kernel, rig);
    const parked = await kernel.watch.mission(id, 'parked');
    assert.match(parked.detail, /Nobody answered in time/);
    const [old] = rig.rows('SELECT id FROM approvals');
    await kernel.api.configure(rig.settings);
    await kernel.api.reopen(id);
    const review = await untilReview(kernel, id);
    assert.notEqual(review.detail.request.id, old?.['id']);
    assert.equal((await approve(kernel, review)).status, 'done');
    await assert.rejects(() => kernel.api.reopen(id), { code: 'wrong-state' });
  });

  it('parks the mission and names the file when somebody changed it meanwhile', async () => {
    const kernel = await rig.start();
    const id = await launch(kernel, rig);
    const review = await untilReview(kernel, id);
    rig.write('src/total.js', '// mine\n');
    const before = rig.picture();
    const parked = await approve(kernel, review);
    assert.equal(parked.status, 'parked');
    assert.match(parked.detail, /src\/total\.js/);
    assert.deepEqual(rig.picture(), before, 'no other file was written either');
    await kernel.api.cancel(id, 'enough');
    await kernel.api.shutdown();
    await rig.assertTidy();
  });

  it('is rolled back to the byte, or not at all when the person went on working', async () => {
    const kernel = await rig.start();
    const before = rig.picture();
    const id = await launch(kernel, rig);
    await approve(kernel, await untilReview(kernel, id));
    rig.write('src/note.js', 'mine\n');
    const edited = rig.picture();
    await assert.rejects(() => kernel.api.rollBack(id), { code: 'wrong-state', message: /src\/note\.js/ });
    assert.deepEqual(rig.picture(), edited);
    rig.write('src/note.js', "export const note = 'new';\n");
    await kernel.api.rollBack(id);
    assert.deepEqual(rig.picture(), before);
    await assert.rejects(() => kernel.api.rollBack(id), { code: 'wrong-state' });
  });
});
