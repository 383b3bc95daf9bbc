import assert from 'node:assert/strict';
import { z } from 'zod';
import { parseGoal } from '../../../src/missions/goal.ts';
import { corpus } from '../../support/corpora.ts';
import { launch } from '../../support/flights.ts';
import { KernelRig } from '../../support/kernelRig.ts';
import type { KernelHandle } from '../../support/kernelWatch.ts';

const bidi = 'Round \u202Eneve\u202C half \u2066\u2067\u2069 \u200B\u200D\uFEFF e\u0301 👩‍👩‍👧 \u001b[31m red \u0007';
const CHUNK = 10_000;

/** Comes back byte for byte: from the store, in the view, in the record. */
async function assertKept(kernel: KernelHandle, rig: KernelRig, goal: string): Promise<void> {
  const id = await launch(kernel, rig, 'quick', goal);
  const mission = await kernel.watch.mission(id, 'queued');
  assert.equal(mission.goal, goal);
  assert.equal(rig.rows('SELECT goal FROM missions WHERE id = ?', id)[0]?.['goal'], goal);
  const [entry] = await kernel.api.ledger({ missionId: id, limit: 1 });
  assert.deepEqual(entry?.payload, { from: 'drafted', goal });
}

describe('a goal', () => {
  let rig: KernelRig;
  let kernel: KernelHandle;
  before(async () => {
    rig = new KernelRig({ settings: { maxMissions: 0 } });
    kernel = await rig.start();
  });
  after(() => rig[Symbol.asyncDispose]());

  it('with bidi, zero-width and control characters comes back byte for byte', () => assertKept(kernel, rig, bidi));

  it('is refused when it is empty, too long, half a character, or holds NUL', async () => {
    for (const goal of ['', ' \n\t', 'x'.repeat(20_001), 'half \uD83D', 'nul \0'])
      await assert.rejects(() => kernel.api.preFlight('quick', goal, rig.workspace), { code: 'bad-goal' });
    await assert.rejects(() => kernel.api.preFlight('quick', 'é'.repeat(100 * 1024), rig.workspace), {
      message: /^The goal is 102400 characters long; at most 20000 are read\. Put the details into a file and name it\.$/,
    });
  });

  corpus('06-input/naughty-strings', z.object({ text: z.string() }), 'of naughty strings comes back byte for byte', async (rows) => {
    const goals = rows.map(({ text }) => parseGoal(text)).flatMap((goal) => (goal.ok ? [goal.value] : []));
    assert.ok(goals.length > rows.length * 0.95);
    let chunk = '';
    const chunks: string[] = [];
    for (const goal of goals) {
      if (chunk.length + goal.length > CHUNK) {
        chunks.push(chunk);
        chunk = '';
      }
      chunk = chunk === '' ? goal : `${chunk}\n${goal}`;
    }
    for (const each of [...chunks, chunk]) await assertKept(kernel, rig, each);
  });
});

describe('a pre-flight', () => {
  it('is refused for a folder that is not there, not open here, or no repository, and for a preset nobody knows', async () => {
    await using rig = new KernelRig();
    const { api } = await rig.start();
    await assert.rejects(() => api.preFlight('quick', 'x', `${rig.folder}/nowhere`), { code: 'not-a-repository' });
    await assert.rejects(() => api.preFlight('quick', 'x', rig.folder), { code: 'not-a-repository' });
    await assert.rejects(() => api.preFlight('nothing', 'x', rig.workspace), { code: 'unknown-preset' });
    await assert.rejects(() => api.preFlight('quick', 'x', `${rig.workspace}/src`), { code: 'not-a-repository', message: /not open/ });
  });
});
