import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lint, passes, types } from './lib/checks.ts';
import type { Check } from './lib/checks.ts';
import { ensureBuilt } from './lib/build.ts';
import { runHost } from './lib/hostSuite.ts';
import { main } from './lib/main.ts';
import { reports } from './lib/paths.ts';
import { Problem } from './lib/problem.mjs';
import { filesOf, reportOf, runMocha } from './lib/suites.ts';
import type { MochaSuite, SuiteResult } from './lib/suites.ts';
import { table } from './lib/table.ts';
import { ensureSandboxWorks, ensureSystem } from './system.ts';

const minute = 60_000;

const mochaSuites: readonly MochaSuite[] = [
  { name: 'unit', timeoutMs: 20_000, limitMs: 5 * minute },
  { name: 'contract', timeoutMs: 30_000, limitMs: 5 * minute },
  { name: 'node', jobs: 3, timeoutMs: 120_000, limitMs: 16 * minute },
  { name: 'browser', timeoutMs: 4 * minute, limitMs: 20 * minute },
];

const order = ['types', 'lint', 'unit', 'contract', 'node', 'host', 'browser'];

const needs: Readonly<Record<string, Parameters<typeof ensureSystem>[0]>> = {
  contract: ['bubblewrap'],
  node: ['git', 'bubblewrap'],
  host: ['git', 'bubblewrap', 'chromium'],
  browser: ['git', 'bubblewrap', 'chromium'],
};

async function runCheck(check: Check): Promise<SuiteResult> {
  const started = performance.now();
  const passed = await passes(check);
  const result = {
    name: check.name,
    passed: passed ? 1 : 0,
    failed: passed ? 0 : 1,
    skipped: 0,
    ms: Math.round(performance.now() - started),
  };
  writeFileSync(reportOf(check.name), `${JSON.stringify(result, undefined, 2)}\n`);
  return result;
}

/** What the suite needs of the machine, and dist/ for those that run the product. */
async function prepare(name: string): Promise<void> {
  const needed = needs[name];
  if (needed === undefined) return;
  await ensureSystem(needed);
  await ensureSandboxWorks();
  if (name !== 'contract') await ensureBuilt();
}

async function runSuite(name: string, extra: readonly string[]): Promise<SuiteResult> {
  if (name === 'types') return runCheck(types);
  if (name === 'lint') return runCheck(lint);
  if (filesOf(name).length === 0) return { name, passed: 0, failed: 0, skipped: 0, ms: 0, trouble: 'has no test files' };
  await prepare(name);
  if (name === 'host') return runHost(extra);
  const suite = mochaSuites.find((one) => one.name === name);
  if (!suite) throw new Problem(`There is no suite \`${name}\`. Choose one of: ${order.join(', ')}.`);
  return runMocha(suite, extra);
}

/** A suite that cannot even start is one failure, and the others still run. */
async function attempt(name: string, extra: readonly string[]): Promise<SuiteResult> {
  process.stderr.write(`${name} …\n`);
  try {
    return await runSuite(name, extra);
  } catch (error) {
    const trouble = error instanceof Problem ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stdout.write(`${trouble}\n`);
    return { name, passed: 0, failed: 1, skipped: 0, ms: 0, trouble: trouble.split('\n')[0] ?? trouble };
  }
}

await main(async () => {
  const [first, ...rest] = process.argv.slice(2);
  const one = first !== undefined && order.includes(first) ? first : undefined;
  if (first !== undefined && one === undefined && !first.startsWith('-')) {
    throw new Problem(`There is no suite \`${first}\`. Choose one of: ${order.join(', ')}.`);
  }
  mkdirSync(reports, { recursive: true });
  const summaryFile = path.join(reports, 'test.json');
  rmSync(summaryFile, { force: true });
  const results: SuiteResult[] = [];
  for (const name of one === undefined ? order : [one]) results.push(await attempt(name, one === undefined ? [] : rest));
  const sum = (key: 'passed' | 'failed' | 'skipped'): number => results.reduce((total, result) => total + result[key], 0);
  const total = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
  if (one === undefined) writeFileSync(summaryFile, `${JSON.stringify({ ...total, suites: results }, undefined, 2)}\n`);
  const rows = results.map((result) => [
    result.name,
    String(result.passed),
    String(result.failed),
    String(result.skipped),
    (result.ms / 1000).toFixed(1),
    result.trouble ?? '',
  ]);
  process.stdout.write(`\n${table(['suite', 'passed', 'failed', 'skipped', 'seconds', ''], rows)}\n`);
  process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
});
