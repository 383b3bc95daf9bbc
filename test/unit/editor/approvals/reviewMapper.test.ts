import assert from 'node:assert/strict';
import { microUsd, zeroUsd } from '../../../../src/base/money.ts';
import type { RequestId } from '../../../../src/base/ids.ts';
import type { ApprovalState } from '../../../../src/contracts/approval.ts';
import type { MissionStatus } from '../../../../src/contracts/mission.ts';
import type { Meter } from '../../../../src/contracts/review.ts';
import { reviewEventSchema } from '../../../../src/protocol/reviewView.ts';
import type { ReviewView } from '../../../../src/protocol/reviewView.ts';
import { toReviewView } from '../../../../src/editor/approvals/reviewMapper.ts';
import type { ReviewContext } from '../../../../src/editor/approvals/reviewMapper.ts';
import { bytesText, cut, durationText, localCalendar, sentence } from '../../../../src/editor/approvals/words.ts';
import { asked, detail, file, findings, grantId, mission, request } from './samples.ts';

const context: ReviewContext = { now: asked + 60_000, calendar: localCalendar('UTC'), trusted: true, stopped: false };

function view(change: Partial<typeof detail> = {}, inContext: Partial<ReviewContext> = {}): ReviewView {
  const mapped = toReviewView({ ...detail, ...change }, { ...context, ...inContext });
  // What leaves here must be readable on the other side.
  const sent = reviewEventSchema.parse(JSON.parse(JSON.stringify({ state: 'review', now: 0, review: mapped })));
  assert.equal(sent.state, 'review');
  return mapped;
}

function inState(state: ApprovalState, status?: MissionStatus, reason = ''): ReviewView {
  return view({ request: { ...request, state }, mission: status && { ...mission, status, detail: reason } });
}

