import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ReviewedFile } from './missionUi.ts';
import { findNpm } from './npm.mjs';
import { Problem } from './problem.mjs';
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

/** What the review showed of one file, and the file's text at that moment. */
export interface ShownDiff {
  readonly path: string;
  readonly before: string;
  readonly text: string;
}

export function readText(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

const squeezed = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/** Every line that is new in the workspace was on the screen; lines with invisible characters are shown otherwise. */
export function unseenLines(after: string, { before, text }: ShownDiff): string[] {
  const old = new Set(before.split('\n').map(squeezed));
  const shown = squeezed(text);
  const added = after.split('\n').map(squeezed);
  return added.filter((line) => line !== '' && /^[\x20-\x7e]*$/.test(line) && !old.has(line) && !shown.includes(line));
}

/** Throws when the workspace holds a new line that the review did not show. */
export function verifyShown(workspace: string, shown: readonly ShownDiff[]): void {
  for (const diff of shown) {
    const [line] = unseenLines(readText(path.join(workspace, diff.path)), diff);
    if (line !== undefined) throw new Problem(`${diff.path} has a line that the review did not show: \`${line}\``);
  }
}

/** Runs the workspace's own tests with the Node of the editor. */
export async function runTests(workspace: string, timeoutMs: number): Promise<{ passed: boolean; output: string }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_TEST_CONTEXT|NODE_OPTIONS)/i.test(name)));
  const { code, output } = await run(process.execPath, [findNpm(), 'test'], { cwd: workspace, env, timeoutMs });
  return { passed: code === 0, output };
}
