import assert from 'node:assert/strict';
import { worst } from '../../../src/contracts/health.ts';
import { kernelHealth, type KernelHealthFacts } from '../../../src/ops/kernelHealth.ts';
import { settings } from '../missions/samples.ts';

const well: KernelHealthFacts = {
  storeFailure: undefined,
  sandbox: { available: true, isolation: 'bubblewrap' },
  settings,
  demoProblem: undefined,
  presetProblems: [],
  switches: [],
};
const upstream = { baseUrl: 'http://127.0.0.1:1/v1', model: 'gpt', inputUsdPerMTok: 1, outputUsdPerMTok: 1 };

const agent = {
  id: 'opencode',
  title: 'opencode',
  version: '1.18.33',
  program: '/opt/opencode',
  hint: 'It needs no log-in.',
  warnings: ['No rg.'],
};

describe('the health of the kernel', () => {
  const rows: readonly [string, Partial<KernelHealthFacts>, string, string, RegExp][] = [
    ['the store', { storeFailure: new Error('disk full') }, 'Store', 'unhealthy', /disk full.*nothing is allowed/],
    ['a pulled switch', { switches: [{ name: 'GLOBAL_WRITE', by: 'ann', reason: 'lunch', since: 1 }] }, 'Stop', 'degraded', /ann: lunch/],
    ['no sandbox', { sandbox: { available: false, reason: 'Install it.' } }, 'Sandbox', 'degraded', /Install it\./],
    ['a broken demo model', { demoProblem: 'No script.' }, 'Model', 'unhealthy', /No script/],
    ['no model', { settings: { ...settings, demo: false } }, 'Model', 'degraded', /Run GoNoGo: Set Up Model…/],
    ['a missing key', { settings: { ...settings, demo: false, upstream }, keyMissing: true }, 'Model', 'degraded', /gpt at .* has no key/],
    ['a bad preset', { presetProblems: ['`a.json` is left out'] }, 'Preset', 'degraded', /a\.json/],
    ['an agent that cannot fly', { agent: { ...agent, problem: 'It is not there.' } }, 'Agent', 'degraded', /^It is not there\.$/],
    ['no trust', { settings: { ...settings, trusted: false } }, 'Trust', 'degraded', /not trusted/],
  ];
  for (const [what, facts, name, level, words] of rows) {
    it(`tells of ${what}, and of nothing else`, () => {
      const bad = kernelHealth({ ...well, ...facts }).filter((item) => item.level !== 'healthy');
      assert.deepEqual(
        bad.map((item) => [item.name, item.level]),
        [[name, level]],
      );
      assert.match(bad[0]?.message ?? '', words);
    });
  }

  it('is healthy when all is well, and names the model', () => {
    assert.equal(worst(kernelHealth(well).map(({ level }) => level)), 'healthy');
    assert.match(kernelHealth(well).find(({ name }) => name === 'Model')?.message ?? '', /^DEMO/);
    assert.match(
      kernelHealth({ ...well, settings: { ...settings, demo: false, upstream } }).find(({ name }) => name === 'Model')?.message ?? '',
      /gpt/,
    );
  });

  it('names the agent, its version, where it is, and what it needs', () => {
    assert.equal(
      kernelHealth({ ...well, agent }).find(({ name }) => name === 'Agent')?.message,
      'opencode 1.18.33 at /opt/opencode. It needs no log-in. No rg.',
    );
  });

  it('says nothing of settings nobody has sent', () => {
    assert.deepEqual(
      kernelHealth({ ...well, settings: undefined }).map(({ name }) => name),
      ['Store', 'Sandbox'],
    );
  });
});
