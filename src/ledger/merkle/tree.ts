import { emptyRoot, nodeHash, type Hash } from './hash.ts';

/**
 * Reads the hash of a complete subtree: `MTH(D[index · 2^level : (index + 1) · 2^level])` in the words of RFC 6962.
 * Only asked for subtrees that lie wholly inside the tree. MUST throw rather than answer for one it does not have.
 */
export type HashReader = (level: number, index: number) => Hash;

/** Root of the first `size` leaves (RFC 6962, 2.1). */
export function treeRoot(size: number, read: HashReader): Hash {
  return size === 0 ? emptyRoot() : rangeRoot(0, size, read);
}

/**
 * Proof that the leaf at `index` is in the tree of the first `size` leaves (RFC 6962, 2.1.1), from the leaf's sibling upwards.
 * @throws RangeError unless 0 ≤ index < size
 */
export function proveInclusion(index: number, size: number, read: HashReader): readonly Hash[] {
  if (!isIndex(index) || !isIndex(size) || index >= size) throw new RangeError(`there is no leaf ${index} in a tree of ${size}`);
  const proof: Hash[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + split(to - from);
    if (index < middle) {
      proof.push(rangeRoot(middle, to, read));
      to = middle;
    } else {
      proof.push(rangeRoot(from, middle, read));
      from = middle;
    }
  }
  return proof.reverse();
}

/**
 * Proof that the tree of `size` leaves begins with the one of `earlier` leaves (RFC 6962, 2.1.2).
 * @throws RangeError unless 1 ≤ earlier ≤ size
 */
export function proveConsistency(earlier: number, size: number, read: HashReader): readonly Hash[] {
  if (!isIndex(earlier) || !isIndex(size) || earlier < 1 || earlier > size)
    throw new RangeError(`a tree of ${size} has no earlier one of ${earlier}`);
  const proof: Hash[] = [];
  let from = 0;
  let to = size;
  // Whether what is left of the earlier tree is a whole subtree that the verifier knows the hash of.
  let known = true;
  while (earlier !== to) {
    const middle = from + split(to - from);
    if (earlier <= middle) {
      proof.push(rangeRoot(middle, to, read));
      to = middle;
    } else {
      proof.push(rangeRoot(from, middle, read));
      from = middle;
      known = false;
    }
  }
  if (!known) proof.push(rangeRoot(from, to, read));
  return proof.reverse();
}

/** `MTH(D[from:to])`, where `from` is a multiple of the smallest power of two that is not below `to - from`. */
function rangeRoot(from: number, to: number, read: HashReader): Hash {
  const parts: Hash[] = [];
  for (let at = from; at < to;) {
    const level = log2(to - at);
    parts.push(read(level, at / 2 ** level));
    at += 2 ** level;
  }
  return parts.reduceRight((right, left) => nodeHash(left, right));
}

/** The largest power of two below `size`. */
function split(size: number): number {
  return 2 ** log2(size - 1);
}

/** Rounded down. `Math.log2` rounds up just below large powers of two. */
function log2(value: number): number {
  let level = 0;
  while (2 ** (level + 1) <= value) level += 1;
  return level;
}

export function isIndex(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
