import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import type { Browser, ConsoleMessage, Page } from 'playwright-core';
import { approvalHtml } from '../../../src/editor/approvals/approvalHtml.ts';
import { sessionFixture } from '../../unit/editor/approvals/fakes.ts';
import type { SessionFixture } from '../../unit/editor/approvals/fakes.ts';
import themes from './themes.json' with { type: 'json' };

const root = path.resolve(import.meta.dirname, '../../..');
const origin = 'http://review.test';
/** Debian's chromium; elsewhere say where it is. */
const executablePath = process.env['GONOGO_CHROMIUM'] ?? '/usr/bin/chromium';
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export type Theme = keyof typeof themes;
export const themeNames = [
  'Dark 2026',
  'Light 2026',
  'Dark Modern',
  'Light Modern',
  'Default High Contrast',
  'Default High Contrast Light',
] as const satisfies Theme[];

/** What VS Code puts into every webview beside the theme's variables. */
const workbenchStyles = `
  @layer vscode-default {
    html { background: var(--vscode-editor-background); }
    body { background-color: transparent; color: var(--vscode-editor-foreground); font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); margin: 0; padding: 0 20px; }
    code { font-family: var(--monaco-monospace-font); color: var(--vscode-textPreformat-foreground); background-color: var(--vscode-textPreformat-background); padding: 1px 3px; border-radius: 4px; }
  }`;

export interface ReviewPage extends SessionFixture {
  readonly page: Page;
  /** Errors, and whatever the page's policy blocked. */
  readonly complaints: string[];
  /** Closes the script's context and starts it anew, as VS Code does with a hidden panel. State stays. */
  reopen(): Promise<void>;
}

type Assets = ReadonlyMap<string, { readonly body: Buffer; readonly contentType: string }>;

/** The real webview bundle in a real browser under its real policy, talking to the real session in this process. */
export class ReviewBrowser {
  readonly #browser: Browser;
  readonly #assets: Assets;

  private constructor(browser: Browser, assets: Assets) {
    this.#browser = browser;
    this.#assets = assets;
  }

  static async launch(): Promise<ReviewBrowser> {
    const { outputFiles } = await build({
      absWorkingDir: root,
      entryPoints: [{ in: 'webview-ui/approval/main.ts', out: 'approval' }],
      outdir: 'out',
      bundle: true,
      write: false,
      format: 'iife',
      platform: 'browser',
      target: 'chrome140',
      loader: { '.ttf': 'file' },
    });
    const types: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css', '.ttf': 'font/ttf' };
    const assets = new Map(
      outputFiles.map((file) => [
        `/${path.basename(file.path)}`,
        { body: Buffer.from(file.contents), contentType: types[path.extname(file.path)] ?? 'application/octet-stream' },
      ]),
    );
    return new ReviewBrowser(await chromium.launch({ executablePath, args }), assets);
  }

  async open(
    options: { theme?: Theme; width?: number; height?: number; session?: Parameters<typeof sessionFixture>[0] } = {},
  ): Promise<ReviewPage> {
    const { theme = 'Dark 2026', width = 1280, height = 800 } = options;
    const context = await this.#browser.newContext({ viewport: { width, height } });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message: ConsoleMessage) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    const html = approvalHtml({
      cspSource: origin,
      nonce: 'bm9uY2U',
      styleNonce: 'c3R5bGU',
      script: `${origin}/approval.js`,
      style: `${origin}/approval.css`,
    });
    await page.route('**/*', (route) => {
      const { pathname } = new URL(route.request().url());
      const asset = pathname === '/' ? { body: Buffer.from(html), contentType: 'text/html' } : this.#assets.get(pathname);
      return asset ? route.fulfill(asset) : route.fulfill({ status: 404, body: '' });
    });
    const fixture = sessionFixture({
      ...options.session,
      post: (message) => {
        // A message to a page that has just been closed is dropped, as in a hidden webview.
        page.evaluate(`window.postMessage(${JSON.stringify(message)}, '*')`).catch(() => undefined);
      },
    });
    await page.exposeFunction('toEditor', (message: unknown) => void fixture.session.receive(message));
    await page.addInitScript({ content: dress(themes[theme]) });
    await page.goto(origin);
    return { ...fixture, page, complaints, reopen: () => page.reload().then(() => undefined) };
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

/** Runs in the page before anything else: the theme, and the API that VS Code gives a webview. */
function dress(theme: (typeof themes)[Theme]): string {
  return `
    const theme = ${JSON.stringify(theme)};
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(${JSON.stringify(workbenchStyles)});
    document.adoptedStyleSheets.push(sheet);
    document.addEventListener('readystatechange', () => {
      for (const [name, value] of Object.entries(theme.variables)) document.documentElement.style.setProperty(name, value);
      document.body.classList.add(theme.kind);
      document.body.dataset.vscodeThemeKind = theme.kind;
    });
    window.acquireVsCodeApi = () => ({
      postMessage: (message) => void window.toEditor(message),
      getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null'),
      setState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
    });`;
}

export const axeSource = readFileSync(path.join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');
