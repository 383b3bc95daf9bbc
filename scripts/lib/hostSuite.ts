import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { launchChromium } from './chromium.ts';
import { startEditor } from './editor.ts';
import { root } from './paths.ts';
import { filesOf, readReport, reportOf } from './suites.ts';
import type { SuiteResult } from './suites.ts';
import { until } from './until.ts';
import { copySample } from './workspace.ts';

const limitMs = 8 * 60_000;

/** Bundles test/host into one module that exports `run`; it lies in the checkout, so that it finds mocha. */
export async function bundleHostTests(to: string): Promise<void> {
  const files = filesOf('host').map((file) => `() => require(${JSON.stringify(`./${file}`)})`);
  await build({
    stdin: {
      contents: `import { runSuite } from './test/host/support/runSuite.ts'; export const run = () => runSuite([${files.join(', ')}]);`,
      resolveDir: root,
      loader: 'ts',
    },
    absWorkingDir: root,
    outfile: path.join(to, 'index.js'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
    define: { 'import.meta.url': '__moduleUrl' },
    banner: { js: "const __moduleUrl=require('node:url').pathToFileURL(__filename).href;" },
  });
}

interface HostTest {
  readonly title: string;
  readonly state: string;
  readonly error?: string;
}

export function showFailures(report: string): void {
  const { tests } = JSON.parse(readFileSync(report, 'utf8')) as { tests: HostTest[] };
  for (const test of tests) if (test.state === 'failed') process.stdout.write(`\n  ${test.title}\n  ${test.error ?? ''}\n`);
}

/** Runs test/host inside the extension host of a real VS Code, which needs a page that shows the workbench. */
export async function runHost(extra: readonly string[]): Promise<SuiteResult> {
  const started = performance.now();
  const report = reportOf('host');
  rmSync(report, { force: true });
  const tests = path.join(root, '.scratch', 'host-tests');
  rmSync(tests, { recursive: true, force: true });
  mkdirSync(tests, { recursive: true });
  await bundleHostTests(tests);
  const scratch = mkdtempSync(path.join(tmpdir(), 'gonogo-'));
  const workspace = path.join(scratch, 'invoices');
  const undo: (() => Promise<void>)[] = [];
  const grep = extra[0] === '--grep' ? extra[1] : undefined;
  try {
    await copySample(workspace, true);
    const editor = await startEditor({
      workspace,
      profile: path.join(scratch, 'profile'),
      extension: { kind: 'source', folder: root, testsPath: tests },
      env: {
        GONOGO_HOME: path.join(scratch, 'home'),
        GONOGO_TEST_REPORT: report,
        ...(grep === undefined ? {} : { GONOGO_TEST_GREP: grep }),
      },
    });
    undo.push(() => editor.stop());
    const browser = await launchChromium();
    undo.push(() => browser.close());
    const page = await browser.newPage();
    await page.goto(editor.url, { waitUntil: 'commit' });
    await until('the report of the host suite', limitMs, () => (existsSync(report) ? true : undefined));
  } finally {
    for (const end of undo.reverse()) await end();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
  showFailures(report);
  return readReport('host', Math.round(performance.now() - started));
}
