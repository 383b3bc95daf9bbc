import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Context } from 'mocha';
import { reports } from '../../../scripts/lib/paths.ts';
import { withEditor } from './withEditor.ts';
import type { EditorSetup, OpenEditor } from './withEditor.ts';

/** One editor for all tests of the suite this is called in. A test that fails leaves a picture in reports/browser/. */
export function sharedEditor(setup: () => EditorSetup): () => OpenEditor {
  let open: OpenEditor | undefined;
  let release: () => void = () => undefined;
  let ended: Promise<void> | undefined;

  const current = (): OpenEditor => {
    if (!open) throw new Error('the editor is not open yet');
    return open;
  };

  before(async () => {
    await new Promise<void>((resolve, reject) => {
      ended = withEditor(setup(), (editor) => {
        open = editor;
        resolve();
        return new Promise((end) => {
          release = end;
        });
      });
      ended.catch(reject);
    });
  });
  beforeEach(async () => {
    // What a failed test left open would fail the next one, too.
    const { page, workbench } = current();
    for (const left of [workbench.dialog, page.locator('.quick-input-widget:visible')])
      if ((await left.count()) > 0) await page.keyboard.press('Escape');
  });
  afterEach(async function (this: Context) {
    if (this.currentTest?.state !== 'failed' || !open) return;
    const folder = path.join(reports, 'browser');
    mkdirSync(folder, { recursive: true });
    const name = this.currentTest.fullTitle().replaceAll(/[^a-z0-9]+/gi, '-');
    for (const [index, page] of open.page.context().pages().entries())
      await page.screenshot({ path: path.join(folder, `${name.slice(0, 100)}-${index + 1}.png`) });
  });
  after(async () => {
    release();
    await ended;
  });
  return current;
}
