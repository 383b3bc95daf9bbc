import { readFileSync } from 'node:fs';
import type { Sha256 } from '../../../src/base/digest.ts';
import type { CorrelationId, EntryId, GrantId, MissionId, RequestId } from '../../../src/base/ids.ts';
import { usdToMicro, zeroUsd } from '../../../src/base/money.ts';
import type { KernelSettings } from '../../../src/contracts/kernelApi.ts';
import type { LedgerEntry } from '../../../src/contracts/ledger.ts';
import type { Mission, MissionState, MissionStatus } from '../../../src/contracts/mission.ts';
import { presetSchema } from '../../../src/contracts/preset.ts';

export const buildPreset = presetSchema.parse(
  JSON.parse(readFileSync(new URL('../../../media/presets/build.json', import.meta.url), 'utf8')),
);

const snapshot = { tree: 't', commit: 'c' };
const candidate = { base: snapshot, result: snapshot, tests: { status: 'not-run', summary: '' }, findings: [], filesSha256: 'f' } as const;
const progress = { setUpDone: true, agentsDone: [], attempt: 1 };

/** One state of every status. */
export const states: { readonly [S in MissionStatus]: Extract<MissionState, { status: S }> } = {
  drafted: { status: 'drafted' },
  queued: { status: 'queued', since: 1 },
  running: { status: 'running', step: 'Worktree ready', progress },
  verifying: { status: 'verifying', progress },
  'awaiting-approval': { status: 'awaiting-approval', requestId: 'r' as RequestId, progress, candidate },
  parked: { status: 'parked', reason: 'Nobody answered.', progress, candidate },
  applying: { status: 'applying', grantId: 'g' as GrantId, progress, candidate },
  done: { status: 'done', at: 1, candidate },
  'rolling-back': { status: 'rolling-back', at: 1, candidate },
  'rolled-back': { status: 'rolled-back', at: 1, candidate },
  reapplying: { status: 'reapplying', at: 1, candidate },
  rejected: { status: 'rejected', at: 1, reason: 'Not this way.' },
  failed: { status: 'failed', at: 1, end: { code: 'x', message: 'It broke.' } },
  cancelled: { status: 'cancelled', at: 1, reason: 'Changed my mind.' },
};

export const statuses = Object.keys(states) as MissionStatus[];

export function mission(id: string, state: MissionState = states.drafted, more: Partial<Mission> = {}): Mission {
  return {
    id: id as MissionId,
    workspaceId: 'w',
    tenantId: 'local',
    folder: '/ws',
    preset: buildPreset,
    goal: 'Say hello',
    budget: usdToMicro(0.5),
    agent: 'builtin',
    model: 'DEMO',
    createdAt: 0,
    state,
    ...more,
  };
}

export const settings: KernelSettings = {
  agents: { preferred: 'builtin', programs: {}, ask: false },
  maxMissions: 3,
  spawnDelayMs: 0,
  agentStartMs: 1_000,
  budget: { mission: usdToMicro(0.5), day: usdToMicro(10), month: usdToMicro(100), alertAt: 0.8 },
  approvalExpiresMs: 60_000,
  demo: true,
  upstream: undefined,
  persist: true,
  useWorktrees: true,
  templatesPath: '.gonogo/templates',
  logLevel: 'info',
  trusted: true,
};

let seq = 0;

export function entry(more: Partial<LedgerEntry>): LedgerEntry {
  seq += 1;
  return {
    id: `e${seq}` as EntryId,
    seq,
    timestamp: seq,
    userId: 'u',
    workspaceId: 'w',
    tenantId: 'local',
    principal: { kind: 'mission', id: 'm' },
    surface: 'mission',
    action: 'file.write',
    phase: 'decision',
    domain: 'code',
    resource: 'a.txt',
    payload: {},
    payloadSha256: 'c'.repeat(64),
    result: 'success',
    cost: zeroUsd,
    policyVersion: 'test',
    ipAddress: 'local',
    userAgent: 'gonogo/test',
    correlationId: 'c' as CorrelationId,
    ...more,
  };
}

export const digest = 'd'.repeat(64) as Sha256;
