import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { microUsd } from '../../../src/base/money.ts';
import type { ActionDraft } from '../../../src/contracts/action.ts';
import type { MissionFacts } from '../../../src/contracts/mission.ts';
import type { TestRun } from '../../../src/contracts/review.ts';
import type { Worktrees } from '../../../src/contracts/worktrees.ts';
import { findingSchema } from '../../../src/contracts/verdict.ts';
import { gateChecks } from '../../../src/kernel/gateChecks.ts';
import type { Records } from '../../../src/kernel/records.ts';
import { missionId } from '../../support/drafts.ts';
import { GateWorld } from '../../support/gateWorld.ts';

const folder = join(import.meta.dirname, '../../vectors/gate');
/** Stands for the worktree in a vector. */
const WORKTREE = '$W';

const vectors = z.strictObject({
  cases: z.array(
    z.strictObject({
      name: z.string(),
      /** The action, but for what `GateWorld.draft` says of every one. */
      action: z.looseObject({ kind: z.string(), input: z.unknown(), principal: z.looseObject({ id: z.string() }).optional() }),
      given: z
        .strictObject({
          /** Why everything was stopped. */
          switch: z.string(),
          /** What is special about the token; `null` for none. */
          token: z.looseObject({ ttlMs: z.number().optional() }).nullable(),
          /** What is special about the mission; `null` when it is not in the store. */
          mission: z.record(z.string(), z.unknown()).nullable(),
          /** Micro-dollars that are gone. */
          spent: z.number(),
          /** Why nothing can hold a command. */
          sandbox: z.string(),
          tests: z.custom<TestRun>().nullable(),
          critic: z.array(findingSchema),
          /** Paths that the diff touches. */
          changes: z.array(z.string()),
        })
        .partial()
        .default({}),
      expect: z.strictObject({
        effect: z.enum(['go', 'hold', 'no-go']),
        findings: z.array(z.strictObject({ check: z.string(), effect: z.string(), code: z.string(), reason: z.string() })),
      }),
    }),
  ),
});
type Vector = z.infer<typeof vectors>['cases'][number];

function inWorktree<T>(value: T, from: string, to: string): T {
  return JSON.parse(JSON.stringify(value).replaceAll(from, to)) as T;
}

async function arrange(world: GateWorld, { action, given }: Vector): Promise<ActionDraft> {
  if (given.switch !== undefined) await world.store.unitOfWork.run(() => world.switches.pull('GLOBAL_WRITE', 'me', given.switch ?? ''));
  if (given.mission === null) world.mission = undefined;
  else if (world.mission) {
    const over = Object.entries(given.mission ?? {}).map(([key, value]) => [key, value ?? undefined]);
    world.mission = { ...world.mission, ...(Object.fromEntries(over) as Partial<MissionFacts>) };
  }
  if (given.sandbox !== undefined) world.sandboxHealth = { available: false, reason: given.sandbox };
  if (given.tests !== undefined) world.tests = given.tests ?? undefined;
  world.critic = given.critic ?? [];
  world.changes = given.changes ?? ['src/a.ts'];
  const { spent } = given;
  if (spent !== undefined) {
    const at = world.clock.now();
    await world.store.unitOfWork.run(() => {
      const reserved = world.budget.reserve({ requestId: 'before', missionId, workspaceId: 'workspace-1', amount: microUsd(spent), at });
      assert.ok(reserved.ok);
      world.budget.commit(reserved.value.id, microUsd(spent), at);
    });
  }
  const { ttlMs = 60_000, ...claims } = given.token ?? {};
  const principalId = action.principal?.id ?? 'builtin/coder';
  const token = await world.token({
    principalId: principalId === 'some.extension' ? 'builtin/coder' : principalId,
    expiresAt: world.clock.now() + ttlMs,
    ...claims,
  });
  const draft = { ...(await world.draft('file.read', {})), capability: token, ...action };
  const absent = [given.token === null ? 'capability' : '', action['missionId'] === null ? 'missionId' : ''];
  return Object.fromEntries(Object.entries(draft).filter(([key]) => !absent.includes(key))) as unknown as ActionDraft;
}

describe('the gate decides as its vectors say', () => {
  it('with the checks, and in the order, that the kernel composes', () => {
    using world = new GateWorld();
    const { switches, tokens, budget, sandbox } = world;
    // Missions and worktrees are only asked once a check is.
    const composed = gateChecks({ switches, tokens, budget } as Records, {} as Worktrees, sandbox, '');
    assert.deepEqual(
      world.checks().map(({ name }) => name),
      composed.map(({ name }) => name),
    );
  });

  for (const file of readdirSync(folder).sort()) {
    describe(file.replace('.json', ''), () => {
      const { cases } = vectors.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
      for (const vector of cases) {
        it(`${vector.expect.effect}: ${vector.name}`, async () => {
          using world = new GateWorld();
          const draft = await arrange(world, inWorktree(vector, WORKTREE, world.worktree));
          const gate = world.gate();
          const verdict = await gate.explain(draft);
          const found = {
            effect: verdict.effect,
            findings: verdict.findings.map(({ check, effect, code, reason }) => ({ check, effect, code, reason })),
          };
          assert.deepEqual(inWorktree(found, world.worktree, WORKTREE), vector.expect);

          const performed = await world.perform(gate, draft);
          assert.equal(
            performed.status === 'refused' ? performed.verdict.effect : 'go',
            vector.expect.effect,
            'it is decided as it is explained',
          );
          assert.deepEqual(world.ran, vector.expect.effect === 'go' ? [draft.resource] : []);
        });
      }
    });
  }
});
