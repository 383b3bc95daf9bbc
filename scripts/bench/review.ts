import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import type { Measurement } from '../bench.ts';
import { approvalHtml } from '../../src/editor/approvals/approvalHtml.ts';
import { toReviewView } from '../../src/editor/approvals/reviewMapper.ts';
import { localCalendar } from '../../src/editor/approvals/words.ts';
import { markLines } from '../../src/missions/lineMarks.ts';
import { asked, bigReview, detail } from '../../test/unit/editor/approvals/samples.ts';
import { launchChromium } from '../lib/chromium.ts';
import { dist } from '../lib/paths.ts';

const origin = 'http://review.test';
const runs = 5;
const presses = 20;

/** The built webview in Chromium with a review of 5,000 changed lines in 60 files: first paint, key to paint, and nodes. */
export async function run(): Promise<Measurement[]> {
  const files = bigReview(60, 5_000);
  const began = performance.now();
  const marked = markLines(files, () => performance.now());
  const marking = performance.now() - began;
  const review = toReviewView(
    { ...detail, files: marked, findings: [], stopped: [] },
    { now: asked, calendar: localCalendar('UTC'), trusted: true, stopped: false },
  );
  const event = { kind: 'event', name: 'review', payload: { state: 'review', now: asked, review } };
  const browser = await launchChromium();
  try {
    const first: number[] = [];
    const keys = { file: [] as number[], change: [] as number[], filter: [] as number[] };
    let nodes = 0;
    for (let turn = 0; turn < runs; turn += 1) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      const page = await context.newPage();
      await serve(page, JSON.stringify(event));
      await page.goto(origin);
      await page.waitForFunction('window.painted !== undefined');
      first.push(await page.evaluate<number>('window.painted'));
      await page.locator('[role=option][tabindex="0"]').focus();
      keys.file.push(...(await timed(page, 'j')));
      nodes = Math.max(nodes, await page.evaluate<number>(countNodes));
      await page.locator('.scroller').focus();
      keys.change.push(...(await timed(page, 'n')));
      nodes = Math.max(nodes, await page.evaluate<number>(countNodes));
      await page.getByRole('searchbox').focus();
      keys.filter.push(...(await timed(page, '1', 2)), ...(await timed(page, 'Backspace', 2)));
      await context.close();
    }
    const shown = (name: string, all: number[]): Measurement[] => [
      { name: `review: ${name}, key to paint, median`, value: median(all), unit: 'ms', baseline: 100 },
      { name: `review: ${name}, key to paint, slowest of ${all.length}`, value: Math.max(...all), unit: 'ms', baseline: 100 },
    ];
    return [
      { name: 'review of 5,000 lines in 60 files: first paint, median', value: median(first), unit: 'ms', baseline: 300 },
      { name: `review: first paint, slowest of ${runs}`, value: Math.max(...first), unit: 'ms', baseline: 300 },
      ...shown('next file', keys.file),
      ...shown('next change', keys.change),
      ...shown('filter', keys.filter),
      { name: 'review: DOM nodes at most', value: nodes, unit: 'nodes', baseline: 3_000 },
      { name: 'review: words and moved lines marked in the kernel', value: marking, unit: 'ms', baseline: 200 },
    ];
  } finally {
    await browser.close();
  }
}

/** Counts text and elements alike. */
const countNodes = `(() => {
  const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL);
  let count = 0;
  while (walker.nextNode()) count++;
  return count;
})()`;

/** From the key's own time stamp until after the frame that shows what it did. */
async function timed(page: Page, key: string, times = presses): Promise<number[]> {
  const taken: number[] = [];
  for (let press = 0; press < times; press += 1) {
    const measured = page.evaluate<number>(`new Promise((resolve) => {
      window.addEventListener('keydown', (event) => afterPaint(() => resolve(performance.now() - event.timeStamp)), { once: true, capture: true });
      window.armed = true;
    })`);
    await page.waitForFunction('window.armed === true');
    await page.keyboard.press(key);
    taken.push(await measured);
    await page.evaluate('window.armed = false');
  }
  return taken;
}

async function serve(page: Page, event: string): Promise<void> {
  const types: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css', '.ttf': 'font/ttf' };
  const html = approvalHtml({
    cspSource: origin,
    nonce: 'bm9uY2U',
    styleNonce: 'c3R5bGU',
    script: `${origin}/approval.js`,
    style: `${origin}/approval.css`,
  });
  await page.route('**/*', (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') return route.fulfill({ body: html, contentType: 'text/html' });
    const file = path.join(dist, 'webview', path.basename(pathname));
    if (!existsSync(file)) return route.fulfill({ status: 404, body: '' });
    return route.fulfill({ body: readFileSync(file), contentType: types[path.extname(file)] ?? 'application/octet-stream' });
  });
  // The editor's part: it answers every request, and sends the review once the page is ready.
  await page.addInitScript({
    content: `
      window.afterPaint = (done) => requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = done;
        port2.postMessage(undefined);
      });
      window.acquireVsCodeApi = () => ({
        postMessage: ({ kind, id, method }) => {
          if (kind !== 'request') return;
          window.postMessage({ kind: 'response', id, ok: true, result: {} });
          if (method !== 'ready') return;
          const review = JSON.parse(${JSON.stringify(event)});
          window.asked = performance.now();
          window.postMessage(review);
        },
        getState: () => undefined,
        setState: () => undefined,
      });
      new MutationObserver((_, observer) => {
        if (!document.querySelector('.line')) return;
        observer.disconnect();
        afterPaint(() => (window.painted = performance.now() - window.asked));
      }).observe(document, { childList: true, subtree: true });`,
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
