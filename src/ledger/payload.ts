import { hash, randomFillSync } from 'node:crypto';

/**
 * How an entry names its payload: `SHA-256(salt ‖ payload)` in hexadecimal, over the salt's 32 characters and the payload's canonical JSON in
 * UTF-8. The salt goes with the payload when that is pruned, so that nobody can guess it from what is left.
 */
export function payloadSha256(salt: string, payload: string): string {
  return hash('sha256', salt + payload, 'hex');
}

const SALT_DIGITS = 32;

/** Random salts of 128 bits in hexadecimal, drawn many at a time. */
export class Salts {
  #pool = '';

  next(): string {
    if (this.#pool === '') this.#pool = randomFillSync(Buffer.alloc(4_096)).toString('hex');
    const salt = this.#pool.slice(0, SALT_DIGITS);
    this.#pool = this.#pool.slice(SALT_DIGITS);
    return salt;
  }
}
