import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CriticFile } from '../../../src/contracts/critic.ts';
import type { Finding } from '../../../src/contracts/verdict.ts';
import { grammarFolder } from '../../../src/critics/treeSitter/grammars.ts';
import { TreeSitterCritic } from '../../../src/critics/treeSitter/treeSitterCritic.ts';

export const queries = path.join(fileURLToPath(new URL('../../..', import.meta.url)), 'media', 'queries');

export function openCritic(limits?: { readonly file: number; readonly review: number }): Promise<TreeSitterCritic> {
  return TreeSitterCritic.open({ grammars: grammarFolder(), queries, ...(limits && { limits }) });
}

/** `code:line` of each finding. */
export function summary({ code, location }: Finding): string {
  return `${code}:${location?.line ?? 0}`;
}

let shared: Promise<TreeSitterCritic> | undefined;

/** What one critic for all tests says of those files. */
export async function review(...files: readonly CriticFile[]): Promise<readonly Finding[]> {
  const critic = await (shared ??= openCritic());
  return critic.review(files, new AbortController().signal);
}
