import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PresetCatalog } from '../../../src/missions/presetCatalog.ts';
import { buildPreset } from './samples.ts';

/** An empty folder stands for each place that holds nothing. */
const load = (shippedFolder: string) => {
  const catalog = new PresetCatalog(() => ({ shipped: shippedFolder, home: '/nowhere', templatesPath: 'none' }));
  return { presets: catalog.of('/nowhere'), problems: catalog.problems(['/nowhere']) };
};
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
    const { presets, problems } = load(shipped);
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
    const { presets, problems } = load(folder);
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
    assert.match(load(join(folder, 'file')).problems.join(), /cannot be read/);
  });

  describe('of several places', () => {
    const list = () => {
      const catalog = new PresetCatalog(() => ({ shipped, home: join(folder, 'home'), templatesPath: '.gonogo/templates' }));
      const presets = catalog.of(folder);
      return {
        ids: presets.map(({ id }) => id),
        by: (id: string) => presets.find((each) => each.id === id),
        problems: catalog.problems([folder]),
      };
    };

    it("stand in one order: shipped, the person's own, the workspace's", () => {
      put('.gonogo/templates/a.json', { ...buildPreset, id: 'from-templates' });
      put('.gonogo/missions/z.json', { ...buildPreset, id: 'from-missions' });
      put('home/missions/m.json', { ...buildPreset, id: 'mine' });
      assert.deepEqual([list().ids, list().problems], [['build', 'mine', 'from-missions', 'from-templates'], []]);
    });

    it('of a workspace never take the place of another, and it is said', () => {
      put('.gonogo/missions/build.json', { ...buildPreset, test: ['true'] });
      put('.gonogo/missions/mine.json', { ...buildPreset, id: 'mine', test: ['true'] });
      put('home/missions/mine.json', { ...buildPreset, id: 'mine' });
      const { by, problems } = list();
      assert.deepEqual(
        [by('build')?.test, by('mine')?.test],
        [
          ['npm', 'test'],
          ['npm', 'test'],
        ],
      );
      assert.equal(problems.length, 2);
      assert.match(problems[0] ?? '', /`build\.json` is left out: line 1: the id `build` is taken by a preset that ships with GoNoGo/);
      assert.match(problems[1] ?? '', /the id `mine` is taken by your own preset `mine\.json`/);
    });

    it("of a workspace never go without a guardrail or a critic; a person's own may", () => {
      const bare = { ...buildPreset, guardrails: [], critics: [] };
      put('.gonogo/missions/theirs.json', { ...bare, id: 'theirs' });
      put('home/missions/mine.json', { ...bare, id: 'mine' });
      const { by } = list();
      assert.deepEqual([by('theirs')?.guardrails, by('theirs')?.critics], [['tests_required', 'security_scan'], ['code']]);
      assert.deepEqual([by('mine')?.guardrails, by('mine')?.critics], [[], []]);
    });

    it('load beside a bad one, which is named with its line', () => {
      put('home/missions/bad.json', JSON.stringify({ ...buildPreset, id: 'bad', surprise: 1 }, null, 2));
      put('home/missions/good.json', { ...buildPreset, id: 'good' });
      const { ids, problems } = list();
      assert.deepEqual(ids, ['build', 'good']);
      assert.match(problems.join(), /`bad\.json` is left out: line \d\d: `surprise` is no field of a preset; remove it/);
    });
  });
});
