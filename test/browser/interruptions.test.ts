import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { until } from '../../scripts/lib/until.ts';
import { changedPaths, fingerprint } from '../../scripts/lib/workspace.ts';
import { button, factsOf, launch, openReview, pane, pendingReview, reload, stateOf, statusBarOf, waitForState } from './support/cockpit.ts';
import type { Window } from './support/cockpit.ts';
import { restoreSample, writeScript } from './support/demoScripts.ts';
import { agentsOf, extensionHostsOf } from './support/processes.ts';
import { sharedEditor } from './support/sharedEditor.ts';
import { TempFolder } from './support/tempFolder.ts';

/** Longer than any of these tests: a Coder that thinks so long is at work until it is stopped. */
const forEver = 60_000;

describe('a mission that is interrupted', () => {
  const temp = new TempFolder();
  const script = temp.path('script.json');
  const open = sharedEditor(() => {
    writeScript(script, forEver);
    return { width: 1280, height: 800, settings: { 'gonogo.agents.spawnDelayMs': 0 }, env: { GONOGO_DEMO_SCRIPT: script } };
  });
  after(() => temp[Symbol.dispose]());

  const agents = (): number[] => agentsOf(open().home);
  const noAgents = (): Promise<true> => until('the agents to end', 30_000, () => (agents().length === 0 ? true : undefined));

  /** Launches, and waits until its agent is a process. */
  async function launchLong(window: Window, goal: string): Promise<number[]> {
    await launch(window, goal);
    return until('the agent', 60_000, () => (agents().length > 0 ? agents() : undefined));
  }

  it('ends where it is when it is cancelled in the tree, after a question', async () => {
    const { page, workbench, ui, workspace } = open();
    const before = await fingerprint(workspace);
    await launchLong(open(), 'Cancel this one');
    const row = pane(open(), 'Missions').locator('.monaco-list-row').first();
    for (const answer of ['Keep It', 'Cancel Mission']) {
      // The row is drawn anew with every step of the agent, and a click may meet the old one.
      await until('the question', 60_000, async () => {
        if (await workbench.dialog.isVisible()) return true;
        await row.hover();
        await button(row, 'Cancel Mission…')
          .click({ timeout: 2_000 })
          .catch(() => undefined);
        return (await workbench.dialog.isVisible()) ? true : undefined;
      });
      await workbench.dialog.getByText('Cancel this mission?').waitFor();
      assert.match(await workbench.dialog.innerText(), /Cancel this one[^]*Your files stay as they are\./);
      await workbench.confirm(answer);
      if (answer === 'Keep It') assert.ok(agents().length > 0);
    }
    await waitForState(open(), 'cancelled');
    await noAgents();
    assert.match(await ui.story(), /Cancelled by /);
    assert.deepEqual(changedPaths(before, await fingerprint(workspace)), []);
    await page.mouse.move(640, 400);
  });

  it('is only watched in a second window, stops in both, and goes on after a reload when a person resumes', async () => {
    const { workbench, ui, workspace, page } = open();
    await launchLong(open(), 'Stop this one');
    const second = await open().openWindow();
    try {
      await second.ui.showMissions();
      await waitForState(second, 'running');
      await until('the second window to know whose it is', 60_000, async () =>
        (await factsOf(second)).some((fact) => fact.startsWith('Another window runs it')) ? true : undefined,
      );
      const row = pane(second, 'Missions').locator('.monaco-list-row').first();
      await row.hover();
      assert.equal(await button(row, 'Cancel Mission…').count(), 0);

      // Stopped in the one window, it ends in the other.
      await second.workbench.runCommand('GoNoGo: Stop Everything');
      await second.workbench.answer('I want to think');
      await noAgents();
      for (const window of [open(), second]) {
        await until('the stop in the status bar', 60_000, async () =>
          (await statusBarOf(window)).label.includes('Everything is stopped by') ? true : undefined,
        );
      }
      assert.match((await statusBarOf(second)).label, /^GoNoGo is degraded\. Stop: Everything is stopped by .*I want to think/);
      assert.equal(await stateOf(open()), 'running');

      // A stop outlives the windows.
      writeScript(script, 0);
      await second.page.close();
      await reload(open());
      await ui.showMissions();
      const card = await ui.prepare('Build', 'Not while stopped');
      assert.match(card, /NO-GO[^]*Everything is stopped by [^]*I want to think/);
      await page.keyboard.press('Escape');
      await workbench.dialog.waitFor({ state: 'hidden' });
      assert.deepEqual(agents(), []);

      await workbench.runCommand('GoNoGo: Show Approvals');
      const panel = await until('the banner', 60_000, () => workbench.frameWith('.banner:not([hidden])'));
      assert.match(await panel.locator('.banner').innerText(), /Everything is stopped since .* by .*: I want to think\./);
      await button(panel, 'Resume').click();
      await button(panel, 'Confirm Resume').click();
      await panel.locator('.banner').waitFor({ state: 'hidden' });
      await openReview(open());
      assert.match((await statusBarOf(open())).label, /^GoNoGo is (?!.*Stop:).*1 review waits for you/);

      // What one window asks, another one may answer.
      const third = await open().openWindow();
      try {
        await third.ui.showMissions();
        const review = await openReview(third);
        await button(review, 'Approve').click();
        for (const window of [open(), third]) await waitForState(window, 'done');
        const first = await workbench.frameWith('[data-request-id]');
        assert.ok(first);
        await first.getByText('Approved and applied.').waitFor();
      } finally {
        await third.page.close();
      }
      assert.match(readFileSync(path.join(workspace, 'src/total.js'), 'utf8'), /export function larger/);
    } finally {
      restoreSample(workspace);
      if (!second.page.isClosed()) await second.page.close();
    }
  });

  it('goes on after its extension host was killed, and leaves no agent behind', async () => {
    const { page, ui, workbench, editor } = open();
    writeScript(script, forEver);
    await reload(open());
    await ui.showMissions();
    const [agent] = await launchLong(open(), 'Survive this one');
    const hosts = extensionHostsOf(editor.pid);
    assert.equal(hosts.length, 1);
    writeScript(script, 0);
    for (const host of hosts) process.kill(host, 'SIGKILL');
    await until('the death of the extension host', 30_000, () =>
      hosts.some((host) => extensionHostsOf(editor.pid).includes(host)) ? undefined : true,
    );
    // VS Code gives a remote extension host up for lost and starts another one with the window.
    await page.reload({ waitUntil: 'commit' });
    await waitForState(open(), 'waiting for review');
    assert.ok(agent !== undefined && !agents().includes(agent), `agent ${agent} is left behind`);
    await noAgents();
    await workbench.runCommand('GoNoGo: Show Approvals');
    const review = await pendingReview(open());
    await ui.reject({ frame: review, requestId: '', digest: '', files: [], text: '' }, 'It was only killed for a test.');
    await waitForState(open(), 'rejected');
  });
});
