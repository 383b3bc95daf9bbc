import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { reports, root } from './paths.ts';
import { run } from './processes.ts';

export interface SuiteResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly ms: number;
  /** What went wrong besides failing tests. */
  readonly trouble?: string;
}

export interface MochaSuite {
  readonly name: 'unit' | 'contract' | 'node' | 'browser';
  /** Files that run at the same time, in processes of their own; absent: one after another in one. */
  readonly jobs?: number;
  /** For one test. */
  readonly timeoutMs: number;
  /** For all of them; the suite is stopped and fails after it. */
  readonly limitMs: number;
}

export function filesOf(suite: string): string[] {
  return globSync(`test/${suite}/**/*.test.ts`, { cwd: root }).sort();
}

export function reportOf(suite: string): string {
  return path.join(reports, `${suite}.json`);
}

function countIn(read: unknown, key: string): number {
  const value: unknown = typeof read === 'object' && read !== null ? Reflect.get(read, key) : undefined;
  return typeof value === 'number' ? value : 0;
}

/** The counts in a report; a missing report, or none counted though there are test files, is a failure. */
export function readReport(name: string, ms: number, trouble?: string): SuiteResult {
  const file = reportOf(name);
  if (!existsSync(file)) return { name, passed: 0, failed: 1, skipped: 0, ms, trouble: trouble ?? 'wrote no report' };
  const read: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const counts = { passed: countIn(read, 'passed'), failed: countIn(read, 'failed'), skipped: countIn(read, 'skipped') };
  const none = counts.passed + counts.failed + counts.skipped === 0;
  const complaint = trouble ?? (none ? 'ran no test, though it has files' : undefined);
  // A run that breaks off after its last test has passed has still failed.
  const failed = complaint !== undefined && counts.failed === 0 ? 1 : counts.failed;
  return { name, ...counts, failed, ms, ...(complaint === undefined ? {} : { trouble: complaint }) };
}

/** Runs one mocha suite in a process of its own, with a store that is nobody's. */
export async function runMocha(suite: MochaSuite, extra: readonly string[]): Promise<SuiteResult> {
  const { name } = suite;
  const report = reportOf(name);
  rmSync(report, { force: true });
  const home = mkdtempSync(path.join(tmpdir(), 'gonogo-'));
  const args = [path.join(root, 'node_modules/mocha/bin/mocha.js'), ...filesOf(name), '--timeout', String(suite.timeoutMs)];
  args.push(
    '--forbid-only',
    '--reporter',
    path.join(root, 'scripts/lib/mochaReporter.cjs'),
    '--reporter-option',
    `output=${report}`,
    ...(suite.jobs === undefined ? [] : ['--parallel', '--jobs', String(suite.jobs)]),
    ...extra,
  );
  const started = performance.now();
  try {
    const env = { ...process.env, GONOGO_HOME: home, NODE_ENV: 'test' };
    const flags = ['--disable-warning=ExperimentalWarning'];
    const { code, timedOut } = await run(process.execPath, [...flags, ...args], { cwd: root, env, timeoutMs: suite.limitMs, echo: true });
    const ms = Math.round(performance.now() - started);
    if (timedOut) return readReport(name, ms, `did not end within ${suite.limitMs / 1000} s`);
    const result = readReport(name, ms);
    return code !== 0 && result.failed === 0 ? { ...result, failed: 1, trouble: `ended with ${code}` } : result;
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  }
}
