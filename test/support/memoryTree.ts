import { nodeHash, type Hash } from '../../src/ledger/merkle/hash.ts';
import type { HashReader } from '../../src/ledger/merkle/tree.ts';

/** The subtrees over leaves in memory, straight from the definition in RFC 6962. */
export function memoryTree(leaves: readonly Hash[]): HashReader {
  const known = new Map<string, Hash>();
  const read = (level: number, index: number): Hash => {
    if ((index + 1) * 2 ** level > leaves.length) throw new RangeError(`asked for ${level}/${index} of ${leaves.length} leaves`);
    const key = `${level}/${index}`;
    const found = known.get(key);
    if (found) return found;
    const hash = level === 0 ? leaves[index]! : nodeHash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1));
    known.set(key, hash);
    return hash;
  };
  return read;
}
