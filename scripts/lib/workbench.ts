import type { Frame, Locator, Page } from 'playwright-core';
import { until } from './until.ts';

function exactly(text: string): RegExp {
  return new RegExp(`^\\s*${text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);
}

export interface TreeRow {
  readonly label: string;
  readonly description: string;
}

/** VS Code's window as a person uses it: keys, palette, lists, dialogs, webviews. Nothing here knows GoNoGo. */
export class Workbench {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens the address and waits for the window to stand. */
  static async open(page: Page, url: string, timeoutMs = 60_000): Promise<Workbench> {
    await page.goto(url, { waitUntil: 'commit', timeout: timeoutMs });
    await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: timeoutMs });
    return new Workbench(page);
  }

  /** Waits for the colour theme, which comes with the extensions; before that the window has the default colours. */
  async themed(kind: 'vs' | 'vs-dark' | 'hc-black'): Promise<void> {
    await this.page.locator(`.monaco-workbench.${kind}[class*="vscode-theme-"]`).waitFor({ timeout: 60_000 });
  }

  private get quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible');
  }

  /** The entry of the open palette or pick list with exactly this label. */
  row(label: string): Locator {
    return this.quickInput.locator('.monaco-list-row').filter({ has: this.page.locator('.label-name', { hasText: exactly(label) }) });
  }

  /** Everything the open pick list shows, one string an entry, labels and descriptions. */
  async rows(): Promise<string[]> {
    const rows = this.quickInput.locator('.monaco-list-row');
    await rows.first().waitFor({ timeout: 30_000 });
    return rows.allInnerTexts();
  }

  /** Opens the palette and chooses the command, waiting for the extension that brings it. */
  async runCommand(title: string, timeoutMs = 30_000): Promise<void> {
    await until(`the command \`${title}\` in the palette`, timeoutMs, async () => {
      await this.page.keyboard.press('F1');
      const input = this.quickInput.locator('input[type="text"]');
      // A window that is just starting may miss the key; a person presses it again.
      const opened = await input.waitFor({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
      if (!opened) return undefined;
      const entry = this.row(title).first();
      // The palette closes when a starting window takes the focus elsewhere; then it is opened again.
      const chosen = await input
        .fill(`>${title}`, { timeout: 2000 })
        .then(() => entry.waitFor({ timeout: 1000 }))
        .then(() => entry.click({ timeout: 2000 }))
        .then(
          () => true,
          () => false,
        );
      if (chosen) return true;
      await this.dismiss();
      return undefined;
    });
    // The palette's widget is used again for what the command asks; until then its rows are the palette's.
    const input = this.quickInput.locator('input[type="text"]');
    await until('the palette to close', 10_000, async () => {
      const shown = (await input.count()) === 0 ? '' : await input.inputValue({ timeout: 1000 }).catch(() => '');
      return shown.startsWith('>') ? undefined : true;
    });
  }

  /** Chooses the entry of a pick list. */
  async pick(label: string, timeoutMs = 30_000): Promise<void> {
    const entry = this.row(label).first();
    await entry.waitFor({ timeout: timeoutMs });
    await entry.click();
  }

  /** Answers the input box that is open or about to open. */
  async answer(text: string, timeoutMs = 30_000): Promise<void> {
    // A box that asks for text has no list below it, while the list before it may still be closing.
    const box = this.page.locator('.quick-input-widget:visible:not(:has(.monaco-list-row:visible)) input[type="text"]');
    await box.waitFor({ timeout: timeoutMs });
    await box.fill(text);
    await this.page.keyboard.press('Enter');
  }

  async dismiss(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.quickInput.waitFor({ state: 'hidden', timeout: 10_000 });
  }

  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  /** Presses a button of the modal dialog and waits for it to close. */
  async confirm(button: string): Promise<void> {
    await this.dialog.getByRole('button', { name: button, exact: true }).click();
    await this.dialog.waitFor({ state: 'hidden', timeout: 30_000 });
  }

  /** Presses a button of a notification, if there is one with that name. */
  async press(button: string): Promise<void> {
    const found = this.page.locator('.notifications-toasts').getByRole('button', { name: button, exact: true });
    if ((await found.count()) > 0) await found.first().click();
  }

  /** What the notifications on screen say. */
  async notifications(): Promise<string[]> {
    const texts = await this.page.locator('.notification-toast .notification-list-item-message').allInnerTexts();
    return texts.map((text) => text.trim());
  }

  /** The innermost frame that holds `selector`, if any webview shows it. */
  async frameWith(selector: string): Promise<Frame | undefined> {
    for (const frame of this.page.frames()) {
      if (frame === this.page.mainFrame()) continue;
      // A frame may go away while it is asked, which counts as not holding it.
      const count = await frame
        .locator(selector)
        .count()
        .catch(() => 0);
      if (count > 0) return frame;
    }
    return undefined;
  }

  /** Opens the first row of a side bar tree, if it is closed, so that what is below it can be read. */
  async expandFirst(view: string): Promise<void> {
    const row = this.treeOf(view).first();
    if ((await row.getAttribute('aria-expanded')) !== 'false') return;
    await row.locator('.monaco-tl-twistie').click();
    await this.treeOf(view).nth(1).waitFor({ timeout: 5000 });
  }

  private treeOf(view: string): Locator {
    return this.page.locator(`.pane:has(.pane-header[aria-label^="${view}"]) .monaco-list-row`);
  }

  /** The rows of a side bar tree as they are written: label and description. */
  async treeRows(view: string): Promise<TreeRow[]> {
    const rows = this.treeOf(view);
    const written: TreeRow[] = [];
    for (const row of await rows.all()) {
      // A row may be replaced while the list is read; the next reading shows the new one.
      const text = (part: string): Promise<string> =>
        row
          .locator(part)
          .first()
          .innerText({ timeout: 500 })
          .catch(() => '');
      written.push({ label: await text('.label-name'), description: await text('.label-description') });
    }
    return written;
  }
}
