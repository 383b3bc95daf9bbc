import assert from 'node:assert/strict';
import { until } from '../../scripts/lib/until.ts';
import { changedPaths, fingerprint } from '../../scripts/lib/workspace.ts';
import { button, pane, statusBarOf } from './support/cockpit.ts';
import { agentsOf } from './support/processes.ts';
import { sharedEditor } from './support/sharedEditor.ts';

describe('a workspace that is not trusted', () => {
  const open = sharedEditor(() => ({
    width: 1280,
    height: 800,
    askForTrust: true,
    settings: { 'security.workspace.trust.enabled': true, 'security.workspace.trust.banner': 'never' },
  }));

  it('is read and explained, and nothing is launched in it until it is trusted', async () => {
    const { page, workbench, ui, workspace, home } = open();
    const before = await fingerprint(workspace);
    await page.getByText('Restricted Mode').waitFor({ timeout: 60_000 });
    await ui.showMissions();
    await pane(open(), 'Missions').getByText('This workspace is not trusted').waitFor({ timeout: 60_000 });
    await until('the trouble in the status bar', 60_000, async () =>
      (await statusBarOf(open())).label.includes('This workspace is not trusted') ? true : undefined,
    );
    const card = await ui.prepare('Build', 'Add the larger of two amounts');
    assert.match(card, /NO-GO[^]*This workspace is not trusted\. Trust it first/);
    assert.equal(await button(workbench.dialog, 'Launch').count(), 0);
    await page.keyboard.press('Escape');
    await workbench.dialog.waitFor({ state: 'hidden' });
    assert.deepEqual(await ui.missions(), []);
    assert.deepEqual(agentsOf(home), []);
    assert.deepEqual(changedPaths(before, await fingerprint(workspace)), []);
    const ledger = await ui.ledger();
    await workbench.dismiss();
    assert.ok(!ledger.some((row) => /mission\.(queued|running)|model\.call|shell\.exec/.test(row)), ledger.join('\n'));
  });
});
