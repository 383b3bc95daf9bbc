import { sha256 } from '../../../../src/base/digest.ts';
import type { GrantId, MissionId, RequestId, ActionId } from '../../../../src/base/ids.ts';
import { microUsd, zeroUsd } from '../../../../src/base/money.ts';
import type { ApprovalRequest } from '../../../../src/contracts/approval.ts';
import type { KernelSnapshot, MissionView, ReviewDetail } from '../../../../src/contracts/kernelApi.ts';
import type { DiffLine, FileReview } from '../../../../src/contracts/review.ts';
import type { Finding } from '../../../../src/contracts/verdict.ts';

/** 20 November 2026, 14:02 UTC. */
export const asked = Date.UTC(2026, 10, 20, 14, 2);
export const requestId = '019a1f00-0000-7000-8000-000000000001' as RequestId;
export const missionId = '019a1f00-0000-7000-8000-0000000000aa' as MissionId;
export const grantId = '019a1f00-0000-7000-8000-0000000000bb' as GrantId;
export const digest = sha256('the tree that was shown');

export function file(change: Partial<FileReview> & { readonly path: string }): FileReview {
  return {
    kind: 'modified',
    oldMode: '100644',
    newMode: '100644',
    oldId: 'a'.repeat(40),
    newId: 'b'.repeat(40),
    beforeSha256: sha256(`before ${change.path}`),
    afterSha256: sha256(`after ${change.path}`),
    binary: false,
    beforeBytes: 1_180,
    afterBytes: 1_311,
    additions: 0,
    deletions: 0,
    hunks: [],
    ...change,
  };
}

export const totalFile = file({
  path: 'src/total.ts',
  additions: 8,
  deletions: 3,
  hunks: [
    {
      header: '@@ -1,4 +1,6 @@',
      lines: [
        { kind: 'context', text: "import type { Line } from './line.ts';", oldLine: 1, newLine: 1 },
        { kind: 'removed', text: "import { round } from './math.ts';", oldLine: 2 },
        { kind: 'added', text: "import { roundHalfEven } from './roundHalfEven.ts';", newLine: 2 },
        { kind: 'context', text: '', oldLine: 3, newLine: 3 },
      ],
    },
    {
      header: '@@ -38,7 +40,12 @@ export function total(lines: readonly Line[]): number {',
      lines: [
        { kind: 'context', text: 'export function total(lines: readonly Line[]): number {', oldLine: 38, newLine: 38 },
        {
          kind: 'context',
          text: '  const sum = lines.reduce((all, line) => all + line.quantity * line.price, 0);',
          oldLine: 39,
          newLine: 39,
        },
        { kind: 'removed', text: '  const x = sum;', oldLine: 40 },
        { kind: 'removed', text: '  return Math.round(x * 100) / 100;', oldLine: 41 },
        { kind: 'added', text: '  // Banks round half to even, so that errors cancel out over many invoices.', newLine: 40 },
        { kind: 'added', text: '  return roundHalfEven(sum, 2);', newLine: 41 },
        { kind: 'context', text: '}', oldLine: 42, newLine: 42 },
      ],
    },
  ],
});

const newTest: readonly DiffLine[] = [
  "import assert from 'node:assert/strict';",
  "import { test } from 'node:test';",
  "import { roundHalfEven } from '../src/roundHalfEven.ts';",
  '',
  "test('rounds half to even', () => {",
  '  assert.equal(roundHalfEven(0.125, 2), 0.12);',
  '  assert.equal(roundHalfEven(0.135, 2), 0.14);',
  '});',
].map((text, index) => ({ kind: 'added', text, newLine: index + 1 }));