describe('review mapper', () => {
  it('says who asks what, since when and until when', () => {
    const { preset, goal, risk, askedBy, askedAt, expiresAt, expiresAtText, queue, cost, additions, deletions } = view();
    assert.deepEqual(
      { preset, goal, risk, askedBy, askedAt, expiresAt, expiresAtText, queue, cost, additions, deletions },
      {
        preset: 'Build',
        goal: 'Round invoice totals half-even',
        risk: 'low',
        askedBy: 'builtin',
        askedAt: '14:02',
        expiresAt: asked + 900_000,
        expiresAtText: '14:17',
        queue: '1 of 3 · 2 missions queued, next starts in about 1–4 min',
        cost: 'estimated $0.10, spent $0.12',
        additions: 2_130,
        deletions: 1_906,
      },
    );
  });

  it('names the day when it was not today', () => {
    assert.equal(view({}, { now: asked + 86_400_000 }).askedAt, '20 Nov 2026, 14:02');
  });

  it('speaks of an action that no mission asks for', () => {
    const { preset, goal, model, demo, cost } = view({
      mission: undefined,
      files: [],
      content: 'x',
      request: { ...request, kind: 'file.write', missionId: undefined, estimatedCost: zeroUsd },
    });
    assert.deepEqual({ preset, goal, model, demo, cost }, { preset: 'Write', goal: request.title, model: '', demo: false, cost: '' });
  });

  const meters: [name: string, meter: Omit<Meter, 'scope'>, expected: [spent: number, reserved: number, level: string]][] = [
    ['nothing spent', { spent: zeroUsd, reserved: zeroUsd, limit: microUsd(10) }, [0, 0, 'ok']],
    ['just under 80 %', { spent: microUsd(79), reserved: zeroUsd, limit: microUsd(100) }, [0.79, 0, 'ok']],
    ['80 %, part of it reserved', { spent: microUsd(50), reserved: microUsd(30), limit: microUsd(100) }, [0.5, 0.3, 'near']],
    ['all of it', { spent: microUsd(90), reserved: microUsd(10), limit: microUsd(100) }, [0.9, 0.1, 'over']],
    ['more than all', { spent: microUsd(250), reserved: microUsd(10), limit: microUsd(100) }, [1, 0, 'over']],
    ['a limit of nothing', { spent: zeroUsd, reserved: zeroUsd, limit: zeroUsd }, [0, 0, 'over']],
  ];
  for (const [name, meter, expected] of meters) {
    it(`shows a meter with ${name}`, () => {
      const [shown] = view({ meters: [{ scope: 'day', ...meter }] }).meters;
      assert.ok(shown);
      assert.deepEqual([shown.spentFraction, Number(shown.reservedFraction.toFixed(6)), shown.level], expected);
    });
  }

  it('puts the worst finding first and each only once', () => {
    const noGo = { check: 'secrets', effect: 'no-go' as const, code: 'secret-found', reason: 'A key.' };
    const { checks } = view({ findings, request: { ...request, findings: [noGo, ...findings] } });
    assert.deepEqual(
      checks.map((check) => [check.effect, check.check]),
      [
        ['no-go', 'secrets'],
        ['hold', 'complexity'],
        ['go', 'code-critic'],
        ['go', 'secrets'],
      ],
    );
  });

  const modes: [name: string, oldMode: string, newMode: string, expected: string | undefined][] = [
    ['unchanged', '100644', '100644', undefined],
    ['made executable', '100644', '100755', 'plain file → executable'],
    ['turned into a link', '100644', '120000', 'plain file → symbolic link'],
    ['a new plain file', '000000', '100644', undefined],
    ['a new executable', '000000', '100755', 'executable'],
    ['deleted', '100755', '000000', undefined],
    ['something else', '100644', '100600', 'plain file → mode 100600'],
  ];
  for (const [name, oldMode, newMode, expected] of modes) {
    it(`names a mode: ${name}`, () => assert.equal(view({ files: [file({ path: 'a', oldMode, newMode })] }).files[0]?.mode, expected));
  }

  it('gives a deletion no digest', () => {
    const deleted = view().files.find((item) => item.kind === 'deleted');
    assert.equal(deleted?.afterSha256, '');
  });

  const at = asked + 30_000;
  const outcomes: [name: string, shown: ReviewView, tone: string, words: RegExp][] = [
    ['pending', inState({ status: 'pending' }), 'pending', /waits for your decision/],
    ['applying', inState({ status: 'approved', by: 'ada', at, grantId }, 'applying'), 'busy', /^Approved\. Applying 7 files…/],
    ['approved, not yet begun', inState({ status: 'approved', by: 'ada', at, grantId }, 'awaiting-approval'), 'busy', /Applying/],
    ['done', inState({ status: 'approved', by: 'ada', at, grantId }, 'done'), 'good', /Approved and applied\. 7 files changed/],
    [
      'not applied',
      inState({ status: 'approved', by: 'ada', at, grantId }, 'failed', 'src/total.ts changed meanwhile.'),
      'bad',
      /not applied\. src\/total\.ts changed meanwhile/,
    ],
    ['rolled back', inState({ status: 'approved', by: 'ada', at, grantId }, 'rolled-back'), 'neutral', /as they were before/],
    [
      'one action',
      inState({ status: 'approved', by: 'ada', at, grantId }),
      'good',
      /Approved by ada at 14:02\. The agent may do exactly this, once/,
    ],
    ['rejected', inState({ status: 'rejected', by: 'ada', at, reason: 'no tests' }, 'rejected'), 'neutral', /Reason: No tests\. Nothing/],
    ['expired', inState({ status: 'expired', at }), 'neutral', /Nobody answered in time\. Nothing in your workspace was changed/],
    ['superseded', inState({ status: 'superseded', at, by: 'x' as RequestId }), 'neutral', /newer review/],
    [
      'withdrawn',
      inState({ status: 'withdrawn', at, reason: 'the mission was cancelled' }),
      'neutral',
      /The mission was cancelled\. Nothing/,
    ],
    ['past its time', view({}, { now: request.expiresAt }), 'neutral', /^Expired at 14:17/],
  ];
  for (const [name, shown, tone, words] of outcomes) {
    it(`tells the outcome: ${name}`, () => {
      assert.equal(shown.outcome.tone, tone);
      assert.match(`${shown.outcome.headline} ${shown.outcome.detail}`, words);
      assert.equal(shown.approveBlocked === undefined, tone === 'pending');
      assert.equal(shown.rejectBlocked === undefined, tone === 'pending');
    });
  }

  const blocks: [name: string, shown: ReviewView, approve: RegExp, rejectToo: boolean][] = [
    ['untrusted', view({}, { trusted: false }), /not trusted/, true],
    ['another window', view({ mission: { ...mission, elsewhere: true } }), /Another window/, true],
    ['stopped', view({}, { stopped: true }), /Resume first/, false],
  ];
  for (const [name, shown, approve, rejectToo] of blocks) {
    it(`says why Approve is off: ${name}`, () => {
      assert.match(shown.approveBlocked ?? '', approve);
      assert.equal(shown.rejectBlocked !== undefined, rejectToo);
    });
  }
});

describe('words', () => {
  it('tells durations', () => {
    assert.deepEqual([400, 9_949, 12_300, 89_000, 120_000, 3_600_000, 3_900_000].map(durationText), [
      '0.4 s',
      '9.9 s',
      '12 s',
      '89 s',
      '2 min',
      '1 h',
      '1 h 5 min',
    ]);
  });

  it('tells sizes', () => assert.deepEqual([0, 1_023, 1_024, 1_572_864].map(bytesText), ['0 B', '1023 B', '1.0 KB', '1.5 MB']));

  it('cuts between characters, not inside one', () => {
    assert.equal(cut('short', 10), 'short');
    assert.equal(cut('👨‍👩‍👧'.repeat(4), 3), `${'👨‍👩‍👧'.repeat(2)}…`);
    assert.equal(cut('a'.repeat(100_000), 40).length, 40);
  });

  it('makes sentences of messages', () => {
    assert.deepEqual(['this was decided; look', 'src/a.ts has changes', '`x` is no digest.', '', 'wait…'].map(sentence), [
      'This was decided; look.',
      'src/a.ts has changes.',
      '`x` is no digest.',
      '',
      'wait…',
    ]);
  });
});
