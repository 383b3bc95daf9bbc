import { createHash } from 'node:crypto';
import { canonicalJson } from './canonicalJson.ts';

/** Lower-case hex SHA-256, 64 characters. */
export type Sha256 = string & { readonly __brand: 'sha256' };

export function sha256(bytes: string | Uint8Array): Sha256 {
  return createHash('sha256').update(bytes).digest('hex') as Sha256;
}

/** SHA-256 over the canonical JSON of `value`. */
export function digestOf(value: unknown): Sha256 {
  return sha256(canonicalJson(value));
}

export function isSha256(text: string): text is Sha256 {
  return /^[0-9a-f]{64}$/.test(text);
}
