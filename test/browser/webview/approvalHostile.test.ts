import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { visibleText } from '../../../src/base/visibleText.ts';
import { InMemoryKernel } from '../../unit/editor/approvals/fakes.ts';
import { detail, file, findings, mission, request } from '../../unit/editor/approvals/samples.ts';
import { ReviewBrowser } from './reviewPage.ts';

const data = process.env['GONOGO_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data');
const naughty = path.join(data, '06-input/naughty-strings.jsonl.gz');

/** Elements that text could only bring in as markup. */
const foreign =
  'script:not([src]), img, svg, iframe, object, embed, style, link:not([rel=stylesheet]), a, form, video, audio, math, base, input, marquee, b, i, u';

describe('approval webview with hostile text', function () {
  this.timeout(120_000);
  let browser: ReviewBrowser;

  before(async () => {
    browser = await ReviewBrowser.launch();
  });
  after(async () => {
    await browser.close();
  });

  it('shows naughty strings as text in every place, byte for byte but for the marks', async function () {
    if (!existsSync(naughty)) this.skip();
    const texts = gunzipSync(readFileSync(naughty))
      .toString('utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { text: string }).text)
      .filter((text) => text.trim() !== '');
    const everywhere = (text: string, index: number): typeof detail => ({
      ...detail,
      mission: { ...mission, goal: text, presetTitle: text, model: text, demo: true },
      request: { ...request, title: text, askedBy: { kind: 'agent', id: text } },
      files: [
        file({
          path: `${index}/${text}`,
          oldPath: text,
          kind: 'renamed',
          truncated: text,
          hunks: [{ header: text, lines: [{ kind: 'added', text, newLine: 1 }] }],
        }),
      ],
      findings: findings.map((finding) => ({ ...finding, check: text, reason: text, location: { path: text, line: 1 } })),
      stopped: detail.stopped.map((item) => ({
        ...item,
        resource: text,
        kind: text,
        finding: { ...item.finding, reason: text, check: text },
      })),
      tests: { status: 'failed', summary: text, output: text, durationMs: 1, isolation: text },
      isolation: text,
    });
    const kernel = new InMemoryKernel([everywhere('start', 0)]);
    const { page, complaints, session } = await browser.open({ session: { kernel } });
    let dialogs = 0;
    page.on('dialog', (dialog) => {
      dialogs++;
      void dialog.dismiss();
    });
    const expected = await page.locator(foreign).count();
    for (const [index, text] of texts.entries()) {
      kernel.put(everywhere(text, index + 1));
      // A digest names its content, so other content comes with another digest.
      const item = everywhere(text, index + 1);
      const digest = (index + 1).toString(16).padStart(64, '0') as typeof request.digest;
      kernel.put({ ...item, request: { ...item.request, digest } });
      await session.update(kernel.state);
      await page.locator(`main[data-digest="${digest}"]`).waitFor();
      const shown = (await page.locator('.line').textContent())?.replace(/^\s+1 \+ /, '');
      assert.equal(shown, visibleText(text, { keep: '\t' }).slice(0, 2_000), text);
      assert.equal(await page.locator('.file').getAttribute('data-path'), `${index + 1}/${text}`);
      assert.equal(await page.locator(foreign).count(), expected, text);
    }
    assert.equal(dialogs, 0);
    assert.deepEqual(complaints, []);
    assert.equal(await page.evaluate('document.querySelector("main").childElementCount'), 3);
    await page.context().close();
  });
});
