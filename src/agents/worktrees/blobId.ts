import { createHash, type Hash } from 'node:crypto';
import type { ObjectId } from '../../contracts/review.ts';

/** git's id of a blob: the hash over `blob <size>\0` and the bytes; 40 hex digits mean SHA-1, 64 mean SHA-256. */
export function blobHash(size: number, like: ObjectId): Hash {
  return createHash(like.length === 64 ? 'sha256' : 'sha1').update(`blob ${size}\0`);
}

export function isObjectId(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}
