import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { reports } from '../../scripts/lib/paths.ts';
import { until } from '../../scripts/lib/until.ts';
import { changedPaths, fingerprint } from '../../scripts/lib/workspace.ts';
import { button, launch, openReview, waitForState } from './support/cockpit.ts';
import { writeScript } from './support/demoScripts.ts';
import { sharedEditor } from './support/sharedEditor.ts';
import { TempFolder } from './support/tempFolder.ts';

/** A person may have VS Code save by itself: even then nothing reaches a file before it is put there. */
const settings = { 'gonogo.agents.spawnDelayMs': 0, 'files.autoSave': 'afterDelay', 'files.autoSaveDelay': 50 };
const pictures = path.join(reports, 'browser', 'way-back');

describe('the way back', () => {
  const temp = new TempFolder();
  const script = temp.path('script.json');
  const open = sharedEditor(() => {
    writeScript(script, 0);
    return { width: 1280, height: 800, settings, env: { GONOGO_DEMO_SCRIPT: script } };
  });
  after(() => temp[Symbol.dispose]());

  const picture = async (name: string): Promise<void> => {
    mkdirSync(pictures, { recursive: true });
    await open().page.screenshot({ path: path.join(pictures, `${name}.png`) });
  };

  it('over later work: says what can go back, merges without writing, takes back what is chosen, and there again', async () => {
    const { workbench, workspace, page, ui } = open();
    const before = await fingerprint(workspace);
    await ui.showMissions();
    await launch(open(), 'Round invoice totals half-even');
    const review = await openReview(open());
    await button(review, 'Approve').click();
    await waitForState(open(), 'done');
    const file = path.join(workspace, 'src/total.js');
    const applied = readFileSync(file, 'utf8');
    writeFileSync(file, `// mine\n${applied}`);
    const mine = await fingerprint(workspace);

    await workbench.runCommand('GoNoGo: Roll Back Mission…');
    await workbench.pick('Round invoice totals half-even');
    await page.getByText('Roll Back: 1 of 2 files can go back, 1 changed since').waitFor();
    const rows = (await workbench.rows()).join('\n');
    assert.match(rows, /Roll Back What Can Go Back…[\s\S]*src\/total\.js[\s\S]*changed since[\s\S]*test\/total\.test\.js[\s\S]*untouched/);
    await picture('choice');
    await page.locator('.quick-input-widget .monaco-list-row', { hasText: 'src/total.js' }).click();
    const put = page.locator('.editor-actions').getByRole('button', { name: 'Put Merge into File' });
    await put.waitFor({ timeout: 30_000 });
    await picture('merge');
    assert.deepEqual(changedPaths(mine, await fingerprint(workspace)), [], 'nothing is written by looking');
    await put.click();
    await until('the merge in the file', 30_000, () =>
      Promise.resolve(readFileSync(file, 'utf8') === `// mine\n${applied}` ? undefined : true),
    );
    assert.match(readFileSync(file, 'utf8'), /^\/\/ mine\n/);
    // The file comes to the front once it is written; a palette opened before that would close again.
    await page.locator('.tab.active', { hasText: 'total.js' }).waitFor();

    await workbench.runCommand('GoNoGo: Roll Back Mission…');
    await workbench.pick('Round invoice totals half-even');
    await page.locator('.quick-input-widget .monaco-list-row', { hasText: 'Roll Back What Can Go Back…' }).click();
    await workbench.dialog.waitFor();
    await picture('confirm');
    await workbench.confirm('Roll Back What Can Go Back');
    await waitForState(open(), 'rolled back');
    assert.deepEqual(changedPaths(before, await fingerprint(workspace)), ['src/total.js']);

    // The person takes the own line away as well: then everything can be there again.
    writeFileSync(file, readFileSync(file, 'utf8').replace('// mine\n', ''));
    assert.deepEqual(changedPaths(before, await fingerprint(workspace)), []);
    await workbench.runCommand('GoNoGo: Apply Mission Again…');
    await workbench.pick('Round invoice totals half-even');
    await workbench.dialog.waitFor();
    await picture('again');
    await workbench.confirm('Apply Again');
    await waitForState(open(), 'done');
    assert.equal(readFileSync(file, 'utf8'), applied);
  });
});
