import assert from 'node:assert/strict';
import type { ApprovalRequest } from '../../../../src/contracts/approval.ts';
import type { ReviewDetail } from '../../../../src/contracts/kernelApi.ts';
import { sha256 } from '../../../../src/base/digest.ts';
import type { RequestId } from '../../../../src/base/ids.ts';
import { reviewEventSchema } from '../../../../src/protocol/reviewView.ts';
import type { ReviewEvent } from '../../../../src/protocol/reviewView.ts';
import { InMemoryKernel, sessionFixture } from './fakes.ts';
import type { SessionFixture } from './fakes.ts';
import { asked, detail, digest, file, mission, request, requestId } from './samples.ts';

let ids = 0;

async function ask(
  fixture: SessionFixture,
  method: string,
  params: unknown,
): Promise<{ ok: boolean; code: string | undefined; message: string | undefined }> {
  const id = String(++ids);
  await fixture.session.receive({ kind: 'request', id, method, params });
  const answers = fixture.posted.filter((message) => message.kind === 'response' && message.id === id);
  assert.equal(answers.length, 1, 'every request is answered once');
  const [answer] = answers;
  assert.ok(answer?.kind === 'response');
  return answer.ok ? { ok: true, code: undefined, message: undefined } : { ok: false, ...answer.error };
}

function last(fixture: SessionFixture): ReviewEvent {
  const events = fixture.posted.filter((message) => message.kind === 'event');
  return reviewEventSchema.parse(events.at(-1)?.payload);
}

function other(change: Partial<ApprovalRequest> & { readonly id: RequestId }): ReviewDetail {
  return { ...detail, mission: undefined, request: { ...request, missionId: undefined, title: 'Write the release notes', ...change } };
}

async function ready(options: Parameters<typeof sessionFixture>[0] = {}): Promise<SessionFixture> {
  const fixture = sessionFixture(options);
  assert.equal((await ask(fixture, 'ready', {})).ok, true);
  return fixture;
}

const approve = { requestId, digest, decision: { kind: 'approve' } };

