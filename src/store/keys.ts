import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError, systemCode } from '../base/errors.ts';

const KEY_BYTES = 32;

/**
 * The 32-byte key `name` in the store's folder, made on first use with mode 0600.
 * Two processes that start at once agree on one: the key is linked into place whole, and the loser reads the winner's.
 *
 * @throws CodedError `bad-key` when the file is not a key of ours.
 */
export function loadOrCreateKey(home: string, name: string): Uint8Array {
  const file = join(home, name);
  const existing = readKey(file);
  if (existing) return existing;
  const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const created = readKey(file);
  if (!created) throw new CodedError('bad-key', `the key \`${file}\` vanished while it was made; start again`);
  return created;
}

function readKey(file: string): Uint8Array | undefined {
  try {
    const key = readFileSync(file);
    if (key.length !== KEY_BYTES)
      throw new CodedError('bad-key', `the key \`${file}\` is damaged; restore it from a backup or delete it to make a new one`);
    return key;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
