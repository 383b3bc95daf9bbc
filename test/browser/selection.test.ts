import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { sample } from '../../scripts/lib/paths.ts';
import { until } from '../../scripts/lib/until.ts';
import { changedPaths, fingerprint } from '../../scripts/lib/workspace.ts';
import { button, launch, stateOf } from './support/cockpit.ts';
import { writeScript } from './support/demoScripts.ts';
import { sharedEditor } from './support/sharedEditor.ts';
import { TempFolder } from './support/tempFolder.ts';

describe('a review of which a part is kept', () => {
  const temp = new TempFolder();
  const script = temp.path('script.json');
  const open = sharedEditor(() => {
    writeScript(script, 0, '// Amounts are in euros.\n');
    return { width: 1280, height: 800, settings: { 'gonogo.agents.spawnDelayMs': 0 }, env: { GONOGO_DEMO_SCRIPT: script } };
  });
  after(() => temp[Symbol.dispose]());

  it('is checked by itself without a hunk, asked for again, and applied exactly', async () => {
    const { ui, workbench, workspace } = open();
    const before = await fingerprint(workspace);
    await launch(open(), 'Say which of two amounts is larger');
    const whole = await ui.review(120_000);
    await ui.diffOf(whole, whole.files.find((file) => file.path === 'src/total.js') ?? assert.fail('src/total.js is not in the review'));
    await whole.frame.getByRole('checkbox', { name: 'Keep hunk 1 of 2' }).click();
    assert.equal(await button(whole.frame, 'Approve').isDisabled(), true);
    await button(whole.frame, 'Check Selection').click();
    const part = await until('the part to be asked for', 120_000, async () => {
      const frame = await workbench.frameWith(`main[data-request-id]:not([data-request-id="${whole.requestId}"])`);
      return frame && (await button(frame, 'Approve').isEnabled()) ? frame : undefined;
    });
    await part.getByText('This is your checked selection of the earlier review: 1 hunk left out.').waitFor();
    assert.deepEqual(changedPaths(before, await fingerprint(workspace)), [], 'nothing is applied before the approval of the part');
    assert.notEqual(await part.locator('main').getAttribute('data-digest'), whole.digest);
    await button(part, 'Approve').click();
    await ui.waitForEnd(60_000);
    assert.equal(await stateOf(open()), 'done');
    assert.deepEqual(changedPaths(before, await fingerprint(workspace)), ['src/total.js', 'test/total.test.js']);
    const total = readFileSync(path.join(workspace, 'src/total.js'), 'utf8');
    assert.ok(total.startsWith(readFileSync(path.join(sample, 'src/total.js'), 'utf8')), 'the hunk left out is not there');
    assert.match(total, /export function larger/);
  });
});
