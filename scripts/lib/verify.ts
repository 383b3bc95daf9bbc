import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ReviewedFile } from './missionUi.ts';
import { findNpm } from './npm.mjs';
import { run } from './processes.ts';
import { changedPaths, fingerprint } from './workspace.ts';

export interface Verification {
  readonly good: boolean;
  /** One sentence for each thing that is not as decided. */
  readonly problems: readonly string[];
  readonly changed: readonly string[];
}

function sha256Of(file: string): string {
  return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : '';
}

/** Approved: the changed files are the reviewed ones, with the reviewed content. */
export async function verifyApplied(
  workspace: string,
  before: ReadonlyMap<string, string>,
  files: readonly ReviewedFile[],
): Promise<Verification> {
  const changed = changedPaths(before, await fingerprint(workspace));
  const reviewed = new Set(files.map((file) => file.path));
  const problems = changed.filter((name) => !reviewed.has(name)).map((name) => `${name} changed, though the review did not show it`);
  if (files.length === 0) problems.push('the review showed no file');
  for (const file of files) {
    const actual = sha256Of(path.join(workspace, file.path));
    if (actual !== file.afterSha256.replace(/^sha256:/, '')) problems.push(`${file.path} does not hold the reviewed bytes`);
    if (!changed.includes(file.path)) problems.push(`${file.path} was reviewed and did not change`);
  }
  return { good: problems.length === 0, problems, changed };
}

/** Rejected or rolled back: not a byte differs. */
export async function verifyUntouched(workspace: string, before: ReadonlyMap<string, string>): Promise<Verification> {
  const changed = changedPaths(before, await fingerprint(workspace));
  const problems = changed.map((name) => `${name} changed, though nothing was to change`);
  return { good: problems.length === 0, problems, changed };
}

/** Runs the workspace's own tests with the Node of the editor. */
export async function runTests(workspace: string, timeoutMs: number): Promise<{ passed: boolean; output: string }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_TEST_CONTEXT|NODE_OPTIONS)/i.test(name)));
  const { code, output } = await run(process.execPath, [findNpm(), 'test'], { cwd: workspace, env, timeoutMs });
  return { passed: code === 0, output };
}
