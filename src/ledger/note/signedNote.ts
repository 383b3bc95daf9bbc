import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { CodedError } from '../../base/errors.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { sha256 } from '../merkle/hash.ts';

/**
 * C2SP signed-note, with Ed25519 keys (signature type 0x01):
 *
 *     <text that ends with a newline>
 *     <empty line>
 *     — <key name> base64(key id, 4 bytes ‖ signature, 64 bytes)
 *
 * The signature is over the text with its last newline. The key id is the first four bytes of
 * `SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)`.
 */
const ED25519 = 0x01;
const KEY_ID_BYTES = 4;
const SIGNATURE_BYTES = 64;
const MAX_NOTE = 1_000_000;
const MAX_SIGNATURES = 100;

export type NoteErrorCode = 'malformed-note' | 'unknown-key' | 'bad-signature' | 'bad-key';

export interface NoteError {
  readonly code: NoteErrorCode;
  /** What is wrong, in lower case, without a full stop. */
  readonly message: string;
}

/** Signs notes. `name` and `id` are what a verifier knows it by. */
export interface NoteSigner {
  readonly verifier: NoteVerifier;
  sign(text: string): Uint8Array;
}

export interface NoteVerifier {
  readonly name: string;
  /** 8 lower-case hexadecimal digits. */
  readonly id: string;
  /** As C2SP signed-note writes it: `<name>+<id>+base64(0x01 ‖ public key)`. */
  readonly vkey: string;
  verify(text: string, signature: Uint8Array): boolean;
}

export interface NoteSignature {
  readonly name: string;
  readonly id: string;
  readonly signature: Uint8Array;
}

export interface ParsedNote {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** @throws CodedError `bad-key` for a name that no note can carry. */
export function noteSigner(name: string, seed: Uint8Array): NoteSigner {
  // RFC 8410 around a seed of 32 bytes.
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const verifier = verifierOf(name, rawPublicKey(createPublicKey(key)));
  if (!verifier.ok) throw new CodedError(verifier.error.code, verifier.error.message);
  return { verifier: verifier.value, sign: (text) => sign(null, Buffer.from(text), key) };
}

export function parseVerifierKey(vkey: string): Result<NoteVerifier, NoteError> {
  const [, name, id, key] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey.trim()) ?? [];
  const bytes = key === undefined ? undefined : decode(key);
  if (name === undefined || bytes?.[0] !== ED25519 || bytes.length !== 33)
    return fail('bad-key', 'this is no Ed25519 verifier key as C2SP signed-note writes it');
  const verifier = verifierOf(name, bytes.subarray(1));
  if (verifier.ok && verifier.value.id !== id) return fail('bad-key', 'the id in the verifier key is not that of its name and key');
  return verifier;
}

/** The note with one signature for each signer. */
export function formatNote(text: string, signers: readonly NoteSigner[]): string {
  const lines = signers.map((signer) => {
    const { name, id } = signer.verifier;
    return `— ${name} ${Buffer.concat([Buffer.from(id, 'hex'), signer.sign(text)]).toString('base64')}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/** Reads the form alone: nothing in it may be believed before `openNote`. */
export function parseNote(note: string): Result<ParsedNote, NoteError> {
  if (note.length > MAX_NOTE) return fail('malformed-note', 'the note is too long');
  // eslint-disable-next-line no-control-regex -- these are what a note must not hold
  if (!note.isWellFormed() || /[\u0000-\u0009\u000b-\u001f]/.test(note)) return fail('malformed-note', 'the note holds control characters');
  const border = note.lastIndexOf('\n\n');
  if (border < 0 || !note.endsWith('\n')) return fail('malformed-note', 'the note has no empty line before its signatures');
  const text = note.slice(0, border + 1);
  const lines = note.slice(border + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) return fail('malformed-note', 'the note has too many signatures');
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const [, name, encoded] = /^— (\S+) ([A-Za-z0-9+/=]+)$/u.exec(line) ?? [];
    const bytes = encoded === undefined ? undefined : decode(encoded);
    if (name === undefined || name.includes('+') || bytes === undefined || bytes.length <= KEY_ID_BYTES)
      return fail('malformed-note', 'a signature line of the note cannot be read');
    signatures.push({
      name,
      id: bytes.subarray(0, KEY_ID_BYTES).toString('hex'),
      signature: bytes.subarray(KEY_ID_BYTES),
    });
  }
  return ok({ text, signatures });
}

/**
 * The text of a note, once a signature of at least one of `verifiers` holds. One of theirs that does not hold spoils the note; those of
 * keys that are not among them are passed over.
 */
export function openNote(
  note: string,
  verifiers: readonly NoteVerifier[],
): Result<{ readonly text: string; readonly by: readonly NoteVerifier[] }, NoteError> {
  const parsed = parseNote(note);
  if (!parsed.ok) return parsed;
  const { text, signatures } = parsed.value;
  const by: NoteVerifier[] = [];
  for (const { name, id, signature } of signatures) {
    const verifier = verifiers.find((each) => each.name === name && each.id === id);
    if (!verifier) continue;
    if (!verifier.verify(text, signature)) return fail('bad-signature', `the signature of \`${name}\` does not hold`);
    by.push(verifier);
  }
  return by.length > 0 ? ok({ text, by }) : fail('unknown-key', 'none of the signatures is by a key that is known here');
}

function verifierOf(name: string, publicKey: Uint8Array): Result<NoteVerifier, NoteError> {
  if (!/^[^\s+]+$/u.test(name) || !name.isWellFormed()) return fail('bad-key', `\`${name}\` cannot be the name of a key`);
  const typed = Buffer.concat([Buffer.from([ED25519]), publicKey]);
  const id = Buffer.from(sha256(Buffer.concat([Buffer.from(`${name}\n`), typed])))
    .subarray(0, KEY_ID_BYTES)
    .toString('hex');
  const key = createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey]),
    format: 'der',
    type: 'spki',
  });
  return ok({
    name,
    id,
    vkey: `${name}+${id}+${typed.toString('base64')}`,
    verify: (text, signature) => signature.length === SIGNATURE_BYTES && verify(null, Buffer.from(text), key, signature),
  });
}

function rawPublicKey(key: KeyObject): Uint8Array {
  return key.export({ format: 'der', type: 'spki' }).subarray(-32);
}

/** Standard Base64 in its one canonical form; `undefined` for anything else. */
function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

function fail(code: NoteErrorCode, message: string): Result<never, NoteError> {
  return err({ code, message });
}
