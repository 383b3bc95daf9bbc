import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { markLines } from '../../../src/missions/lineMarks.ts';
import { InMemoryKernel } from '../../unit/editor/approvals/fakes.ts';
import { asked, bigReview, detail, mission, request } from '../../unit/editor/approvals/samples.ts';
import { axeSource, ReviewBrowser, themeNames } from './reviewPage.ts';
import type { ReviewPage, Theme } from './reviewPage.ts';

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
  readonly passes: readonly { readonly nodes: readonly { readonly target: unknown }[] }[];
}

/** Violations in words, and how many nodes were looked at. */
async function axe(page: Page): Promise<{ violations: string[]; nodes: number }> {
  await page.evaluate(axeSource);
  const { violations, passes } = await page.evaluate<AxeResult>('window.axe.run(document, { resultTypes: ["violations", "passes"] })');
  return {
    violations: violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`)),
    nodes: new Set(passes.flatMap(({ nodes }) => nodes.map((node) => JSON.stringify(node.target)))).size,
  };
}

const scenes: [name: string, kernel: () => InMemoryKernel, play: (review: ReviewPage) => Promise<void>, atLeast: number][] = [
  ['a review', () => new InMemoryKernel(), async ({ page }) => page.locator('.line').first().waitFor(), 50],
  [
    'a jump to a finding and the test output',
    () => new InMemoryKernel(),
    async ({ page }) => {
      await page.getByText('Output').click();
      await page.getByRole('link').click();
      await page.locator('.line.target').waitFor();
    },
    50,
  ],
  [
    'a demo with marks, everything stopped, a reason asked',
    () => {
      const kernel = new InMemoryKernel([
        {
          ...detail,
          mission: { ...mission, demo: true, model: 'DEMO', goal: `Round\u200B totals\u202E\n${'and more '.repeat(40)}` },
          request: { ...request, risk: 'high' },
        },
      ]);
      kernel.state = { ...kernel.state, switches: [{ name: 'GLOBAL_WRITE', by: 'grace', reason: 'Wrong folder', since: asked }] };
      return kernel;
    },
    async ({ page }) => {
      await page.getByRole('button', { name: 'Reject', exact: true }).click();
      await page.getByRole('button', { name: 'Send Reason' }).click();
      await page.getByRole('button', { name: 'Resume', exact: true }).click();
      await page.getByText('The whole goal').click();
    },
    50,
  ],
  [
    'an outcome',
    () => new InMemoryKernel(),
    async ({ page }) => {
      await page.getByRole('button', { name: 'Approve', exact: true }).click();
      await page.getByText('Approved. Applying').waitFor();
    },
    50,
  ],
  [
    'a part selected, a comment kept and one being written, moved lines and words',
    () => new InMemoryKernel([{ ...detail, files: markLines([...detail.files, ...bigReview(20, 800)], () => 0) }]),
    async ({ page }) => {
      await page.getByRole('checkbox', { name: 'Keep hunk 1 of 2' }).click();
      await page.locator('.scroller').focus();
      for (const key of ['n', 'c']) await page.keyboard.press(key);
      await page.keyboard.type('Say why');
      await page.keyboard.press('Control+Enter');
      for (const key of ['n', 'c']) await page.keyboard.press(key);
      await page.getByRole('button', { name: 'Viewed', exact: true }).click();
      await page.getByRole('button', { name: 'Only files not viewed' }).click();
      await page.getByText('1 comment goes').waitFor();
    },
    50,
  ],
  ['nothing', () => new InMemoryKernel([]), async ({ page }) => page.getByText('Nothing is waiting').waitFor(), 3],
];

/** A theme changes colours only: the others are looked at once. */
const everyScene: ReadonlySet<Theme> = new Set<Theme>(['Dark 2026', 'Light 2026', 'Default High Contrast']);

describe('approval webview and axe', function () {
  this.timeout(120_000);
  let browser: ReviewBrowser;

  before(async () => {
    browser = await ReviewBrowser.launch();
  });
  after(async () => {
    await browser.close();
  });

  for (const theme of themeNames) {
    it(`finds nothing in ${theme}`, async () => {
      for (const [name, kernel, play, atLeast] of everyScene.has(theme) ? scenes : scenes.slice(0, 1)) {
        const review = await browser.open({ theme, width: name === 'an outcome' ? 800 : 1280, session: { kernel: kernel() } });
        await play(review);
        const { violations, nodes } = await axe(review.page);
        assert.deepEqual(violations, [], name);
        assert.ok(nodes >= atLeast, `${nodes} nodes in ${name}`);
        assert.deepEqual(review.complaints, [], name);
        await review.page.context().close();
      }
    });
  }
});
