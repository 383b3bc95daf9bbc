import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';

interface Result {
  title: string;
  state: 'passed' | 'failed' | 'skipped';
  ms: number;
  error?: string;
}

function stateOf(test: Mocha.Runnable): Result['state'] {
  if (test.isPending()) return 'skipped';
  return test.state === 'passed' ? 'passed' : 'failed';
}

/** Written aside and renamed, because the runner outside takes the file's existence for the end of the run. */
function writeReport(file: string, report: unknown): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.part`, `${JSON.stringify(report, undefined, 2)}\n`);
  renameSync(`${file}.part`, file);
}

/**
 * Runs the suites that `load` brings inside the extension host and writes the results to the file named by
 * GONOGO_TEST_REPORT. Rejects when a test failed, which VS Code takes as the verdict.
 */
export async function runSuite(load: readonly (() => unknown)[]): Promise<void> {
  const report = process.env.GONOGO_TEST_REPORT;
  if (report === undefined) throw new Error('GONOGO_TEST_REPORT names no file for the results');
  const results: Result[] = [];
  const summary = (extra: object = {}): object => {
    const count = (state: Result['state']): number => results.filter((result) => result.state === state).length;
    return { passed: count('passed'), failed: count('failed'), skipped: count('skipped'), tests: results, ...extra };
  };
  try {
    const grep = process.env.GONOGO_TEST_GREP;
    const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, forbidOnly: true, ...(grep === undefined ? {} : { grep }) });
    mocha.suite.emit('pre-require', globalThis, '', mocha);
    for (const one of load) one();
    const failures = await new Promise<number>((resolve) => {
      const runner = mocha.run(resolve);
      runner.on('test end', (test: Mocha.Test) => {
        results.push({
          title: test.fullTitle(),
          state: stateOf(test),
          ms: test.duration ?? 0,
          ...(test.err?.stack === undefined ? {} : { error: test.err.stack }),
        });
      });
      runner.on('fail', (failed: Mocha.Runnable, error: Error) => {
        // A hook that fails ends no test, but it counts.
        if (failed instanceof Mocha.Hook)
          results.push({ title: failed.fullTitle(), state: 'failed', ms: 0, error: error.stack ?? error.message });
      });
    });
    writeReport(report, summary());
    if (failures > 0) throw new Error(`${failures} tests failed`);
  } catch (error) {
    if (results.length > 0) throw error;
    // Loading failed: without a report the runner would wait for nothing.
    const title = 'the host suite loads';
    results.push({ title, state: 'failed', ms: 0, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    writeReport(report, summary());
    throw error;
  }
}
