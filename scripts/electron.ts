import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { ensureBuilt } from './lib/build.ts';
import { bundleHostTests, showFailures } from './lib/hostSuite.ts';
import { main } from './lib/main.ts';
import { root } from './lib/paths.ts';
import { Problem } from './lib/problem.mjs';
import { readReport, reportOf } from './lib/suites.ts';
import { copySample } from './lib/workspace.ts';

/** test/host inside a desktop VS Code: the one named by --code PATH, else the newest stable one, which is downloaded. */
await main(async () => {
  const named = process.argv[2] === '--code' ? process.argv[3] : undefined;
  await ensureBuilt();
  const tests = path.join(root, '.scratch', 'electron-tests');
  rmSync(tests, { recursive: true, force: true });
  mkdirSync(tests, { recursive: true });
  await bundleHostTests(tests);
  const scratch = mkdtempSync(path.join(tmpdir(), 'gonogo-'));
  const report = reportOf('electron');
  rmSync(report, { force: true });
  const started = performance.now();
  try {
    const workspace = path.join(scratch, 'invoices');
    await copySample(workspace, true);
    await runTests({
      ...(named === undefined ? {} : { vscodeExecutablePath: named }),
      extensionDevelopmentPath: root,
      extensionTestsPath: tests,
      extensionTestsEnv: { GONOGO_HOME: path.join(scratch, 'home'), GONOGO_TEST_REPORT: report },
      launchArgs: [workspace, '--user-data-dir', path.join(scratch, 'data'), '--disable-extensions', '--disable-workspace-trust'],
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Problem(
      `A desktop VS Code could not run the tests (${why}). Name one with --code PATH, or use npm run test:host, which needs none.`,
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
  showFailures(report);
  const { passed, failed, skipped } = readReport('electron', performance.now() - started);
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  return failed === 0 ? 0 : 1;
});
