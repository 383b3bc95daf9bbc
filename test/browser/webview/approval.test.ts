import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import type { RequestId } from '../../../src/base/ids.ts';
import { InMemoryKernel } from '../../unit/editor/approvals/fakes.ts';
import { asked, bigFile, bigReview, detail, digest, mission, request, requestId } from '../../unit/editor/approvals/samples.ts';
import { ReviewBrowser } from './reviewPage.ts';
import type { ReviewPage } from './reviewPage.ts';

const nodeCount = `(() => {
  const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL);
  let count = 0;
  while (walker.nextNode()) count++;
  return count;
})()`;

function button(page: Page, name: string): Locator {
  return page.getByRole('button', { name, exact: true });
}

/** What has the focus, through shadow roots: its role or tag, and its name or path. */
async function focused(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const at = document.activeElement;
    return [at.getAttribute('role') ?? at.localName, at.dataset.path ?? at.getAttribute('aria-label') ?? (at.labels?.[0] ?? at).textContent.trim()].join(' ');
  })()`);
}

describe('approval webview', function () {
  this.timeout(60_000);
  let browser: ReviewBrowser;
  let opened: ReviewPage[] = [];

  before(async () => {
    browser = await ReviewBrowser.launch();
  });
  after(async () => {
    await browser.close();
  });

  async function open(...options: Parameters<ReviewBrowser['open']>): Promise<ReviewPage> {
    const review = await browser.open(...options);
    opened.push(review);
    return review;
  }

  async function openReview(...options: Parameters<ReviewBrowser['open']>): Promise<ReviewPage> {
    const review = await open(...options);
    await review.page.locator('main[data-request-id]').waitFor();
    return review;
  }

  afterEach(async () => {
    for (const { page, complaints } of opened) {
      await page.context().close();
      assert.deepEqual(complaints, [], 'nothing is blocked by the policy and nothing throws');
    }
    opened = [];
  });

  it('names the request, the digest and each file for whoever reads the page', async () => {
    const { page } = await openReview();
    const root = page.locator('[data-request-id]');
    assert.equal(await root.count(), 1);
    assert.deepEqual([await root.getAttribute('data-request-id'), await root.getAttribute('data-digest')], [requestId, digest]);
    const rows = await page
      .locator('[data-path]')
      .evaluateAll((elements) => elements.map((element) => ({ ...(element as { dataset?: object }).dataset })));
    assert.deepEqual(
      rows,
      detail.files.map((file) => ({ path: file.path, afterSha256: file.afterSha256 ?? '' })),
    );
  });

  it('has the three decisions as buttons, once each, whatever the panel shows', async () => {
    const { page } = await openReview();
    for (const name of ['Approve', 'Reject', 'Open Diff']) {
      assert.equal(await button(page, name).count(), 1, name);
      assert.equal(await page.getByRole('button', { name }).count(), 1, `nothing else is called ${name}`);
    }
  });

  it('sends one approval for a double click, and tells the outcome', async () => {
    const { page, kernel, session } = await openReview();
    await button(page, 'Approve').dblclick();
    await page.getByText('Approved. Applying 7 files…').waitFor();
    assert.deepEqual(kernel.decisions, [{ requestId, digest, decision: { kind: 'approve' }, by: 'ada' }]);
    assert.deepEqual(kernel.refusals, []);
    assert.equal(await button(page, 'Approve').isDisabled(), true);
    kernel.put({ ...(await kernel.review(requestId)), mission: { ...mission, status: 'done' } });
    await session.update(kernel.state);
    await page.getByText('Approved and applied.').waitFor();
    assert.equal(await page.locator('main').getAttribute('data-outcome'), 'good');
  });

  it('sends nothing for a click that a script made', async () => {
    const { page, kernel } = await openReview();
    await page.evaluate(`for (const element of document.querySelectorAll('vscode-button')) {
      element.click();
      element.shadowRoot.querySelector('button').click();
      element.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    }`);
    // A real click that ends in an answer comes after the others, were there any.
    await button(page, 'Open Diff').click();
    await page.waitForFunction('true');
    assert.deepEqual(kernel.decisions, []);
    assert.equal(await page.getByLabel('Reason for rejecting').isVisible(), false);
  });

  it('asks for a reason, keeps it over a reload, and sends it', async () => {
    const review = await openReview();
    const { page, kernel } = review;
    await button(page, 'Reject').click();
    await button(page, 'Send Reason').click();
    await page.getByText('Say in a few words why you reject this.').waitFor();
    assert.deepEqual(kernel.decisions, []);
    await page.getByRole('textbox', { name: 'Why not?' }).fill('  The tests do not cover negative amounts.  ');
    await page.getByRole('option').nth(3).click();
    await review.reopen();
    await page.locator('main[data-request-id]').waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'Why not?' }).inputValue(), '  The tests do not cover negative amounts.  ');
    assert.equal(await page.getByRole('option').nth(3).getAttribute('aria-selected'), 'true');
    await button(page, 'Send Reason').click();
    await page.getByText('Rejected by ada').waitFor();
    assert.deepEqual(
      kernel.decisions.map(({ decision }) => decision),
      [{ kind: 'reject', reason: 'The tests do not cover negative amounts.' }],
    );
  });

  it('says why a decision was not accepted, and lets one try again', async () => {
    const { page, kernel, editor } = await openReview();
    editor.unsaved = ['/home/ada/invoices/src/total.ts'];
    await button(page, 'Approve').click();
    await page.getByRole('alert').filter({ hasText: 'src/total.ts has unsaved changes; save it, then approve again.' }).waitFor();
    editor.unsaved = [];
    await button(page, 'Approve').click();
    await page.getByText('Approved. Applying').waitFor();
    assert.equal(kernel.decisions.length, 1);
  });

  it('goes on to the next review only when told to', async () => {
    const next = { ...detail, request: { ...request, id: 'next' as RequestId, title: 'Write the release notes', askedAt: asked + 1 } };
    const { page } = await openReview({ session: { kernel: new InMemoryKernel([detail, next]) } });
    assert.equal(await button(page, 'Next Review').count(), 0);
    await button(page, 'Approve').click();
    await button(page, 'Next Review').click();
    await page.locator('main[data-request-id="next"]').waitFor();
    assert.equal(await button(page, 'Approve').isEnabled(), true);
  });

  it('counts down by the editor’s clock and closes the door at the end', async () => {
    const review = await open();
    // The page's clock is far from the editor's, as in a browser on another machine.
    await review.page.clock.install({ time: asked + 86_400_000 });
    await review.reopen();
    const { page } = review;
    await page.getByText('expires in 13:41').waitFor();
    await page.clock.runFor(13 * 60_000 + 39_000);
    await page.getByText('expires in 0:02').waitFor();
    assert.equal(await button(page, 'Approve').isEnabled(), true);
    await page.clock.runFor(3_000);
    await page.getByText('This request has expired.').waitFor();
    assert.deepEqual([await button(page, 'Approve').isDisabled(), await button(page, 'Reject').isDisabled()], [true, true]);
  });

  it('resumes in two steps', async () => {
    const kernel = new InMemoryKernel();
    kernel.state = { ...kernel.state, switches: [{ name: 'GLOBAL_WRITE', by: 'grace', reason: 'Wrong folder', since: asked }] };
    const { page } = await openReview({ session: { kernel } });
    const banner = page.getByRole('region', { name: 'Everything is stopped' });
    assert.match(
      (await banner.textContent()) ?? '',
      /Everything is stopped since 14:02 by grace: Wrong folder\. Agents and missions do nothing until you resume\./,
    );
    assert.equal(await button(page, 'Approve').isDisabled(), true);
    assert.equal(await button(page, 'Reject').isEnabled(), true);
    await button(page, 'Resume').click();
    assert.deepEqual(kernel.lifted, []);
    await button(page, 'Confirm Resume').click();
    await banner.waitFor({ state: 'hidden' });
    assert.deepEqual(kernel.lifted, [['GLOBAL_WRITE', asked, 'ada']]);
    assert.equal(await button(page, 'Approve').isEnabled(), true);
  });

  it('can be read and decided with the keyboard alone', async () => {
    const { page, kernel, editor } = await openReview();
    const stops: string[] = [];
    for (let press = 0; press < 17; press++) {
      await page.keyboard.press('Tab');
      stops.push(await focused(page));
      if (stops.at(-1)?.startsWith('option')) {
        for (const key of ['j', 'ArrowDown', 'k', 'End', 'Home', 'j']) await page.keyboard.press(key);
        assert.equal(await focused(page), `option ${detail.files[1]?.path}`);
        stops[stops.length - 1] = 'option';
      }
    }
    assert.deepEqual(stops.slice(0, 17), [
      'input Filter files',
      'button Only files with findings',
      'button Only files not viewed',
      'option',
      'input Keep this file',
      'button Viewed',
      'button Previous change (p)',
      'button Next change (n)',
      'button Comment on this line (c)',
      'button Fold this file',
      'region Change of test/roundHalfEven.test.ts',
      'section Checks',
      'link src/total.ts:41',
      'summary Output',
      'vscode-button Approve',
      'vscode-button Reject',
      'vscode-button Open Diff',
    ]);
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), `button Copy ${digest.slice(0, 4)}…${digest.slice(-4)}`);
    // The finding leads to its line, in its file.
    for (let press = 0; press < 30 && !(await focused(page)).startsWith('link'); press++) await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    assert.match(await focused(page), /return roundHalfEven\(sum, 2\);/);
    assert.equal(await page.locator('[data-path="src/total.ts"]').getAttribute('aria-selected'), 'true');
    for (let press = 0; press < 30 && (await focused(page)) !== 'vscode-button Open Diff'; press++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.type('Not today');
    await page.keyboard.press('Escape');
    assert.equal(await focused(page), 'vscode-button Reject');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+Enter');
    await page.getByText('Rejected by ada').waitFor();
    assert.deepEqual(
      editor.diffs.map(({ file }) => file.path),
      ['src/total.ts'],
    );
    assert.deepEqual(
      kernel.decisions.map(({ decision }) => decision),
      [{ kind: 'reject', reason: 'Not today' }],
    );
  });

  it('keeps focus, choice and place when a new picture arrives', async () => {
    const { page, kernel, session } = await openReview();
    await page.getByRole('option').nth(1).click();
    await page.getByRole('link').focus();
    kernel.put({ ...detail, mission: { ...mission, goal: 'Another word for the same goal' }, findings: [...detail.findings] });
    await session.update(kernel.state);
    await page.getByText('Another word for the same goal').waitFor();
    assert.equal(await focused(page), 'link src/total.ts:41');
    assert.equal(await page.getByRole('option').nth(1).getAttribute('aria-selected'), 'true');
  });

  it('opens the reviewed file where the diff does not show a finding’s line', async () => {
    const finding = { ...detail.findings[2], location: { path: 'src/total.ts', line: 20 } };
    const kernel = new InMemoryKernel([
      { ...detail, findings: [{ check: 'c', effect: 'hold', code: 'c', reason: 'r', location: finding.location }] },
    ]);
    const { page, editor } = await openReview({ session: { kernel } });
    await page.getByRole('link').click();
    await page.waitForFunction('document.readyState === "complete"');
    await assertSoon(() => editor.opened.length === 1);
    assert.deepEqual([editor.opened[0]?.reviewed.file.path, editor.opened[0]?.line], ['src/total.ts', 20]);
  });

  it('draws a review of 5,000 changed lines in 60 files with few nodes, and any line of it on demand', async () => {
    const far = { check: 'c', effect: 'hold' as const, code: 'c', reason: 'r', location: { path: 'data/large.json', line: 3_200 } };
    const files = [bigFile(5_000), ...bigReview(59, 5_000)];
    const { page } = await openReview({ session: { kernel: new InMemoryKernel([{ ...detail, files, findings: [far] }]) } });
    const few = async (): Promise<void> => {
      const nodes = await page.evaluate<number>(nodeCount);
      assert.ok(nodes < 3_000, `${nodes} nodes`);
    };
    await page.locator('.line').first().waitFor();
    await few();
    const total = await page.locator('.line').first().getAttribute('aria-setsize');
    assert.equal(total, '5001', 'whoever cannot see the scroll bar is told how many there are');
    await page.getByRole('link').click();
    assert.match((await page.locator('.line.target').textContent()) ?? '', / 3200 /);
    assert.equal(await page.locator('.line.target').isVisible(), true);
    await few();
    // By the wheel, too, down to the very last line.
    await page.evaluate(`document.querySelector('.scroller').scrollTop = 1e9`);
    await page.locator('[data-row="5000"]').waitFor();
    assert.equal(await page.locator('[data-row="5000"]').isVisible(), true);
    await few();
  });

  it('is not flooded by hidden characters', async () => {
    const flood = bigFile(600);
    const hunks = flood.hunks.map((hunk) => ({ ...hunk, lines: hunk.lines.map((line) => ({ ...line, text: 'a\u200B'.repeat(5_000) })) }));
    const { page } = await openReview({ session: { kernel: new InMemoryKernel([{ ...detail, files: [{ ...flood, hunks }] }]) } });
    assert.ok((await page.evaluate<number>(nodeCount)) <= 6_000, `${await page.evaluate<number>(nodeCount)} nodes`);
  });

  it('shows an error instead of an old review when it cannot read what arrives', async () => {
    const { page } = await openReview();
    await page.evaluate(`window.postMessage({ kind: 'event', name: 'review', payload: { state: 'review', now: 0 } }, '*')`);
    await page.getByText('The review cannot be shown.').waitFor();
    assert.equal(await button(page, 'Approve').count(), 0);
    assert.equal(await page.locator('[data-request-id]').count(), 0);
  });

  it('says what to do when nothing waits', async () => {
    const { page } = await open({ session: { kernel: new InMemoryKernel([]) } });
    await page.getByRole('heading', { name: 'Nothing is waiting for you.' }).waitFor();
    await page.getByText('GoNoGo: Launch Mission…').waitFor();
  });

  it('labels cost and model of the demo', async () => {
    const { page } = await openReview({
      session: { kernel: new InMemoryKernel([{ ...detail, mission: { ...mission, demo: true, model: 'DEMO' } }]) },
    });
    assert.equal(await page.locator('.fact', { hasText: 'Model' }).locator('.demo').count(), 1);
    assert.equal(await page.locator('.fact', { hasText: 'Cost' }).locator('.demo').count(), 1);
    assert.equal(await page.locator('.meter .demo').count(), 3);
  });

  for (const [width, height] of [
    [1280, 800],
    [800, 600],
    [1280, 420],
    [360, 640],
  ] as const) {
    it(`keeps the decision in view at ${width} × ${height}, and nothing runs out of the page`, async () => {
      const { page } = await openReview({ width, height, session: { kernel: new InMemoryKernel([{ ...detail, files: [bigFile(900)] }]) } });
      for (const name of ['Approve', 'Reject', 'Open Diff']) {
        const box = await button(page, name).boundingBox();
        assert.ok(
          box && box.x >= 0 && box.x + box.width <= width && box.y >= 0 && box.y + box.height <= height,
          `${name} ${JSON.stringify(box)}`,
        );
      }
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'), true);
      const [files, checks] = [await page.locator('.files').boundingBox(), await page.locator('.checks').boundingBox()];
      assert.equal(files && checks && checks.y > files.y, width < 900 || height < 480, 'columns stack when it is narrow or flat');
    });
  }
});

async function assertSoon(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !condition(); turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(condition());
}
