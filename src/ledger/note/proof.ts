import { err, ok, type Result } from '../../base/result.ts';
import { HASH_BYTES, type Hash } from '../merkle/hash.ts';

export interface InclusionProof {
  readonly index: number;
  readonly hashes: readonly Hash[];
  /** The signed checkpoint, as it is. */
  readonly checkpoint: string;
}

/**
 * C2SP tlog-proof:
 *
 *     c2sp.org/tlog-proof@v1
 *     index <index in decimal>
 *     <base64 of a hash, from the leaf's sibling upwards>, a line each
 *     <empty line>
 *     <the signed checkpoint>
 */
const VERSION = 'c2sp.org/tlog-proof@v1';
const MAX_HASHES = 64;

export function formatProof({ index, hashes, checkpoint }: InclusionProof): string {
  const lines = hashes.map((hash) => `${Buffer.from(hash).toString('base64')}\n`);
  return `${VERSION}\nindex ${index}\n${lines.join('')}\n${checkpoint}`;
}

/** Reads a proof; one sentence on what is wrong with it otherwise. An `extra` line is allowed and passed over: nothing vouches for it. */
export function parseProof(text: string): Result<InclusionProof, string> {
  const border = text.indexOf('\n\n');
  if (border < 0) return err('the proof has no empty line before its checkpoint');
  const [version, ...lines] = text.slice(0, border).split('\n');
  if (version !== VERSION) return err(`the proof does not begin with \`${VERSION}\``);
  if (/^extra [A-Za-z0-9+/]*={0,2}$/.test(lines[0] ?? '')) lines.shift();
  const [, digits] = /^index (0|[1-9][0-9]*)$/.exec(lines.shift() ?? '') ?? [];
  const index = Number(digits);
  if (digits === undefined || !Number.isSafeInteger(index)) return err('the proof does not say which entry it is for');
  const hashes = lines.map((line) => Buffer.from(line, 'base64'));
  const readable = hashes.every((hash, at) => hash.length === HASH_BYTES && hash.toString('base64') === lines[at]);
  if (!readable || hashes.length > MAX_HASHES) return err('a line of the proof is not a hash');
  return ok({ index, hashes, checkpoint: text.slice(border + 2) });
}