describe('approval session', () => {
  it('shows the request that waits, as its schema promises', async () => {
    const fixture = await ready();
    const event = last(fixture);
    assert.ok(event.state === 'review');
    assert.deepEqual([event.review.requestId, event.review.digest, event.review.outcome.tone], [requestId, digest, 'pending']);
    assert.deepEqual(fixture.shown.length, 1);
  });

  it('takes an approval with the digest shown to the kernel, in the name of the person', async () => {
    const fixture = await ready();
    assert.equal((await ask(fixture, 'decide', approve)).ok, true);
    assert.deepEqual(fixture.kernel.decisions, [{ requestId, digest, decision: { kind: 'approve' }, by: 'ada' }]);
    assert.deepEqual(fixture.kernel.refusals, []);
    await fixture.session.refresh();
    const event = last(fixture);
    assert.ok(event.state === 'review');
    assert.equal(event.review.outcome.headline, 'Approved. Applying 7 files…');
    assert.equal(event.review.approveBlocked, 'This was decided already.');
  });

  it('hands unsaved editors to the kernel and its refusal to the person', async () => {
    const fixture = await ready();
    fixture.editor.unsaved = ['/home/ada/invoices/src/total.ts'];
    const answer = await ask(fixture, 'decide', approve);
    assert.deepEqual(answer, {
      ok: false,
      code: 'unsaved-changes',
      message: 'src/total.ts has unsaved changes; save it, then approve again.',
    });
    assert.deepEqual(fixture.kernel.decisions, []);
  });

  const forged: [name: string, params: unknown, code: string, recorded: string][] = [
    ['another digest', { ...approve, digest: 'f'.repeat(64) }, 'stale-digest', requestId],
    ['a request not on the screen', { ...approve, requestId: 'someone-elses' }, 'unknown-request', 'someone-elses'],
    ['a digest that is none', { ...approve, digest: 'latest' }, 'invalid-message', requestId],
    ['no decision', { requestId, digest }, 'invalid-message', requestId],
  ];
  for (const [name, params, code, recorded] of forged) {
    it(`refuses and records a click with ${name}; the kernel is not asked`, async () => {
      const fixture = await ready();
      const answer = await ask(fixture, 'decide', params);
      assert.deepEqual([answer.ok, answer.code], [false, code]);
      assert.deepEqual(fixture.kernel.decisions, []);
      assert.deepEqual(
        fixture.kernel.refusals.map((refusal) => refusal.requestId),
        [recorded],
      );
    });
  }

  it('refuses a click before anything was shown', async () => {
    const fixture = sessionFixture();
    assert.equal((await ask(fixture, 'decide', approve)).code, 'unknown-request');
    assert.deepEqual(fixture.kernel.decisions, []);
  });

  it('answers and records a message that is none', async () => {
    const fixture = await ready();
    const before = fixture.posted.length;
    await fixture.session.receive({ command: 'workbench.action.terminal.new' });
    assert.equal(fixture.posted.length, before + 1);
    assert.equal(fixture.kernel.refusals.length, 1);
  });

  it('answers even when the refusal cannot be recorded', async () => {
    const fixture = await ready();
    fixture.kernel.refused = () => Promise.reject(new Error('disk full'));
    assert.equal((await ask(fixture, 'decide', { ...approve, digest: 'f'.repeat(64) })).code, 'stale-digest');
    assert.ok(fixture.logger.lines.some((line) => line.level === 'error' && line.message.includes('could not be recorded')));
  });

  it('sends one of two quick clicks', async () => {
    const fixture = await ready();
    let open: (() => void) | undefined;
    fixture.kernel.gate = new Promise((resolve) => (open = resolve));
    const first = ask(fixture, 'decide', approve);
    const second = await ask(fixture, 'decide', approve);
    assert.equal(second.code, 'already-decided');
    open?.();
    assert.equal((await first).ok, true);
    assert.equal(fixture.kernel.decisions.length, 1);
  });

  it('refuses in a workspace that is not trusted, and says so before the click', async () => {
    const fixture = sessionFixture();
    fixture.editor.trusted = false;
    await ask(fixture, 'ready', {});
    const event = last(fixture);
    assert.ok(event.state === 'review');
    assert.match(event.review.approveBlocked ?? '', /not trusted/);
    assert.equal((await ask(fixture, 'decide', approve)).code, 'untrusted-workspace');
    assert.deepEqual(fixture.kernel.decisions, []);
  });

  it('opens only files of the review on the screen', async () => {
    const fixture = await ready();
    assert.equal((await ask(fixture, 'openDiff', { requestId, path: 'src/total.ts' })).ok, true);
    assert.deepEqual(
      fixture.editor.diffs.map(({ file, missionId }) => [file.path, missionId]),
      [['src/total.ts', mission.id]],
    );
    assert.equal((await ask(fixture, 'openDiff', { requestId, path: '../../etc/passwd' })).code, 'unknown-file');
    assert.equal((await ask(fixture, 'openFile', { requestId: 'other', path: 'src/total.ts', line: 1 })).code, 'unknown-file');
    assert.equal((await ask(fixture, 'openFile', { requestId, path: 'src/total.ts', line: 41 })).ok, true);
    assert.deepEqual([fixture.editor.diffs.length, fixture.editor.opened.map(({ line }) => line)], [1, [41]]);
    assert.equal(fixture.kernel.refusals.length, 2);
  });

  it('copies the digest on the screen and no other text', async () => {
    const fixture = await ready();
    await fixture.session.receive({ kind: 'command', name: 'copyDigest', params: { requestId, digest } });
    await fixture.session.receive({ kind: 'command', name: 'copyDigest', params: { requestId, digest: 'e'.repeat(64) } });
    assert.deepEqual(fixture.editor.copied, [digest]);
    assert.equal(fixture.kernel.refusals.length, 1);
  });

  it('lifts only the stop on the screen', async () => {
    const kernel = new InMemoryKernel();
    kernel.state = { ...kernel.state, switches: [{ name: 'GLOBAL_WRITE', by: 'grace', reason: 'wrong folder', since: asked }] };
    const fixture = await ready({ kernel });
    const event = last(fixture);
    assert.ok(event.state === 'review');
    assert.deepEqual([event.stop?.by, event.stop?.sinceText], ['grace', '14:02']);
    assert.match(event.review.approveBlocked ?? '', /Resume first/);
    assert.equal(event.review.rejectBlocked, undefined);
    assert.equal((await ask(fixture, 'liftSwitch', { name: 'GLOBAL_WRITE', since: asked - 1 })).code, 'stale-switch');
    assert.deepEqual(kernel.lifted, []);
    assert.equal((await ask(fixture, 'liftSwitch', { name: 'GLOBAL_WRITE', since: asked })).ok, true);
    assert.deepEqual(kernel.lifted, [['GLOBAL_WRITE', asked, 'ada']]);
    await fixture.session.refresh();
    assert.equal(last(fixture).stop, undefined);
  });

  it('keeps an undecided review on the screen, and offers the next after the decision', async () => {
    const next = other({ id: 'next' as RequestId, askedAt: asked + 1 });
    const fixture = await ready({ kernel: new InMemoryKernel([detail, next]) });
    await fixture.session.show();
    assert.equal(fixture.shown.at(-1)?.state === 'review' && last(fixture).next?.requestId, 'next');
    await ask(fixture, 'decide', approve);
    await fixture.session.update(fixture.kernel.state);
    const decided = last(fixture);
    assert.ok(decided.state === 'review');
    assert.deepEqual([decided.review.requestId, decided.next?.title], [requestId, 'Write the release notes']);
    assert.equal((await ask(fixture, 'show', { requestId: 'next' })).ok, true);
    const shown = last(fixture);
    assert.equal(shown.state === 'review' && shown.review.requestId, 'next');
    assert.equal((await ask(fixture, 'show', { requestId: 'gone' })).code, 'unknown-request');
  });

  it('goes to what waits when it is opened again after a decision', async () => {
    const next = other({ id: 'next' as RequestId, askedAt: asked + 1 });
    const fixture = await ready({ kernel: new InMemoryKernel([detail, next]) });
    await ask(fixture, 'decide', approve);
    await fixture.session.update(fixture.kernel.state);
    await fixture.session.show();
    const event = last(fixture);
    assert.equal(event.state === 'review' && event.review.requestId, 'next');
  });

  it('goes on after a reload with what was on the screen, unless it is decided and another one waits', async () => {
    const next = other({ id: 'next' as RequestId, askedAt: asked + 1 });
    const shownAfterReload = async (kernel: InMemoryKernel, kept: string | undefined): Promise<string> => {
      const fixture = sessionFixture({ kernel });
      await fixture.session.restore(kept as RequestId | undefined);
      const event = last(fixture);
      return event.state === 'review' ? event.review.requestId : event.state;
    };
    const both = new InMemoryKernel([detail, next]);
    assert.equal(await shownAfterReload(both, 'next'), 'next');
    assert.equal(await shownAfterReload(both, undefined), requestId);
    await both.decide({ requestId, digest, decision: { kind: 'approve' }, by: 'ada' }, []);
    assert.equal(await shownAfterReload(both, requestId), 'next');
    const alone = new InMemoryKernel([detail]);
    await alone.decide({ requestId, digest, decision: { kind: 'approve' }, by: 'ada' }, []);
    assert.equal(await shownAfterReload(alone, requestId), requestId);
  });

  it('shows this window’s requests before those of another', async () => {
    const elsewhere = { ...detail, mission: { ...mission, elsewhere: true } };
    const mine = other({ id: 'mine' as RequestId, askedAt: asked + 9 });
    const fixture = await ready({ kernel: new InMemoryKernel([elsewhere, mine]) });
    const event = last(fixture);
    assert.equal(event.state === 'review' && event.review.requestId, 'mine');
  });

  it('is empty when nothing waits, and fills when something does', async () => {
    const fixture = await ready({ kernel: new InMemoryKernel([]) });
    assert.equal(last(fixture).state, 'empty');
    fixture.kernel.put(detail);
    await fixture.session.update(fixture.kernel.state);
    assert.equal(last(fixture).state, 'review');
  });

  it('forgets a request the store has forgotten', async () => {
    const fixture = sessionFixture();
    await fixture.session.show('long-gone' as RequestId);
    const event = last(fixture);
    assert.equal(event.state === 'review' && event.review.requestId, requestId);
  });

  it('says when the kernel cannot be read, and recovers', async () => {
    const kernel = new InMemoryKernel();
    kernel.broken = new Error('boom');
    const fixture = await ready({ kernel });
    const event = last(fixture);
    assert.ok(event.state === 'error');
    assert.doesNotMatch(event.message, /boom/);
    assert.equal((await ask(fixture, 'decide', approve)).code, 'unknown-request');
    kernel.broken = undefined;
    await fixture.session.refresh();
    assert.equal(last(fixture).state, 'review');
  });

  it('posts a picture only when it changed, and always to a panel that starts anew', async () => {
    const fixture = await ready();
    const count = (): number => fixture.posted.filter((message) => message.kind === 'event').length;
    await fixture.session.update(fixture.kernel.state);
    await fixture.session.refresh();
    assert.equal(count(), 1);
    await ask(fixture, 'ready', {});
    assert.equal(count(), 2);
  });

  it('asks the kernel once for many snapshots at a time, and ends with the latest', async () => {
    const fixture = await ready();
    const before = fixture.kernel.reviews;
    fixture.kernel.put({ ...detail, mission: { ...mission, goal: 'The latest goal' } });
    await Promise.all(Array.from({ length: 50 }, () => fixture.session.update(fixture.kernel.state)));
    assert.ok(fixture.kernel.reviews - before <= 2, `${fixture.kernel.reviews - before} reviews read`);
    const event = last(fixture);
    assert.equal(event.state === 'review' && event.review.goal, 'The latest goal');
  });

  it('posts nothing after it was disposed', async () => {
    const fixture = await ready();
    const before = fixture.posted.length;
    fixture.session[Symbol.dispose]();
    fixture.kernel.put({ ...detail, mission: undefined });
    await fixture.session.update(fixture.kernel.state);
    await fixture.session.receive({ kind: 'request', id: 'late', method: 'ready', params: {} });
    assert.equal(fixture.posted.length, before);
  });

  const selection = [{ path: 'src/total.ts', hunks: [0] }];

  it('sends a selection with the digest shown, and follows to what is asked in its place', async () => {
    const fixture = await ready();
    assert.equal((await ask(fixture, 'narrow', { requestId, digest, selection })).ok, true);
    assert.deepEqual(fixture.kernel.narrowed, [{ requestId, digest, selection, by: 'ada' }]);
    assert.deepEqual(fixture.kernel.decisions, [], 'a selection approves nothing');
    await fixture.session.update(fixture.kernel.state);
    const checking = last(fixture);
    assert.ok(checking.state === 'review');
    assert.deepEqual([checking.review.outcome.tone, checking.review.approveBlocked], ['busy', 'Your selection is being checked.']);
    const part = sha256('the part');
    fixture.kernel.finishNarrowing(requestId, 'part' as RequestId, part);
    await fixture.session.update(fixture.kernel.state);
    const asked = last(fixture);
    assert.ok(asked.state === 'review');
    assert.deepEqual([asked.review.requestId, asked.review.digest, asked.review.outcome.tone], ['part', part, 'pending']);
    assert.match(asked.review.narrowed ?? '', /^This is your checked selection of the earlier review: 6 files left out\./);
  });

  it('does not follow to a request that somebody else put in the place of this one', async () => {
    const fixture = await ready();
    fixture.kernel.finishNarrowing(requestId, 'part' as RequestId, sha256('the part'));
    await fixture.session.update(fixture.kernel.state);
    const event = last(fixture);
    assert.ok(event.state === 'review');
    assert.equal(event.review.requestId, requestId);
  });

  const refused: [name: string, params: unknown, code: string, untrusted?: boolean][] = [
    ['another request', { requestId: 'other', digest, selection }, 'unknown-request'],
    ['another digest', { requestId, digest: sha256('other'), selection }, 'stale-digest'],
    ['a file that is not shown', { requestId, digest, selection: [{ path: 'else.ts' }] }, 'unknown-file'],
    ['an untrusted workspace', { requestId, digest, selection }, 'untrusted-workspace', true],
    ['nothing kept', { requestId, digest, selection: [] }, 'invalid-message'],
    ['no hunks', { requestId, digest, selection: [{ path: 'src/total.ts', hunks: [] }] }, 'invalid-message'],
    ['a hunk before the first', { requestId, digest, selection: [{ path: 'src/total.ts', hunks: [-1] }] }, 'invalid-message'],
    ['an approval smuggled in', { requestId, digest, selection, decision: { kind: 'approve' } }, 'invalid-message'],
  ];
  for (const [name, params, code, untrusted] of refused) {
    it(`refuses a selection with ${name}, and records it`, async () => {
      const fixture = await ready();
      if (untrusted) fixture.editor.trusted = false;
      assert.equal((await ask(fixture, 'narrow', params)).code, code);
      assert.deepEqual(fixture.kernel.narrowed, []);
      assert.equal(fixture.kernel.refusals.length, 1);
    });
  }

  it('takes a decision and a selection not both at once', async () => {
    const fixture = await ready();
    let open = (): void => undefined;
    fixture.kernel.gate = new Promise((resolve) => (open = resolve));
    const first = ask(fixture, 'decide', approve);
    assert.equal((await ask(fixture, 'narrow', { requestId, digest, selection })).code, 'already-decided');
    open();
    assert.equal((await first).ok, true);
    assert.deepEqual(fixture.kernel.narrowed, []);
  });

  const comment = { path: 'src/total.ts', side: 'after', line: 41, text: 'Why two?' };

  it('hands comments on with a rejection only, and only on files it shows', async () => {
    const fixture = await ready();
    const reject = (comments: unknown): unknown => ({ requestId, digest, decision: { kind: 'reject', reason: 'See the lines', comments } });
    assert.equal((await ask(fixture, 'decide', reject([{ ...comment, path: 'else.ts' }]))).code, 'unknown-file');
    assert.equal((await ask(fixture, 'decide', reject([{ ...comment, line: 0 }]))).code, 'invalid-message');
    const approval = { requestId, digest, decision: { kind: 'approve', comments: [comment] } };
    assert.equal((await ask(fixture, 'decide', approval)).code, 'invalid-message');
    assert.equal(fixture.kernel.decisions.length, 0);
    assert.equal((await ask(fixture, 'decide', reject([comment]))).ok, true);
    assert.deepEqual(fixture.kernel.decisions[0]?.decision, { kind: 'reject', reason: 'See the lines', comments: [comment] });
  });

  it('keeps marks for the work, so that a later request about it has them, and no other work does', async () => {
    const fixture = await ready();
    const contentKey = sha256('content');
    const notes = { viewed: [{ path: 'src/total.ts', contentKey }], comments: [{ ...comment, contentKey }] };
    assert.equal((await ask(fixture, 'keepNotes', { requestId: 'other', notes })).code, 'unknown-request');
    assert.equal((await ask(fixture, 'keepNotes', { requestId, notes })).ok, true);
    const again = await ready({
      memento: fixture.memento,
      kernel: new InMemoryKernel([{ ...detail, request: { ...request, id: 'again' as RequestId } }]),
    });
    const event = last(again);
    assert.ok(event.state === 'review');
    assert.deepEqual(event.review.notes, notes);
    const elsewhere = await ready({ memento: fixture.memento, kernel: new InMemoryKernel([other({ id: 'else' as RequestId })]) });
    const foreign = last(elsewhere);
    assert.ok(foreign.state === 'review');
    assert.deepEqual(foreign.review.notes, { viewed: [], comments: [] });
  });

  it('shows no marks rather than failing when what was kept cannot be read', async () => {
    const fixture = sessionFixture();
    await fixture.memento.update('gonogo.reviewNotes', [[detail.request.missionId, { viewed: 'all' }]]);
    await ask(fixture, 'ready', {});
    const event = last(fixture);
    assert.ok(event.state === 'review');
    assert.deepEqual(event.review.notes, { viewed: [], comments: [] });
  });

  it('hands out both sides of a picture, and only the bytes that were reviewed', async () => {
    const before = Buffer.from('old bytes');
    const after = Buffer.from('new bytes');
    const picture = file({
      path: 'logo.png',
      binary: true,
      beforeSha256: sha256(before),
      afterSha256: sha256(after),
      beforeBytes: 9,
      afterBytes: 9,
    });
    const kernel = new InMemoryKernel([{ ...detail, files: [picture, { ...picture, path: 'huge.png', afterBytes: 3 * 1024 * 1024 }] }]);
    kernel.blobs.set('before logo.png', before).set('after logo.png', after);
    const fixture = await ready({ kernel });
    const id = 'picture';
    await fixture.session.receive({ kind: 'request', id, method: 'picture', params: { requestId, path: 'logo.png' } });
    const answer = fixture.posted.find((message) => message.kind === 'response' && message.id === id);
    assert.ok(answer?.kind === 'response' && answer.ok);
    assert.deepEqual(answer.result, {
      before: { type: 'image/png', base64: before.toString('base64') },
      after: { type: 'image/png', base64: after.toString('base64') },
    });
    kernel.blobs.set('after logo.png', Buffer.from('other bytes'));
    assert.equal((await ask(fixture, 'picture', { requestId, path: 'logo.png' })).code, 'no-picture');
    assert.match((await ask(fixture, 'picture', { requestId, path: 'huge.png' })).message ?? '', /3\.0 MB, more than the 2\.0 MB/);
    assert.equal((await ask(fixture, 'picture', { requestId, path: '../secret.png' })).code, 'unknown-file');
  });
});