export const files: readonly FileReview[] = [
  totalFile,
  file({
    path: 'test/roundHalfEven.test.ts',
    kind: 'added',
    oldMode: '000000',
    beforeSha256: undefined,
    beforeBytes: 0,
    afterBytes: 402,
    additions: newTest.length,
    hunks: [{ header: '@@ -0,0 +1,8 @@', lines: newTest }],
  }),
  file({
    path: 'docs/images/rounding.png',
    kind: 'added',
    oldMode: '000000',
    beforeSha256: undefined,
    binary: true,
    beforeBytes: 0,
    afterBytes: 48_211,
  }),
  file({
    path: 'src/math.ts',
    kind: 'deleted',
    newMode: '000000',
    afterSha256: undefined,
    afterBytes: 0,
    beforeBytes: 61,
    deletions: 1,
    hunks: [
      {
        header: '@@ -1 +0,0 @@',
        lines: [{ kind: 'removed', text: 'export const round = (x: number): number => Math.round(x * 100) / 100;', oldLine: 1 }],
      },
    ],
  }),
  file({ path: 'src/invoice/lineItem.ts', oldPath: 'src/line.ts', kind: 'renamed', beforeBytes: 300, afterBytes: 300 }),
  file({ path: 'scripts/print-invoice.sh', kind: 'mode-changed', newMode: '100755', beforeBytes: 88, afterBytes: 88 }),
  file({
    path: 'package-lock.json',
    additions: 2_114,
    deletions: 1_902,
    beforeBytes: 612_000,
    afterBytes: 633_100,
    truncated: 'Only the start of 4,016 changed lines is shown.',
    hunks: [
      {
        header: '@@ -1,3 +1,3 @@',
        lines: [
          { kind: 'context', text: '{', oldLine: 1, newLine: 1 },
          { kind: 'added', text: '  "lockfileVersion": 3,', newLine: 2 },
        ],
      },
    ],
  }),
];

export const findings: readonly Finding[] = [
  { check: 'code-critic', effect: 'go', code: 'tests-touched', reason: 'Tests changed together with the code.' },
  { check: 'secrets', effect: 'go', code: 'no-secrets', reason: 'No secret in 7 files.' },
  {
    check: 'complexity',
    effect: 'hold',
    code: 'too-complex',
    reason: 'The function has 11 branches; 10 is the limit. Look at it before you approve.',
    location: { path: 'src/total.ts', line: 41 },
  },
];

export const request: ApprovalRequest = {
  id: requestId,
  actionId: '019a1f00-0000-7000-8000-0000000000cc' as ActionId,
  kind: 'code.apply',
  digest,
  resource: missionId,
  title: 'Round invoice totals half-even',
  missionId,
  workspaceId: 'w'.repeat(16),
  askedBy: { kind: 'agent', id: 'builtin' },
  askedAt: asked,
  expiresAt: asked + 15 * 60_000,
  risk: 'low',
  findings: [],
  estimatedCost: microUsd(100_000),
  state: { status: 'pending' },
};

export const mission: MissionView = {
  id: missionId,
  presetTitle: 'Build',
  goal: 'Round invoice totals half-even',
  folder: '/home/ada/invoices',
  workspaceId: request.workspaceId,
  status: 'awaiting-approval',
  detail: 'Waiting for your decision.',
  createdAt: asked - 90_000,
  spent: microUsd(120_000),
  budget: microUsd(500_000),
  agent: 'builtin',
  model: 'gpt-5-mini',
  demo: false,
  requestId,
  waiting: [],
  elsewhere: false,
};

