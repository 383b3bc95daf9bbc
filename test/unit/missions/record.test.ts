import assert from 'node:assert/strict';
import type { ApprovalDecision, ApprovalRequest } from '../../../src/contracts/approval.ts';
import type { GrantId, MissionId, RequestId } from '../../../src/base/ids.ts';
import { effectSince, failureOf } from '../../../src/missions/effectRecord.ts';
import { decisionEvent, unreadableDecision } from '../../../src/missions/personEvents.ts';
import { stoppedOn } from '../../../src/missions/stopped.ts';
import { digest, entry } from './samples.ts';

const finding = (effect: 'go' | 'hold' | 'no-go', code: string) => ({ check: 'c', effect, code, reason: code });

describe('what was stopped on the way', () => {
  it('is every NO-GO with what decided it, oldest first', () => {
    const blocked = (findings: unknown, more = {}) => entry({ result: 'blocked', payload: { findings } as never, ...more });
    const first = blocked([finding('go', 'fine'), finding('hold', 'ask'), finding('no-go', 'secret')], {
      action: 'file.write',
      resource: 'a',
    });
    const second = blocked([finding('no-go', 'command')], { action: 'shell.exec', resource: 'rm' });
    const waited = blocked([finding('hold', 'needs-approval')], { action: 'code.apply' });
    const odd = blocked('not a list');
    const went = entry({ payload: { findings: [finding('no-go', 'x')] } });
    const event = blocked([finding('no-go', 'x')], { phase: 'event' });
    assert.deepEqual(
      stoppedOn([event, went, odd, waited, second, first]).map(({ at, kind, resource, finding: { code } }) => [at, kind, resource, code]),
      [
        [first.timestamp, 'file.write', 'a', 'secret'],
        [second.timestamp, 'shell.exec', 'rm', 'command'],
      ],
    );
  });
});

describe('what the record says of an effect', () => {
  const came = entry({ action: 'mission.applying', phase: 'event' });
  const decision = entry({ action: 'code.apply', phase: 'decision' });
  const effect = (more = {}) => entry({ action: 'code.apply', phase: 'effect', restsOn: decision.id, ...more });
  const look = (...newestFirst: Parameters<typeof effectSince>[0][number][]) => effectSince(newestFirst, 'applying', 'code.apply');

  it('is nothing before it was allowed', () => {
    assert.deepEqual(look(came), { begun: false, outcome: undefined });
    assert.deepEqual(look(entry({ action: 'code.apply', result: 'blocked' }), came), { begun: false, outcome: undefined });
    assert.deepEqual(look(), { begun: false, outcome: undefined });
  });

  it('is that it began, also when it was cut off', () => {
    assert.deepEqual(look(decision, came), { begun: true, outcome: undefined });
    assert.deepEqual(look(effect({ result: 'failure', payload: { unfinished: true } }), decision, came), {
      begun: true,
      outcome: undefined,
    });
  });

  it('is its outcome, and not that of an earlier time', () => {
    const success = effect();
    assert.equal(look(success, decision, came).outcome, success);
    assert.deepEqual(look(came, success, decision), { begun: false, outcome: undefined });
    const again = entry({ action: 'code.apply', phase: 'decision' });
    assert.deepEqual(look(again, effect({ result: 'failure' }), decision, came), { begun: true, outcome: undefined });
  });

  it('tells why it failed', () => {
    assert.deepEqual(failureOf(effect({ payload: { code: 'changed-meanwhile', message: '`a` changed', paths: ['a'] } })), {
      code: 'changed-meanwhile',
      message: '`a` changed',
    });
    assert.equal(failureOf(effect({ reason: 'disk full' })).message, 'disk full');
  });
});

describe('the entry of a click', () => {
  const request = {
    id: 'r',
    resource: 'm1',
    workspaceId: 'w',
    missionId: 'm1' as MissionId,
    state: { status: 'approved', by: 'ann', at: 1, grantId: 'g' as GrantId },
  } as unknown as ApprovalRequest;
  const click: ApprovalDecision = { requestId: 'r' as RequestId, digest, decision: { kind: 'approve' }, by: 'ann' };

  it('names who, what, the digest, the grant, and what it rests on', () => {
    const made = decisionEvent(click, request, undefined);
    assert.deepEqual(
      [made.action, made.result, made.principal, made.resource, made.missionId, made.restsOn, made.payload],
      ['approval.approved', 'success', { kind: 'person', id: 'ann' }, 'm1', 'm1', 'r', { decision: 'approve', digest, grant: 'g' }],
    );
  });

  it('that did not count says why, and cuts what nobody has checked', () => {
    const long = 'x'.repeat(5_000);
    const made = decisionEvent({ ...click, requestId: long as RequestId, digest: long }, undefined, 'unknown');
    assert.deepEqual([made.action, made.result, made.reason], ['approval.refused', 'blocked', 'unknown']);
    assert.ok(JSON.stringify(made).length < 1_000);
    assert.equal(unreadableDecision(long, 'forged').resource.length, 100);
    const rejected = decisionEvent({ ...click, decision: { kind: 'reject', reason: 'no' } }, request, undefined);
    assert.deepEqual([rejected.action, rejected.reason], ['approval.rejected', 'no']);
  });

  it('that rejects holds what was said of single lines, also when it did not count', () => {
    const comments = [{ path: 'a\ud800.ts', side: 'before', line: 3, text: 'keep\udfff this' }] as const;
    const reject = { ...click, decision: { kind: 'reject', reason: 'no', comments } as const };
    const said = [{ path: 'a\ufffd.ts', side: 'before', line: 3, text: 'keep\ufffd this' }];
    assert.deepEqual(decisionEvent(reject, undefined, undefined).payload, { decision: 'reject', digest, comments: said });
    assert.deepEqual(decisionEvent(reject, undefined, 'expired').payload, { decision: 'reject', digest, comments: said });
  });
});
