import { microUsd, zeroUsd } from '../../../src/base/money.ts';
import type { CorrelationId, EntryId } from '../../../src/base/ids.ts';
import type { KernelSnapshot, MissionView, PreFlight } from '../../../src/contracts/kernelApi.ts';
import type { LedgerEntry } from '../../../src/contracts/ledger.ts';
import { asked, missionId } from './approvals/samples.ts';

/** Text that would reorder, hide, link or draw something wherever it is not made plain. */
export const hostile =
  '\u202Egpj.exe\u202C <img src=x onerror=alert(1)> [Approve](command:gonogo.showApprovals) $(check) `a` | **b** &lt; \u200B\u0007';

export const quiet: KernelSnapshot = {
  missions: [],
  approvals: [],
  meters: [
    { scope: 'day', spent: microUsd(1_200_000), reserved: zeroUsd, limit: microUsd(10_000_000) },
    { scope: 'month', spent: microUsd(31_000_000), reserved: zeroUsd, limit: microUsd(100_000_000) },
  ],
  switches: [],
  health: { level: 'healthy', items: [{ name: 'Store', level: 'healthy', message: 'Decisions, budgets and the ledger are kept.' }] },
};

export const view: MissionView = {
  id: missionId,
  presetTitle: 'Build',
  goal: 'Round invoice totals half-even',
  folder: '/home/ada/invoices',
  workspaceId: 'w',
  status: 'running',
  detail: 'Coder: npm test',
  createdAt: asked,
  spent: microUsd(80_000),
  budget: microUsd(500_000),
  agent: 'builtin',
  model: 'DEMO',
  demo: true,
  waiting: [],
  elsewhere: false,
};

export const card: PreFlight = {
  missionId,
  preset: { id: 'build', title: 'Build', description: 'Change code.' },
  goal: 'Round invoice totals half-even',
  agent: { id: 'opencode', title: 'opencode', version: '1.18.33', warnings: [] },
  agents: ['Coder', 'AppTester'],
  tools: ['lsp', 'git', 'build', 'test'],
  guardrails: ['tests_required', 'security_scan'],
  critics: ['code'],
  costFrom: microUsd(100_000),
  costTo: microUsd(500_000),
  minutesFrom: 2,
  minutesTo: 10,
  risk: 'low',
  testCommand: 'npm test',
  model: 'DEMO',
  demo: true,
  isolation: 'bubblewrap, no network',
  uncommitted: 0,
  position: 1,
  flight: { from: 120_000, likely: 360_000, to: 600_000, flights: 0 },
  wait: { from: 0, likely: 0, to: 0 },
  meters: [{ scope: 'mission', spent: zeroUsd, reserved: zeroUsd, limit: microUsd(500_000) }, ...quiet.meters],
  blockers: [],
  warnings: [],
};

export const entry: LedgerEntry = {
  id: '019a1f00-0000-7000-8000-0000000000e1' as EntryId,
  seq: 12,
  timestamp: asked,
  userId: 'ada',
  workspaceId: 'w',
  tenantId: 'local',
  missionId,
  principal: { kind: 'agent', id: 'builtin/coder' },
  surface: 'acp',
  action: 'file.write',
  phase: 'decision',
  domain: 'code',
  resource: 'src/total.js',
  payload: {},
  payloadSha256: 'c'.repeat(64),
  result: 'success',
  cost: zeroUsd,
  policyVersion: 'test',
  ipAddress: 'local',
  userAgent: 'gonogo/test',
  correlationId: missionId as string as CorrelationId,
};
