import type { Frame } from 'playwright-core';
import { Problem } from './problem.mjs';
import { until } from './until.ts';
import type { TreeRow, Workbench } from './workbench.ts';

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

export interface MissionEnded {
  readonly end: MissionEnd;
  /** The row as it is written. */
  readonly row: string;
}

export type MissionEnd = 'done' | 'rejected' | 'failed' | 'cancelled' | 'rolled back';

const ends: readonly MissionEnd[] = ['rolled back', 'done', 'rejected', 'failed', 'cancelled'];
/** The state of a mission whose review waits for a person. */
const waiting = 'waiting for review';
const root = '[data-request-id][data-digest]';

/** GoNoGo's own surfaces, worked as a person works them. */
export class MissionUi {
  private readonly workbench: Workbench;

  constructor(workbench: Workbench) {
    this.workbench = workbench;
  }

  /** Palette → preset → goal, up to the pre-flight card, which it returns as text. */
  async prepare(preset: string, goal: string): Promise<string> {
    await this.choosePreset(preset);
    await this.workbench.answer(goal);
    await this.workbench.dialog.waitFor({ timeout: 30_000 });
    return this.workbench.dialog.innerText();
  }

  /** A pick list closes when the window takes the focus elsewhere, as it may while it starts; a person asks again. */
  private async choosePreset(preset: string): Promise<void> {
    await until(`the preset ${preset}`, 60_000, async () => {
      await this.workbench.runCommand('GoNoGo: Launch Mission…', 60_000);
      return this.workbench.pick(preset, 15_000).then(
        () => true,
        () => undefined,
      );
    });
  }

  async launch(): Promise<void> {
    await this.workbench.confirm('Launch');
  }

  async showMissions(): Promise<void> {
    await this.workbench.runCommand('GoNoGo: Focus on Missions View');
  }

  /** Rows of the Missions view, newest first. */
  missions(): Promise<TreeRow[]> {
    return this.workbench.treeRows('Missions');
  }

  /** State of the newest mission: its description begins with it. */
  private async state(): Promise<string | undefined> {
    const [row] = await this.missions();
    return row?.description.split(' · ')[0];
  }

  /** How the newest mission ended, if it has. */
  async end(): Promise<MissionEnded | undefined> {
    const [row] = await this.missions();
    const end = ends.find((word) => word === row?.description.split(' · ')[0]);
    return row === undefined || end === undefined ? undefined : { end, row: `${row.label}: ${row.description}` };
  }

  /** All that the Missions view tells about the newest mission. */
  async story(): Promise<string> {
    await this.workbench.expandFirst('Missions');
    return (await this.missions()).map((row) => `${row.label} ${row.description}`.trim()).join(' · ');
  }

  /** Waits for the review; a mission that ends without one is a failure with the reason on screen. */
  async review(timeoutMs: number): Promise<Review> {
    await until('the review to be ready', timeoutMs, async () => {
      if (await this.workbench.frameWith(root)) return true;
      if ((await this.state()) === waiting) return true;
      const ended = await this.end();
      if (!ended) return undefined;
      throw new Problem(`the mission ended without a review: ${await this.story()}`);
    });
    // The review may open by itself or wait behind its notification.
    if (!(await this.workbench.frameWith(root))) await this.workbench.runCommand('GoNoGo: Show Approvals');
    const frame = await until('the review on screen', 30_000, () => this.workbench.frameWith(root));
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

  /** The change of one file as the review shows it, after choosing the file in its list. */
  async diffOf({ frame }: Review, file: ReviewedFile): Promise<string> {
    const rows = frame.locator('[data-path][data-after-sha256]');
    for (const row of await rows.all()) if ((await row.getAttribute('data-path')) === file.path) await row.click();
    const pane = frame.getByRole('region', { name: 'Change', exact: true });
    await pane.getByRole('heading').filter({ hasText: file.path }).waitFor({ timeout: 10_000 });
    return pane.innerText();
  }

  async approve({ frame }: Review): Promise<void> {
    await frame.getByRole('button', { name: 'Approve', exact: true }).click();
  }

  async reject({ frame }: Review, reason: string): Promise<void> {
    await frame.getByRole('button', { name: 'Reject', exact: true }).click();
    await frame.getByRole('textbox').last().fill(reason);
    await frame.getByRole('button', { name: 'Send Reason', exact: true }).click();
  }

  async waitForEnd(timeoutMs: number, after?: MissionEnd): Promise<MissionEnded> {
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
  async rollBack(timeoutMs: number): Promise<MissionEnded> {
    await this.workbench.runCommand('GoNoGo: Roll Back Mission…');
    await this.workbench.page.locator('.quick-input-widget:visible .monaco-list-row').first().click();
    await this.workbench.confirm('Roll Back');
    return this.waitForEnd(timeoutMs, 'done');
  }
}
