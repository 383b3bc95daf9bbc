import { hash } from 'node:crypto';

/** 32 bytes. */
export type Hash = Uint8Array;

export const HASH_BYTES = 32;

const leafPrefix = Buffer.from([0]);
/** Used again for each node: the prefix, and room for two hashes. */
const node = Buffer.alloc(1 + 2 * HASH_BYTES, 1);

/** Hash of a leaf (RFC 6962, 2.1): `SHA-256(0x00 ‖ data)`. */
export function leafHash(data: Uint8Array): Hash {
  return sha256(Buffer.concat([leafPrefix, data]));
}

/** The same of a text in UTF-8, in hexadecimal. */
export function leafHashOfText(text: string): string {
  return hash('sha256', `\0${text}`, 'hex');
}

/** Hash of two neighbours (RFC 6962, 2.1): `SHA-256(0x01 ‖ left ‖ right)`. */
export function nodeHash(left: Hash, right: Hash): Hash {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES) return sha256(Buffer.concat([Buffer.from([1]), left, right]));
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  return sha256(node);
}

/** The root of a tree without leaves (RFC 6962, 2.1): `SHA-256()`. */
export function emptyRoot(): Hash {
  return sha256(Buffer.alloc(0));
}

export function sameHash(a: Hash, b: Hash): boolean {
  return Buffer.compare(a, b) === 0;
}

export function sha256(data: Uint8Array): Hash {
  return hash('sha256', data, 'buffer');
}
