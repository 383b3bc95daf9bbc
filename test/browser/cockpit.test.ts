import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/lib/paths.ts';
import { until } from '../../scripts/lib/until.ts';
import { fingerprint, changedPaths } from '../../scripts/lib/workspace.ts';
import { button, launch, openReview, pane, pendingReview, reload, statusBarOf, waitForState } from './support/cockpit.ts';
import { restoreSample, writeScript } from './support/demoScripts.ts';
import { agentsOf } from './support/processes.ts';
import { sharedEditor } from './support/sharedEditor.ts';
import { TempFolder } from './support/tempFolder.ts';

const settings = { 'gonogo.agents.spawnDelayMs': 0, 'files.autoSave': 'off' };
const unseen = /[\u202A-\u202E\u2066-\u2069\u200B]/;

describe('the cockpit', () => {
  const temp = new TempFolder();
  const script = temp.path('script.json');
  const open = sharedEditor(() => {
    writeScript(script, 0);
    return { width: 1280, height: 800, settings, env: { GONOGO_DEMO_SCRIPT: script } };
  });
  after(() => temp[Symbol.dispose]());

  const health = async (name: string): Promise<string> =>
    (await open().workbench.treeRows('Health')).find(({ label }) => label === name)?.description ?? '';

  it('says what to do while there is nothing, and how it is', async () => {
    const { ui, page } = open();
    await ui.showMissions();
    await until('the health of the model', 60_000, async () => ((await health('Model')) === '' ? undefined : true));
    assert.match(await health('Model'), /^DEMO: /);
    assert.match(await health('Store'), /kept/);
    assert.match(await health('Settings'), /valid/);
    await pane(open(), 'Missions').getByText('No mission yet.').waitFor();
    await pane(open(), 'Missions').locator('.monaco-button').getByText('Launch Mission…').waitFor();
    await pane(open(), 'Approvals').getByText('Nothing waits for you.').waitFor();
    const { text, label, item } = await statusBarOf(open());
    assert.match(text, /GoNoGo \$0\.00 of \$10\.00 DEMO$/);
    assert.match(
      label,
      /^GoNoGo is (healthy|degraded)\..*Nothing waits for you\. Today \$0\.00 of \$10\.00 DEMO\. This month \$0\.00 of \$100\.00 DEMO/,
    );
    await item.click();
    const report = await until('the health report', 60_000, () => open().workbench.frameWith('h1:has-text("GoNoGo is ")'));
    const words = await report.locator('body').innerText();
    assert.match(words, /Store\s+Decisions, budgets and the ledger are kept\./);
    assert.match(words, /Today \$0\.00 of \$10\.00/);
    await page.keyboard.press('Control+F4');
  });

  it('shows all that matters before a launch, and launches nothing when cancelled', async () => {
    const { ui, workbench, home } = open();
    const card = await ui.prepare('Build', 'Add the larger of two amounts');
    for (const line of [
      /^Pre-flight: Build$/m,
      /^Add the larger of two amounts$/m,
      /^Agents: Coder, AppTester$/m,
      /^Tools: LSP, Git, Build, Test$/m,
      /^Model: DEMO /m,
      /^Cost: \$0\.10 to \$0\.50, stopped at \$0\.50 \(DEMO\)$/m,
      /^Time: 2 to 10 min$/m,
      /^Risk: low$/m,
      /^Checks: tests required, security scan, code critic$/m,
      /^Tests: npm test/m,
      /^Queue: place 1, starts now$/m,
      /^Budget: today \$0\.00 of \$10\.00, this month \$0\.00 of \$100\.00$/m,
      /Nothing reaches your files before you have approved it\./,
    ]) {
      assert.match(card, line);
    }
    await workbench.confirm('Cancel');
    const ledger = await ui.ledger();
    await workbench.dismiss();
    assert.ok(!ledger.some((row) => /mission\.(queued|running)|model\.call/.test(row)), ledger.join('\n'));
    assert.deepEqual(await ui.missions(), []);
    assert.deepEqual(agentsOf(home), []);
  });

  it('takes no empty goal', async () => {
    const { page, workbench } = open();
    await workbench.runCommand('GoNoGo: Launch Mission…');
    await workbench.pick('Build');
    const box = page.locator('.quick-input-widget:visible:not(:has(.monaco-list-row:visible)) input[type="text"]');
    await box.waitFor();
    for (const goal of ['', '   ']) {
      await box.fill(goal);
      await page.keyboard.press('Enter');
      await page
        .locator('.quick-input-widget:visible')
        .getByText('Say in a sentence what should be different afterwards.')
        .first()
        .waitFor();
      assert.equal(await box.isVisible(), true);
    }
    await workbench.dismiss();
    assert.equal(await workbench.dialog.count(), 0);
  });

  it('is a NO-GO without a model, and says what to set', async () => {
    const { ui, workbench, page, workspace } = open();
    // The sample switches the demo model on by itself.
    const file = path.join(workspace, '.vscode', 'settings.json');
    const before = readFileSync(file);
    writeFileSync(file, '{ "gonogo.models.demo": false }');
    try {
      await until('the model to be missed', 60_000, async () => (/^No model is set/.test(await health('Model')) ? true : undefined));
      assert.match((await statusBarOf(open())).label, /^GoNoGo is degraded\. Model: No model is set/);
      const card = await ui.prepare('Build', 'Add the larger of two amounts');
      assert.match(card, /NO-GO: Build cannot launch yet/);
      assert.match(card, /No model is set\. .*gonogo\.models\.demo/);
      assert.equal(await button(workbench.dialog, 'Launch').count(), 0);
      await page.keyboard.press('Escape');
      await workbench.dialog.waitFor({ state: 'hidden' });
      assert.deepEqual(await ui.missions(), []);
    } finally {
      writeFileSync(file, before);
    }
    await until('the demo model', 60_000, async () => (/^DEMO/.test(await health('Model')) ? true : undefined));
  });

  it('flies from the keyboard alone', async () => {
    const { page, workspace, workbench } = open();
    const { keyboard } = page;
    const input = page.locator('.quick-input-widget:visible input[type="text"]');
    const enter = async (text: string, shows: string): Promise<void> => {
      await input.waitFor();
      await keyboard.insertText(text);
      await page.locator('.quick-input-widget:visible .monaco-list-row.focused').filter({ hasText: shows }).first().waitFor();
      await keyboard.press('Enter');
    };
    await keyboard.press('F1');
    await enter('GoNoGo: Launch Mission', 'GoNoGo: Launch Mission…');
    await page.locator('.quick-input-widget:visible').getByText('Launch Mission (1 of 2)').waitFor();
    await enter('Build', 'Build');
    await page.locator('.quick-input-widget:visible').getByText('Launch Mission (2 of 2)').waitFor();
    await keyboard.insertText('Fly from the keyboard');
    await keyboard.press('Enter');
    await workbench.dialog.waitFor();
    await keyboard.press('Enter');
    await workbench.dialog.waitFor({ state: 'hidden' });
    await waitForState(open(), 'waiting for review');
    await keyboard.press('F1');
    await enter('GoNoGo: Show Approvals', 'GoNoGo: Show Approvals');
    const frame = await pendingReview(open());
    const focused = (): Promise<string> =>
      frame.evaluate<string>(`document.hasFocus() ? (document.activeElement?.textContent ?? '').trim() : ''`);
    const visited: string[] = [];
    await until('the focus on Approve', 30_000, async () => {
      visited.push(await focused());
      if (visited.at(-1) === 'Approve') return true;
      assert.ok(visited.length < 60, `Tab does not reach Approve: ${visited.join(' → ')}`);
      await keyboard.press('Tab');
      return undefined;
    });
    await keyboard.press('Enter');
    await waitForState(open(), 'done');
    assert.match(readFileSync(path.join(workspace, 'src/total.js'), 'utf8'), /export function larger/);
    restoreSample(workspace);
  });

  it('shows what a goal hides, wherever it shows, and flies it; a reload keeps its review', async () => {
    const { page, ui, workbench, workspace } = open();
    const goal = 'Add \u202Eregral\u202C [Approve](command:gonogo.showHealth) <img src=x onerror=alert(1)> $(check) 𝔘𝔫𝔦 \u200B`x`';
    const shown = 'Add ⟦U+202E⟧regral⟦U+202C⟧';
    const card = await ui.prepare('Build', goal);
    assert.ok(card.includes(shown), card);
    assert.doesNotMatch(card, unseen);
    await ui.launch();
    await ui.showMissions();
    await waitForState(open(), 'waiting for review');
    const [row] = await ui.missions();
    assert.ok(row?.label.startsWith(shown), row?.label);
    const [request] = await workbench.treeRows('Approvals');
    assert.ok(request?.label.startsWith(shown), request?.label);
    assert.match((await statusBarOf(open())).label, /1 review waits for you/);
    await page
      .locator('.activitybar [aria-label*="1 waiting for your review"], .activitybar .badge-content:text-is("1")')
      .first()
      .waitFor();

    const before = await openReview(open());
    const asked = await before.locator('[data-request-id]').first().getAttribute('data-request-id');
    const text = await before.locator('body').innerText();
    assert.ok(text.includes(shown) && text.includes('<img src=x onerror=alert(1)>'), text.slice(0, 300));
    assert.doesNotMatch(text, unseen);
    await workbench.runCommand('Notifications: Show Notifications');
    const message = page.locator('.notifications-center .notification-list-item-message').filter({ hasText: shown });
    await message.first().waitFor();
    assert.equal(await message.locator('a').count(), 0);
    assert.doesNotMatch(await page.locator('body').innerText(), unseen);

    await reload(open());
    const after = await pendingReview(open());
    assert.equal(await after.locator('[data-request-id]').first().getAttribute('data-request-id'), asked);
    await button(after, 'Approve').click();
    await ui.showMissions();
    await waitForState(open(), 'done');
    assert.match(readFileSync(path.join(workspace, 'src/total.js'), 'utf8'), /export function larger/);
    restoreSample(workspace);
  });

  it('opens an entry of the ledger as a document that nobody has to save', async () => {
    const { page, ui, workbench } = open();
    const rows = await ui.ledger();
    assert.ok(
      rows.some((row) => row.includes('mission.done')),
      rows.join('\n'),
    );
    await page.keyboard.insertText('approval.approved');
    await page.locator('.quick-input-widget:visible .monaco-list-row.focused').filter({ hasText: 'approval.approved' }).waitFor();
    await page.keyboard.press('Enter');
    const tab = page.locator('.tab.active').filter({ hasText: /Entry \d+\.json/ });
    await tab.waitFor();
    assert.doesNotMatch((await tab.getAttribute('class')) ?? '', /dirty/);
    const lines = page.locator('.editor-instance:visible .view-lines');
    await lines.getByText('"approval.approved"').first().waitFor();
    await workbench.runCommand('View: Close All Editors');
    assert.equal(await workbench.dialog.count(), 0);
  });

  it('holds an approval while a reviewed file has unsaved changes', async () => {
    const { page, ui, workbench, workspace } = open();
    await launch(open(), 'Approve over unsaved changes');
    await openReview(open());
    const before = await fingerprint(workspace);
    await page.keyboard.press('Control+p');
    await page.locator('.quick-input-widget:visible input[type="text"]').fill('src/total.js');
    await page.locator('.quick-input-widget:visible .monaco-list-row.focused').filter({ hasText: 'total.js' }).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.tab.active').filter({ hasText: 'total.js' }).waitFor();
    await page.locator('.editor-instance .monaco-editor.focused').waitFor();
    await page.keyboard.insertText('// mine\n');
    await page.locator('.tab.active.dirty').waitFor();
    await workbench.runCommand('GoNoGo: Show Approvals');
    const again = await pendingReview(open());
    await button(again, 'Approve').click();
    await again
      .getByText(/`?src\/total\.js`? has unsaved changes/i)
      .first()
      .waitFor();
    assert.deepEqual(changedPaths(before, await fingerprint(workspace)), []);
    await ui.reject({ frame: again, requestId: '', digest: '', files: [], text: '' }, 'Mine first.');
    await ui.showMissions();
    await waitForState(open(), 'rejected');
    await workbench.runCommand('View: Revert and Close Editor').catch(() => undefined);
  });

  it('leaves no complaint about the extension or its page in the log of VS Code', () => {
    const { complaints } = open();
    // The log of VS Code's own start is there, so what we are looking for would be, too.
    assert.ok(complaints.length > 0);
    const dist = path.join(root, 'dist');
    const isOurs = (line: string): boolean => /gonogo\.gonogo|\[gonogo\]|Content Security Policy/i.test(line) || line.includes(dist);
    // VS Code's frame around every webview is what it complains about here, with the extension in its address.
    const ours = complaints.filter((line) => isOurs(line) && !line.startsWith('warning: An iframe which has both allow-scripts'));
    assert.deepEqual(ours, []);
  });
});
