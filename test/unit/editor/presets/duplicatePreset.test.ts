import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJsonFolder } from '../../../../src/base/jsonFolder.ts';
import { listPresets, presetPlaces, type PresetList } from '../../../../src/contracts/presetList.ts';
import { duplicatePreset } from '../../../../src/editor/presets/duplicatePreset.ts';
import { ScriptedModelUi, type Step } from '../../../support/scriptedModelUi.ts';

const shipped = fileURLToPath(new URL('../../../../media/presets', import.meta.url));

describe('Duplicate Preset', () => {
  let folder: string;
  let home: string;
  let opened: string[];
  const list = (of: string): PresetList =>
    listPresets(
      presetPlaces({ shipped, home, templatesPath: 'none' }, of).flatMap(({ layer, folder: place }) =>
        readJsonFolder(place).files.map((file) => ({ ...file, layer })),
      ),
    );
  const create = (path: string, text: string): Promise<boolean> => {
    if (existsSync(path)) return Promise.resolve(false);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return Promise.resolve(true);
  };
  const run = async (...steps: readonly Step[]): Promise<ScriptedModelUi> => {
    const ui = new ScriptedModelUi(...steps);
    await duplicatePreset({ ui, home, list, create, open: (path) => Promise.resolve(opened.push(path)).then(() => undefined) }, folder);
    assert.equal(ui.left, 0);
    return ui;
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gonogo-duplicate-'));
    home = join(folder, 'home');
    opened = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('writes a preset that loads, into the workspace, with a free id, and opens it', async () => {
    const ui = await run({ pick: 'Build' }, { pick: 'This Workspace' }, { type: 'nightly' });
    assert.equal(ui.questions[0]?.value, 'build-copy');
    const path = join(folder, '.gonogo/missions/nightly.json');
    assert.deepEqual(opened, [path]);
    const { presets, leftOut } = list(folder);
    assert.deepEqual(
      [presets.map(({ preset }) => [preset.id, preset.title]), leftOut],
      [
        [
          ['build', 'Build'],
          ['nightly', 'Build Copy'],
        ],
        [],
      ],
    );
    assert.match(readFileSync(path, 'utf8'), /^\{\n {2}"id": "nightly",\n/);
  });

  it('writes one for all workspaces into the store, by a name the editor knows', async () => {
    await run({ pick: 'Build' }, { pick: 'Your Own' }, { type: 'mine' });
    assert.deepEqual(opened, [join(home, 'missions/mine.gonogo.json')]);
    assert.equal(list(folder).presets[1]?.file.layer, 'user');
    const again = await run({ pick: 'Build' }, { pick: 'Your Own' }, { type: undefined });
    const problem = again.questions[0]?.problem ?? (() => undefined);
    assert.match(problem('mine') ?? '', /is taken/);
    assert.match(problem('../evil') ?? '', /lower-case letters/);
    assert.equal(problem('free'), undefined);
  });

  it('leaves nothing when the person goes away', async () => {
    await run({ pick: undefined });
    await run({ pick: 'Build' }, { pick: undefined });
    await run({ pick: 'Build' }, { pick: 'This Workspace' }, { type: undefined });
    assert.deepEqual([opened, existsSync(join(folder, '.gonogo')), existsSync(home)], [[], false, false]);
  });

  it('never writes over a file, even one that is no preset', async () => {
    await run({ pick: 'Build' }, { pick: 'This Workspace' }, { type: 'first' });
    const path = join(folder, '.gonogo/missions/broken.json');
    writeFileSync(path, 'mine');
    await assert.rejects(run({ pick: 'Build' }, { pick: 'This Workspace' }, { type: 'broken' }), /is there already; choose another id/);
    assert.equal(readFileSync(path, 'utf8'), 'mine');
  });
});
