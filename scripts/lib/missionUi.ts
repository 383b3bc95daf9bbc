import type { Frame } from 'playwright-core';
import { Problem } from './problem.mjs';
import { until } from './until.ts';
import type { Workbench } from './workbench.ts';

/** What the review shows of one file; an empty digest means the file is deleted. */
export interface ReviewedFile {
  readonly path: string;
  readonly afterSha256: string;
}

/** The review as the approval webview presents it to a person. */
export interface Review {
  readonly frame: Frame;
  readonly requestId: string;
  readonly digest: string;
  readonly files: readonly ReviewedFile[];
  readonly text: string;
}

export type MissionEnd = 'done' | 'rejected' | 'failed' | 'cancelled' | 'rolled back';

const ends: readonly MissionEnd[] = ['rolled back', 'done', 'rejected', 'failed', 'cancelled'];
const root = '[data-request-id][data-digest]';

/** GoNoGo's own surfaces, worked as a person works them. */
export class MissionUi {
  private readonly workbench: Workbench;

  constructor(workbench: Workbench) {
    this.workbench = workbench;
  }

  /** Palette → preset → goal, up to the pre-flight card, which it returns as text. */
  async prepare(preset: string, goal: string): Promise<string> {
    await this.workbench.runCommand('GoNoGo: Launch Mission…', 60_000);
    await this.workbench.pick(preset);
    await this.workbench.answer(goal);
    await this.workbench.dialog.waitFor({ timeout: 30_000 });
    return this.workbench.dialog.innerText();
  }

  async launch(): Promise<void> {
    await this.workbench.confirm('Launch');
  }

  async showMissions(): Promise<void> {
    await this.workbench.runCommand('GoNoGo: Focus on Missions View');
  }

  /** Rows of the Missions view, newest first. */
  missions(): Promise<string[]> {
    return this.workbench.treeRows('Missions');
  }

  /** How the newest mission ended, if it has. */
  async end(): Promise<{ end: MissionEnd; row: string } | undefined> {
    const [row] = await this.missions();
    if (row === undefined) return undefined;
    const words = row.toLowerCase().replaceAll('-', ' ');
    const end = ends.find((word) => new RegExp(`\\b${word}\\b`).test(words));
    return end === undefined ? undefined : { end, row };
  }

  /** Waits for the review; a mission that ends without one is a failure with the reason on screen. */
  async review(timeoutMs: number): Promise<Review> {
    const frame = await until('the review', timeoutMs, async () => {
      const shown = await this.workbench.frameWith(root);
      if (shown) return shown;
      const ended = await this.end();
      if (!ended) return undefined;
      const said = await this.workbench.notifications();
      throw new Problem(`the mission ended without a review: ${[ended.row, ...said].join(' · ')}`);
    });
    const element = frame.locator(root).first();
    await frame.getByRole('button', { name: 'Approve', exact: true }).waitFor({ timeout: 30_000 });
    const requestId = (await element.getAttribute('data-request-id')) ?? '';
    const digest = (await element.getAttribute('data-digest')) ?? '';
    const rows = frame.locator('[data-path][data-after-sha256]');
    const files: ReviewedFile[] = [];
    for (const row of await rows.all()) {
      files.push({ path: (await row.getAttribute('data-path')) ?? '', afterSha256: (await row.getAttribute('data-after-sha256')) ?? '' });
    }
    return { frame, requestId, digest, files, text: await frame.locator('body').innerText() };
  }

  async approve({ frame }: Review): Promise<void> {
    await frame.getByRole('button', { name: 'Approve', exact: true }).click();
  }

  async reject({ frame }: Review, reason: string): Promise<void> {
    await frame.getByRole('button', { name: 'Reject', exact: true }).click();
    await frame.getByRole('textbox').last().fill(reason);
    await frame.getByRole('button', { name: 'Send Reason', exact: true }).click();
  }

  async waitForEnd(timeoutMs: number, after?: MissionEnd): Promise<{ end: MissionEnd; row: string }> {
    return until('the mission to end', timeoutMs, async () => {
      const ended = await this.end();
      return ended === undefined || ended.end === after ? undefined : ended;
    });
  }

  /** The entries that the ledger shows; the list stays open for a picture. */
  async ledger(): Promise<string[]> {
    await this.workbench.runCommand('GoNoGo: Show Ledger');
    return this.workbench.rows();
  }

  /** Rolls the newest mission back and confirms if asked. */
  async rollBack(timeoutMs: number): Promise<{ end: MissionEnd; row: string }> {
    await this.workbench.runCommand('GoNoGo: Roll Back Mission…');
    await this.workbench.page.locator('.quick-input-widget:visible .monaco-list-row').first().click();
    await this.workbench.confirm('Roll Back');
    return this.waitForEnd(timeoutMs, 'done');
  }
}
