import assert from 'node:assert/strict';
import { crc32, deflateSync } from 'node:zlib';
import type { Locator, Page } from 'playwright-core';
import { sha256 } from '../../../src/base/digest.ts';
import type { RequestId } from '../../../src/base/ids.ts';
import { markLines } from '../../../src/missions/lineMarks.ts';
import { InMemoryKernel, InMemoryMemento } from '../../unit/editor/approvals/fakes.ts';
import { bigReview, detail, digest, file, files, request, requestId, totalFile } from '../../unit/editor/approvals/samples.ts';
import { ReviewBrowser } from './reviewPage.ts';
import type { ReviewPage } from './reviewPage.ts';

const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true });
const option = (page: Page, path: string): Locator => page.locator(`[data-path="${path}"]`);
const box = (page: Page, name: string): Locator => page.getByRole('checkbox', { name, exact: true });
/** Paths of the rows, or of those that also match. */
const paths = (page: Page, also = ''): Promise<string[]> =>
  page.evaluate<string[]>(`[...document.querySelectorAll('[role=option]${also}')].map((row) => row.dataset.path)`);

describe('approval webview with a big change', function () {
  this.timeout(120_000);
  let browser: ReviewBrowser;
  let opened: ReviewPage[] = [];

  before(async () => {
    browser = await ReviewBrowser.launch();
  });
  after(async () => {
    await browser.close();
  });
  afterEach(async () => {
    for (const { page, complaints } of opened) {
      await page.context().close();
      assert.deepEqual(complaints, [], 'nothing is blocked by the policy and nothing throws');
    }
    opened = [];
  });

  async function open(options: NonNullable<Parameters<ReviewBrowser['open']>[0]>['session'] = {}): Promise<ReviewPage> {
    const review = await browser.open({ session: options });
    opened.push(review);
    await review.page.locator('main[data-request-id]').waitFor();
    return review;
  }

  it('checks a selection with one hunk left out, and approves the rest', async () => {
    const { page, kernel, session } = await open();
    assert.equal(await button(page, 'Check Selection').count(), 0, 'all is kept at first');
    await box(page, 'Keep hunk 1 of 2').click();
    assert.equal(await button(page, 'Approve').isDisabled(), true);
    await page.getByText('You left something out. Check Selection has the rest tested by itself').waitFor();
    assert.equal(await box(page, 'Keep this file').evaluate((input: { indeterminate?: boolean }) => input.indeterminate), true);
    await box(page, 'Keep hunk 1 of 2').click();
    assert.equal(await button(page, 'Approve').isEnabled(), true, 'with everything kept again there is nothing to check');
    await box(page, 'Keep hunk 1 of 2').click();
    await option(page, 'src/math.ts').locator('.tick').click();
    await button(page, 'Check Selection').dblclick();
    await page.getByText('Checking your selection.').waitFor();
    const kept = files.filter(({ path }) => path !== 'src/math.ts');
    assert.deepEqual(kernel.narrowed, [
      { requestId, digest, by: 'ada', selection: kept.map(({ path }) => (path === 'src/total.ts' ? { path, hunks: [1] } : { path })) },
    ]);
    assert.equal(await button(page, 'Approve').isDisabled(), true);
    const part = sha256('the part');
    kernel.finishNarrowing(requestId, 'part' as RequestId, part);
    await session.update(kernel.state);
    await page.getByText('This is your checked selection of the earlier review: 1 file left out.').waitFor();
    assert.equal(await button(page, 'Check Selection').count(), 0);
    await button(page, 'Approve').click();
    await page.getByText('Approved. Applying 6 files…').waitFor();
    assert.deepEqual(kernel.decisions, [{ requestId: 'part', digest: part, decision: { kind: 'approve' }, by: 'ada' }]);
    assert.deepEqual(kernel.refusals, []);
  });

  it('offers in parts only what can be taken apart, and checks no empty selection', async () => {
    const { page, kernel } = await open({ kernel: new InMemoryKernel([{ ...detail, files: files.slice(0, 3) }]) });
    for (const { path } of files.slice(1, 3)) {
      await option(page, path).locator('.name').click();
      assert.equal(await page.getByRole('checkbox').count(), 1, `${path} has only the box of the file`);
    }
    for (const { path } of files.slice(0, 3)) await option(page, path).locator('.tick').click();
    await page.getByText('Nothing is kept. Keep something and check it, or reject the whole.').waitFor();
    assert.equal(await button(page, 'Check Selection').isDisabled(), true);
    assert.equal(await button(page, 'Approve').isDisabled(), true);
    assert.equal(await button(page, 'Reject').isEnabled(), true);
    assert.deepEqual(kernel.narrowed, []);
  });

  it('keeps the selection over a reload, and says why it was not accepted', async () => {
    const review = await open();
    const { page, kernel, editor } = review;
    await option(page, 'src/total.ts').press(' ');
    await review.reopen();
    await button(page, 'Check Selection').waitFor();
    assert.equal(await option(page, 'src/total.ts').getAttribute('aria-checked'), 'false');
    editor.trusted = false;
    await button(page, 'Check Selection').click();
    await page.getByRole('alert').filter({ hasText: 'This workspace is not trusted' }).waitFor();
    assert.deepEqual(kernel.narrowed, []);
  });

  it('sends no selection for clicks and keys that a script made', async () => {
    const { page, kernel } = await open();
    await page.evaluate(`
      for (const element of document.querySelectorAll('.tick, input[type=checkbox], vscode-button')) element.click();
      document.querySelector('[role=option]').dispatchEvent(new KeyboardEvent('keydown', { key: ' ', bubbles: true }));`);
    assert.equal(await page.locator('[aria-checked=true]').count(), files.length);
    assert.deepEqual(kernel.narrowed, []);
  });

  it('filters by text, findings and what is not viewed, and says how many files pass', async () => {
    const review = await open({ kernel: new InMemoryKernel([{ ...detail, files: [totalFile, ...bigReview(59, 4_000)] }]) });
    const { page } = review;
    await page.getByRole('searchbox', { name: 'Filter files' }).fill('AREA3 module1');
    assert.deepEqual(await paths(page), ['src/area3/module10.ts', 'src/area3/module17.ts']);
    assert.equal(await page.locator('.found').textContent(), '2 of 60 files pass the filter.');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('v');
    await page.keyboard.press('j');
    assert.equal(await option(page, 'src/area3/module17.ts').getAttribute('aria-selected'), 'true');
    await button(page, 'Only files not viewed').click();
    assert.deepEqual(await paths(page), ['src/area3/module17.ts']);
    await review.reopen();
    await page.getByRole('option').first().waitFor();
    assert.deepEqual(await paths(page), ['src/area3/module17.ts']);
    await page.getByRole('searchbox').fill('nothing like this');
    assert.equal(await page.locator('.found').textContent(), 'No file passes the filter.');
    await page.getByRole('searchbox').fill('');
    await button(page, 'Only files with findings').click();
    assert.deepEqual(await paths(page), ['src/total.ts']);
  });

  it('goes from change to change through the files by key and button', async () => {
    const { page } = await open({
      kernel: new InMemoryKernel([{ ...detail, files: [totalFile, files[2] ?? totalFile, ...bigReview(1, 40)] }]),
    });
    await page.locator('.scroller').focus();
    const target = (): Promise<string | null> => page.locator('.target').textContent();
    await page.keyboard.press('n');
    assert.match((await target()) ?? '', /import \{ round \}/);
    await page.keyboard.press('n');
    assert.match((await target()) ?? '', /const x = sum/);
    await page.keyboard.press('ArrowDown');
    assert.match(await page.evaluate<string>('document.activeElement.textContent'), /Math\.round/);
    // The picture between has no lines to go to.
    await button(page, 'Next change (n)').click();
    assert.equal(await option(page, 'src/area0/module0.ts').getAttribute('aria-selected'), 'true');
    assert.match((await target()) ?? '', /compute\(order0/);
    await page.keyboard.press('p');
    assert.equal(await option(page, 'src/total.ts').getAttribute('aria-selected'), 'true');
    assert.match((await target()) ?? '', /const x = sum/);
  });

  it('folds a file away, and jumps into it when a finding leads there', async () => {
    const { page } = await open();
    await button(page, 'Fold this file').click();
    assert.equal(await page.locator('.line').first().isVisible(), false);
    assert.equal(await button(page, 'Fold this file').getAttribute('aria-expanded'), 'false');
    await page.getByRole('link').click();
    assert.equal(await page.locator('.line.target').isVisible(), true);
  });

  it('keeps a file viewed over a reload and another request, until its content changes', async () => {
    const memento = new InMemoryMemento();
    const first = await open({ memento });
    await option(first.page, 'src/total.ts').press('v');
    await option(first.page, 'src/math.ts').press('v');
    assert.equal(await first.page.locator('.file.viewed').count(), 2);
    await first.reopen();
    await first.page.locator('.file.viewed').nth(1).waitFor();
    const changed = files.map((each) => (each.path === 'src/math.ts' ? { ...each, beforeSha256: sha256('other bytes') } : each));
    const again = { ...detail, files: changed, request: { ...request, id: 'again' as RequestId, digest: sha256('again') } };
    const { page } = await open({ memento, kernel: new InMemoryKernel([again]) });
    assert.deepEqual(await paths(page, '.viewed'), ['src/total.ts']);
  });

  it('keeps comments on lines as drafts, shows hostile ones as text, and sends them with a rejection', async () => {
    const hostile = '<img src=x onerror=alert(1)>\u202Eevil';
    const review = await open();
    const { page, kernel } = review;
    await page.locator('.scroller').focus();
    for (const key of ['n', 'n', 'c']) await page.keyboard.press(key);
    await page.keyboard.insertText(hostile);
    // A comment that is still being written is not lost either.
    await review.reopen();
    const writing = page.getByRole('textbox', { name: 'Comment on line 40' });
    assert.equal(await writing.inputValue(), hostile);
    await button(page, 'Keep Comment').click();
    await page.getByText('1 comment goes to the record with a rejection.').waitFor();
    await review.reopen();
    await button(page, 'Edit Comment').click();
    await writing.fill(`${hostile} again`);
    await button(page, 'Keep Comment').click();
    assert.match((await page.locator('.said').textContent()) ?? '', /<img src=x onerror=alert\(1\)>.*U\+202E.*evil again/);
    assert.equal(await page.locator('.comment img').count(), 0);
    await page.locator('.gutter', { hasText: '41 +' }).click();
    await page.keyboard.type('Second');
    await page.keyboard.press('Control+Enter');
    await page.getByText('2 comments go to the record with a rejection.').waitFor();
    await page.getByRole('group', { name: 'Your comment on line 41' }).getByRole('button', { name: 'Delete Comment' }).click();
    await page.getByText('1 comment goes to the record with a rejection.').waitFor();
    await button(page, 'Reject').click();
    await page.getByRole('textbox', { name: 'Why not?' }).fill('See the line');
    await button(page, 'Send Reason').click();
    await page.getByText('With 1 comment on lines.').waitFor();
    const comments = [{ path: 'src/total.ts', side: 'before', line: 40, text: `${hostile} again` }];
    assert.deepEqual(
      kernel.decisions.map(({ decision }) => decision),
      [{ kind: 'reject', reason: 'See the line', comments }],
    );
    await review.reopen();
    await page.locator('.line').first().waitFor();
    assert.equal(await page.locator('.comment').count(), 0, 'what was sent is no draft any more');
  });

  it('sends no comment on what a file was before, and does not lose it', async () => {
    const memento = new InMemoryMemento();
    const note = { path: 'src/total.ts', contentKey: sha256('earlier'), side: 'after', line: 7, text: 'About the earlier one' };
    await memento.update('gonogo.reviewNotes', [[request.missionId, { viewed: [], comments: [note] }]]);
    const { page, kernel } = await open({ memento });
    await page.getByText('Line 7 of an earlier version. It is not sent.').waitFor();
    await button(page, 'Reject').click();
    await page.getByRole('textbox', { name: 'Why not?' }).fill('No');
    await button(page, 'Send Reason').click();
    await page.getByText('Rejected by ada').waitFor();
    assert.deepEqual(
      kernel.decisions.map(({ decision }) => decision),
      [{ kind: 'reject', reason: 'No' }],
    );
  });

  it('marks what differs inside a line, and what moved where', async () => {
    const line = (text: string, at: number, kind: 'added' | 'removed') => ({
      kind,
      text,
      ...(kind === 'added' ? { newLine: at } : { oldLine: at }),
    });
    const block = ['export function roundHalfEven(x: number): number {', '  return Math.round(x);', '}'];
    const old = file({ path: 'src/old.ts', hunks: [{ header: '@@', lines: block.map((text, i) => line(text, i + 5, 'removed')) }] });
    const fresh = file({ path: 'src/new.ts', hunks: [{ header: '@@', lines: block.map((text, i) => line(text, i + 1, 'added')) }] });
    const kernel = new InMemoryKernel([{ ...detail, files: markLines([totalFile, old, fresh], () => 0) }]);
    const { page } = await open({ kernel });
    assert.deepEqual(await page.locator('.word').allTextContents(), ['round', 'math', 'roundHalfEven', 'roundHalfEven']);
    await option(page, 'src/old.ts').locator('.name').click();
    assert.deepEqual(await page.locator('.moved-note').allTextContents(), ['moved to src/new.ts:1'], 'a block is named once');
    assert.equal(await page.locator('.line.moved').count(), 3);
  });

  it('shows pictures side by side, an SVG without running it, and other binaries with their hashes', async () => {
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4"><script>parent.hacked = true</script><image href="http://evil.test/x.png"/></svg>',
    );
    const before = png(3, 2);
    const picture = file({
      path: 'logo.png',
      binary: true,
      beforeSha256: sha256(before),
      afterSha256: sha256(svg),
      beforeBytes: 90,
      afterBytes: 90,
    });
    const kernel = new InMemoryKernel([
      {
        ...detail,
        files: [
          { ...picture, afterSha256: sha256(before) },
          { ...picture, path: 'logo.svg', kind: 'added', binary: false, beforeSha256: undefined },
          { ...picture, path: 'data.bin' },
        ],
      },
    ]);
    kernel.blobs.set('before logo.png', before).set('after logo.png', before).set('after logo.svg', svg);
    const { page } = await open({ kernel });
    const requested: string[] = [];
    page.on('request', (sent) => requested.push(sent.url()));
    await page.locator('figcaption', { hasText: 'After 3 × 2' }).waitFor();
    assert.equal(await page.locator('figcaption', { hasText: 'Before 3 × 2' }).count(), 1);
    await option(page, 'logo.svg').locator('.name').click();
    await page.locator('figcaption', { hasText: 'After 8 × 4' }).waitFor();
    await page.getByText('It did not exist.').waitFor();
    assert.equal(await page.locator('svg').count(), 0);
    assert.equal(await page.evaluate('window.hacked'), undefined);
    await option(page, 'data.bin').locator('.name').click();
    await page.getByText(picture.beforeSha256 ?? '').waitFor();
    await page.getByText(picture.afterSha256 ?? '').waitFor();
    assert.deepEqual(
      requested.filter((url) => !url.startsWith('data:')),
      [],
    );
  });
});

/** A picture of one colour. */
function png(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, crc]);
  };
  const pixels = deflateSync(Buffer.alloc(height * (1 + width * 3)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}
