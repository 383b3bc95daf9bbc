import assert from 'node:assert/strict';
import type { Frame, Locator, Page } from 'playwright-core';
import type { MissionUi } from '../../../scripts/lib/missionUi.ts';
import { until } from '../../../scripts/lib/until.ts';
import type { Workbench } from '../../../scripts/lib/workbench.ts';

/** A window of the editor. */
export interface Window {
  readonly page: Page;
  readonly workbench: Workbench;
  readonly ui: MissionUi;
}

const patient = 90_000;

/** A button by its exact name. */
export function button(within: Page | Frame | Locator, name: string): Locator {
  return within.getByRole('button', { name, exact: true });
}

/** The state of the newest mission, as its row says it. */
export async function stateOf({ ui }: Pick<Window, 'ui'>): Promise<string> {
  const [row] = await ui.missions();
  return row?.description.split(' · ')[0] ?? '';
}

/** Waits until the newest mission is in that state. */
export async function waitForState(window: Window, state: string): Promise<void> {
  let last = '';
  await until(`the mission to be \`${state}\``, patient, async () => {
    last = await stateOf(window);
    if (last === 'failed' && state !== 'failed') assert.fail(`the mission failed: ${await window.ui.story()}`);
    return last === state ? true : undefined;
  });
}

/** What the rows under the newest mission say. */
export async function factsOf({ ui, workbench }: Window): Promise<string[]> {
  await workbench.expandFirst('Missions');
  const [, ...rows] = await ui.missions();
  return rows.map(({ description }) => description);
}

/** Launches a mission up to its row in the Missions view. */
export async function launch(window: Window, goal: string): Promise<void> {
  const before = (await window.ui.missions()).length;
  await window.ui.prepare('Build', goal);
  await window.ui.launch();
  await window.ui.showMissions();
  await until('the mission in its view', patient, async () => ((await window.ui.missions()).length > before ? true : undefined));
}

/** The panel with the review that waits now; another one may still be on the screen. */
export async function openReview(window: Window): Promise<Frame> {
  await waitForState(window, 'waiting for review');
  await window.workbench.runCommand('GoNoGo: Show Approvals');
  return pendingReview(window);
}

/** The panel, once it shows something to decide. */
export async function pendingReview({ workbench }: Pick<Window, 'workbench'>): Promise<Frame> {
  return until('a review that can be approved', patient, async () => {
    const frame = await workbench.frameWith('[data-request-id][data-digest]');
    if (!frame) return undefined;
    const ready = await button(frame, 'Approve')
      .isEnabled({ timeout: 1_000 })
      .catch(() => false);
    return ready ? frame : undefined;
  });
}

/** The text of GoNoGo's place in the status bar, and what a screen reader says of it. */
export async function statusBarOf({ page }: Pick<Window, 'page'>): Promise<{ text: string; label: string; item: Locator }> {
  const item = page.locator('.statusbar-item[id^="gonogo.gonogo"]');
  await item.waitFor({ timeout: patient });
  const text = (await item.innerText()).replaceAll(/\s+/g, ' ').trim();
  return {
    text,
    label: (await item.getAttribute('aria-label')) ?? (await item.locator('a').first().getAttribute('aria-label')) ?? '',
    item,
  };
}

/** A pane of the side bar by its title. */
export function pane({ page }: Pick<Window, 'page'>, title: string): Locator {
  return page.locator(`.pane:has(.pane-header[aria-label^="${title}"])`);
}

/** Loads the window again and waits until GoNoGo has told how it is. */
export async function reload(window: Window): Promise<void> {
  const left = window.page.waitForEvent('load', { timeout: patient });
  await window.workbench.runCommand('Developer: Reload Window');
  await left;
  await window.page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: patient });
  await until('GoNoGo in the status bar', patient, async () => ((await statusBarOf(window)).text.includes(' of $') ? true : undefined));
}
