import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../../src/base/digest.ts';
import { isCodedError } from '../../../src/base/errors.ts';
import { workspaceIdOf } from '../../../src/missions/workspaceId.ts';
import { approve, launch, rejection, untilReview } from '../../support/flights.ts';
import { goodTotal, KernelRig, quickWrites } from '../../support/kernelRig.ts';

const note = "export const note = 'new';\n";
const applied = { 'src/total.js': sha256(goodTotal), 'src/note.js': sha256(note) };

describe('there and back', () => {
  let rig: KernelRig;
  beforeEach(() => (rig = new KernelRig({ agent: quickWrites })));
  afterEach(() => rig[Symbol.asyncDispose]());

  async function flown() {
    const kernel = await rig.start();
    const before = rig.picture();
    const id = await launch(kernel, rig);
    await approve(kernel, await untilReview(kernel, id));
    return { kernel, id, before, api: kernel.api };
  }

  it('applies again what was rolled back: exactly the approved bytes, recorded as the person’s own', async () => {
    const { kernel, id, before, api } = await flown();
    await assert.rejects(() => api.applyAgain(id), { code: 'wrong-state' });
    await api.rollBack(id);
    assert.deepEqual(rig.picture(), before);
    await api.applyAgain(id);
    assert.deepEqual(rig.picture(), { ...before, ...applied });
    await kernel.watch.mission(id, 'done');
    await api.rollBack(id);
    assert.deepEqual(rig.picture(), before);
    const entries = await api.ledger({ missionId: id, limit: 1_000 });
    const decision = entries.find(({ action, phase }) => action === 'code.reapply' && phase === 'decision');
    assert.deepEqual([decision?.principal.kind, decision?.result, decision?.surface], ['person', 'success', 'command']);
    assert.ok(entries.some(({ action, phase, restsOn }) => action === 'code.reapply' && phase === 'effect' && restsOn === decision?.id));
    await api.shutdown();
    await rig.assertTidy();
  });

  it('applies nothing again over later work, and says which file', async () => {
    const { kernel, id, api } = await flown();
    await api.rollBack(id);
    rig.write('src/total.js', '// mine\n');
    const mine = rig.picture();
    const standing = await api.standing(id);
    assert.deepEqual([standing.direction, standing.top], ['there', rig.workspace]);
    assert.deepEqual(
      standing.files.map(({ change, standing: how }) => `${change.path} ${how}`),
      ['src/note.js ready', 'src/total.js changed'],
    );
    await assert.rejects(() => api.applyAgain(id), { code: 'wrong-state', message: /src\/total\.js.*nothing was applied/ });
    assert.deepEqual(rig.picture(), mine);
    assert.match((await kernel.watch.mission(id, 'rolled-back')).detail, /not applied again: `src\/total\.js`/);
  });

  it('applies nothing again while everything is stopped, or in a window nobody trusts', async () => {
    const { kernel, id, before, api } = await flown();
    await api.rollBack(id);
    await api.configure({ ...rig.settings, trusted: false });
    await assert.rejects(() => api.applyAgain(id), { code: 'untrusted-workspace' });
    await api.configure(rig.settings);
    await api.stopEverything('tester', 'wait');
    await assert.rejects(() => api.applyAgain(id), { code: 'wrong-state', message: /stopped by tester/ });
    assert.deepEqual(rig.picture(), before);
    const { switches } = await kernel.api.snapshot();
    await api.liftSwitch('GLOBAL_WRITE', switches[0]?.since ?? 0, 'tester');
    assert.deepEqual(rig.picture(), before, 'what was refused does not happen later');
    await api.applyAgain(id);
    assert.deepEqual(rig.picture(), { ...before, ...applied });
  });

  it('applies again only what a person approved: a row that says otherwise is refused', async () => {
    const { id, before, api } = await flown();
    await api.rollBack(id);
    rig.change(`UPDATE missions SET state = json_set(state, '$.candidate.filesSha256', 'forged') WHERE id = ?`, id);
    await assert.rejects(() => api.applyAgain(id), { code: 'wrong-state', message: /Nobody has approved exactly these changes/ });
    rig.change(`UPDATE grants SET mac = 'ff'`);
    await assert.rejects(() => api.applyAgain(id), { code: 'wrong-state', message: /Nobody has approved/ });
    assert.deepEqual(rig.picture(), before);
  });

  it('does not know the way for a mission that an earlier version rolled back', async () => {
    const { id, api } = await flown();
    await api.rollBack(id);
    rig.change(`UPDATE missions SET state = json_remove(state, '$.candidate') WHERE id = ?`, id);
    await assert.rejects(() => api.applyAgain(id), { code: 'wrong-state', message: /launch it again/ });
    await assert.rejects(() => api.standing(id), { code: 'wrong-state' });
  });

  it('takes back what can go back when a person chooses so, keeps the rest, and records the choice', async () => {
    const { kernel, id, before, api } = await flown();
    rig.write('src/total.js', `${goodTotal}// mine\n`);
    const { files, direction } = await api.standing(id);
    assert.equal(direction, 'back');
    const only = files.filter(({ standing }) => standing === 'ready').map(({ change }) => change.path);
    assert.deepEqual(only, ['src/note.js']);
    const merged = await api.merged(id, 'src/total.js');
    assert.equal(merged?.conflicts, 0);
    assert.match(merged.text, /\/\/ mine\n$/);
    assert.doesNotMatch(merged.text, /Rounds an amount of money/);

    await assert.rejects(() => api.rollBack(id, []), { code: 'wrong-state' });
    await assert.rejects(() => api.rollBack(id), { code: 'wrong-state', message: /src\/total\.js/ });
    await api.rollBack(id, only);
    assert.deepEqual(rig.picture(), { ...before, 'src/total.js': sha256(`${goodTotal}// mine\n`) });
    assert.match((await kernel.watch.mission(id, 'rolled-back')).detail, /Rolled back 1 file; what you changed since stays/);
    const entries = await api.ledger({ missionId: id, limit: 1_000 });
    const effect = entries.find(({ action, phase, result }) => action === 'code.rollback' && phase === 'effect' && result === 'success');
    assert.deepEqual(
      (effect?.payload as { files: { path: string }[] }).files.map(({ path }) => path),
      ['src/note.js'],
    );
    const began = entries.find(({ action }) => action === 'mission.rolling-back');
    assert.deepEqual((began?.payload as { only?: string[] }).only, only);
  });

  it('goes without git as well: the card says so, and the folder gets no `.git`', async () => {
    rmSync(join(rig.workspace, '.git'), { recursive: true });
    const kernel = await rig.start();
    const before = rig.picture();
    const card = await kernel.api.preFlight('quick', 'x', rig.workspace);
    assert.deepEqual(card.blockers, []);
    assert.match(card.warnings.join(), /no git.*own store/);
    await kernel.api.launch(card.missionId);
    const done = await approve(kernel, await untilReview(kernel, card.missionId));
    assert.equal(done.workspaceId, workspaceIdOf(rig.workspace));
    assert.deepEqual(rig.picture(), { ...before, ...applied });
    await kernel.api.rollBack(card.missionId);
    assert.deepEqual(rig.picture(), before);
    assert.equal(existsSync(join(rig.workspace, '.git')), false);
  });

  it('is not the way of a mission that was rejected', async () => {
    const kernel = await rig.start();
    const id = await launch(kernel, rig);
    await kernel.api.decide(rejection((await untilReview(kernel, id)).detail, 'no'), []);
    await kernel.watch.mission(id, 'rejected');
    for (const way of [() => kernel.api.applyAgain(id), () => kernel.api.rollBack(id), () => kernel.api.standing(id)])
      await assert.rejects(way, (error) => isCodedError(error) && error.code === 'wrong-state');
  });
});