export const detail: ReviewDetail = {
  request,
  mission,
  files,
  content: undefined,
  tests: {
    status: 'passed',
    summary: '14 passed, 1 new',
    output: '✔ rounds half to even (1.2 ms)\n✔ totals an empty invoice (0.3 ms)\nℹ tests 14\nℹ pass 14\nℹ fail 0\n',
    durationMs: 1_420,
    isolation: 'bubblewrap, no network',
  },
  findings,
  stopped: [
    {
      at: asked - 60_000,
      kind: 'file.write',
      resource: 'src/config.ts',
      finding: {
        check: 'secrets',
        effect: 'no-go',
        code: 'secret-found',
        reason: 'The text holds what looks like an access key. Read it from the environment instead.',
      },
    },
    {
      at: asked - 30_000,
      kind: 'shell.exec',
      resource: 'cat ../../.ssh/id_ed25519',
      finding: { check: 'commands', effect: 'no-go', code: 'command-not-allowed', reason: 'Only the test command of the preset may run.' },
    },
  ],
  meters: [
    { scope: 'mission', spent: microUsd(120_000), reserved: microUsd(30_000), limit: microUsd(500_000) },
    { scope: 'day', spent: microUsd(1_200_000), reserved: zeroUsd, limit: microUsd(10_000_000) },
    { scope: 'month', spent: microUsd(86_000_000), reserved: zeroUsd, limit: microUsd(100_000_000) },
  ],
  isolation: 'bubblewrap, no network',
  queuePosition: 1,
  queueLength: 3,
  queued: 2,
  nextStart: { from: 60_000, likely: 120_000, to: 240_000 },
};

export const snapshot: KernelSnapshot = {
  missions: [mission],
  approvals: [request],
  meters: detail.meters,
  switches: [],
  health: { level: 'healthy', items: [] },
};

/** A change of one file with that many lines, every third one replaced. */
export function bigFile(lines: number): FileReview {
  const rows: DiffLine[] = [];
  let [oldLine, newLine] = [1, 1];
  while (rows.length < lines) {
    const n = rows.length;
    if (n % 3 === 0) rows.push({ kind: 'context', text: `  "key${n}": "value",`, oldLine: oldLine++, newLine: newLine++ });
    else if (n % 3 === 1) rows.push({ kind: 'removed', text: `  "key${n}": "old",`, oldLine: oldLine++ });
    else rows.push({ kind: 'added', text: `  "key${n}": "new",`, newLine: newLine++ });
  }
  return file({
    path: 'data/large.json',
    additions: Math.floor(lines / 3),
    deletions: Math.floor(lines / 3),
    hunks: [{ header: `@@ -1,${lines} +1,${lines} @@`, lines: rows }],
  });
}

/** So many changed lines over so many files, in hunks of about twenty: words replaced, lines moved, lines of their own. */
export function bigReview(files: number, changed: number): FileReview[] {
  const perFile = Math.ceil(changed / files);
  return Array.from({ length: files }, (_, number) => {
    const hunks: { header: string; lines: DiffLine[] }[] = [];
    let [oldLine, newLine, left] = [1, 1, Math.min(perFile, changed - number * perFile)];
    let [additions, deletions] = [0, 0];
    while (left > 0) {
      const lines: DiffLine[] = [];
      const start = `@@ -${oldLine},26 +${newLine},26 @@`;
      const context = (): void => {
        for (let i = 0; i < 3; i++)
          lines.push({ kind: 'context', text: `  const unchanged${oldLine} = read(${number});`, oldLine: oldLine++, newLine: newLine++ });
      };
      context();
      const pairs = Math.min(10, Math.ceil(left / 2));
      for (let i = 0; i < pairs; i++)
        lines.push({ kind: 'removed', text: `  return compute(order${i}, price${oldLine}, 'EUR');`, oldLine: oldLine++ });
      for (let i = 0; i < Math.min(pairs, left - pairs); i++)
        lines.push({ kind: 'added', text: `  return computeTotal(order${i}, price${newLine}, currency);`, newLine: newLine++ });
      context();
      const [added, removed] = [
        lines.filter((line) => line.kind === 'added').length,
        lines.filter((line) => line.kind === 'removed').length,
      ];
      [additions, deletions, left] = [additions + added, deletions + removed, left - added - removed];
      hunks.push({ header: start, lines });
      [oldLine, newLine] = [oldLine + 40, newLine + 40];
    }
    return file({ path: `src/area${number % 7}/module${number}.ts`, additions, deletions, hunks });
  });
}
