import type { Critic, CriticFile } from '../contracts/critic.ts';
import type { Finding } from '../contracts/verdict.ts';

/** The first line of a pointer: git-lfs, docs/spec.md. Pointers have less than 1,024 bytes. */
const POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n/;
const POINTER_BYTES = 1_024;

/** Says which changes are of a Git LFS pointer: what a review shows then is not the content the pointer stands for. */
export const pointerCritic: Critic = {
  name: 'lfs',
  review: (files) => Promise.resolve(files.flatMap(findingsOf)),
};

function findingsOf({ path, before, after }: CriticFile): readonly Finding[] {
  if (!isPointer(before) && !isPointer(after)) return [];
  const what = isPointer(before) && isPointer(after) ? 'is' : isPointer(after) ? 'became' : 'was';
  const reason = `\`${path}\` ${what} a Git LFS pointer. These bytes are shown and applied as they are; the content they stand for is neither fetched nor checked.`;
  return [{ check: 'lfs', effect: 'hold', code: 'lfs-pointer', reason, location: { path, line: 1 } }];
}

function isPointer(text: string | undefined): boolean {
  return text !== undefined && text.length < POINTER_BYTES && POINTER.test(text);
}
