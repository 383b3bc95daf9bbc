import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PresetCatalog } from '../../../src/missions/presetCatalog.ts';
import { loadPresets } from '../../../src/missions/presets.ts';
import { buildPreset } from './samples.ts';

const shipped = fileURLToPath(new URL('../../../media/presets', import.meta.url));

describe('presets', () => {
  let folder: string;
  const put = (path: string, value: unknown): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), typeof value === 'string' ? value : JSON.stringify(value));
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gonogo-presets-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('ship Build, as it is described', () => {
    const { presets, problems } = loadPresets(shipped);
    assert.deepEqual([presets, problems], [[buildPreset], []]);
    const { agents, tools, costUsd, minutes, risk, guardrails, critics, test, domain } = buildPreset;
    assert.deepEqual(
      agents.map(({ title }) => title),
      ['Coder', 'AppTester'],
    );
    assert.deepEqual(
      { tools, costUsd, minutes, risk, guardrails, critics, test, domain },
      {
        tools: ['lsp', 'git', 'build', 'test'],
        costUsd: { from: 0.1, to: 0.5 },
        minutes: { from: 2, to: 10 },
        risk: 'low',
        guardrails: ['tests_required', 'security_scan'],
        critics: ['code'],
        test: ['npm', 'test'],
        domain: 'code',
      },
    );
    assert.ok(!agents[1]?.scopes.includes('file.write'), 'the tester writes tests only');
  });

  it('that are bad are named, and the good ones load', async () => {
    put('a-broken.json', '{"id": ');
    put('b-odd.json', { ...buildPreset, id: 'odd', surprise: 1 });
    put('c-empty.json', { ...buildPreset, id: 'empty', test: [] });
    put('d-good.json', { ...buildPreset, id: 'good' });
    put('e-twin.json', { ...buildPreset, id: 'good', title: 'Twin' });
    put('f-huge.json', `"${'x'.repeat(300_000)}"`);
    put('notes.txt', 'not a preset');
    mkdirSync(join(folder, 'g-folder.json'));
    const pipe = createServer().listen(join(folder, 'h-pipe.json'));
    await once(pipe, 'listening');
    const { presets, problems } = loadPresets(folder);
    pipe.close();
    assert.deepEqual(
      presets.map(({ id }) => id),
      ['good'],
    );
    const words = [
      /`a-broken\.json`/,
      /`b-odd\.json`.*surprise/,
      /`c-empty\.json`.*test/,
      /`e-twin\.json`.*id `good`/,
      /`f-huge\.json`.*256 KB/,
      /`g-folder/,
      /`h-pipe/,
    ];
    assert.equal(problems.length, words.length);
    words.forEach((word, index) => assert.match(problems[index] ?? '', word));
  });

  it('in a folder that cannot be read are a problem and no error', () => {
    put('file', '');
    assert.match(loadPresets(join(folder, 'file')).problems.join(), /cannot be read/);
    assert.match(loadPresets(join(folder, 'nowhere')).problems.join(), /cannot be read/);
  });

  it('of a workspace add to those that ship, never replace one, and never go without a guardrail', () => {
    put('.gonogo/templates/own.json', { ...buildPreset, id: 'own', guardrails: [], critics: [] });
    put('.gonogo/templates/build.json', { ...buildPreset, test: ['true'] });
    const catalog = new PresetCatalog(shipped, () => '.gonogo/templates');
    const [build, own, ...more] = catalog.of(folder);
    assert.deepEqual([build?.test, own?.id, more], [['npm', 'test'], 'own', []]);
    assert.deepEqual([own?.guardrails, own?.critics], [['tests_required', 'security_scan'], ['code']]);
    assert.deepEqual(catalog.problems([folder, join(folder, 'none')]), []);
    put('.gonogo/templates/bad.json', '[]');
    assert.match(catalog.problems([folder]).join(), /`bad\.json`/);
  });
});
