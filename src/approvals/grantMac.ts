import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../base/canonicalJson.ts';

export interface GrantFields {
  readonly id: string;
  readonly requestId: string;
  readonly digest: string;
  readonly expiresAt: number;
}

/**
 * HMAC-SHA256 over `gonogo-grant-v1\n` and the canonical JSON of the fields, in hex: a row somebody wrote into the database
 * grants nothing. `usedBy` is left out because it only takes power away.
 */
export function grantMac(key: Uint8Array, { id, requestId, digest, expiresAt }: GrantFields): string {
  return createHmac('sha256', key).update('gonogo-grant-v1\n').update(canonicalJson({ id, requestId, digest, expiresAt })).digest('hex');
}

export function grantMacValid(key: Uint8Array, fields: GrantFields, mac: string): boolean {
  const expected = Buffer.from(grantMac(key, fields), 'hex');
  const given = Buffer.from(mac, 'hex');
  return expected.length === given.length && timingSafeEqual(expected, given);
}
