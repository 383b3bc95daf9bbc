import { err, ok, type Result } from '../../base/result.ts';
import { HASH_BYTES, type Hash } from '../merkle/hash.ts';
import { formatNote, openNote, type NoteError, type NoteSigner, type NoteVerifier } from './signedNote.ts';

/** A tree head: which log, how many leaves, which root. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
}

/**
 * The text of a C2SP tlog-checkpoint, three lines and no extension:
 *
 *     <origin>
 *     <size in decimal>
 *     <base64 of the root>
 */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
}

/** Reads the text of a checkpoint, with or without extension lines. Strict: what it accepts is written in one way only. */
export function parseCheckpoint(text: string): Result<Checkpoint, NoteError> {
  const malformed = (message: string): Result<never, NoteError> => err({ code: 'malformed-note', message });
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length < 3 || lines.includes('')) return malformed('the checkpoint does not have three lines');
  const [origin = '', sizeText = '', rootText = ''] = lines;
  const size = Number(sizeText);
  if (!/^(0|[1-9][0-9]*)$/.test(sizeText) || !Number.isSafeInteger(size)) return malformed('the size in the checkpoint is not a number');
  const root = Buffer.from(rootText, 'base64');
  if (root.length !== HASH_BYTES || root.toString('base64') !== rootText) return malformed('the root in the checkpoint is not a hash');
  return ok({ origin, size, root });
}

/** A signed checkpoint: a note with the checkpoint as its text. */
export function signCheckpoint(checkpoint: Checkpoint, signers: readonly NoteSigner[]): string {
  return formatNote(checkpointText(checkpoint), signers);
}

export interface OpenedCheckpoint extends Checkpoint {
  /** Whose signatures hold. */
  readonly by: readonly NoteVerifier[];
}

/** The checkpoint of a note that one of `verifiers` has signed. */
export function openCheckpoint(note: string, verifiers: readonly NoteVerifier[]): Result<OpenedCheckpoint, NoteError> {
  const opened = openNote(note, verifiers);
  if (!opened.ok) return opened;
  const checkpoint = parseCheckpoint(opened.value.text);
  return checkpoint.ok ? ok({ ...checkpoint.value, by: opened.value.by }) : checkpoint;
}
