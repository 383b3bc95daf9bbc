import { emptyRoot, HASH_BYTES, nodeHash, sameHash, type Hash } from './hash.ts';
import { isIndex } from './tree.ts';

/** Whether `proof` shows the leaf with this hash at `index` in the tree of `size` leaves with this root (RFC 9162, 2.1.3.2). */
export function checkInclusion(index: number, size: number, leaf: Hash, proof: readonly Hash[], root: Hash): boolean {
  if (!isIndex(index) || !isIndex(size) || index >= size || !areHashes([leaf, ...proof])) return false;
  let [first, last] = [index, size - 1];
  let node = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(first) || first === last) {
      node = nodeHash(sibling, node);
      while (!isOdd(first) && first !== 0) [first, last] = [half(first), half(last)];
    } else node = nodeHash(node, sibling);
    [first, last] = [half(first), half(last)];
  }
  return last === 0 && sameHash(node, root);
}

/** Whether `proof` shows that the tree of `size` leaves with this root begins with the one of `earlier` leaves (RFC 9162, 2.1.4.2). */
export function checkConsistency(earlier: number, size: number, earlierRoot: Hash, root: Hash, proof: readonly Hash[]): boolean {
  if (earlier === 0) return size === 0 && proof.length === 0 && sameHash(root, emptyRoot()) && sameHash(earlierRoot, root);
  return checkSubtree({ start: 0, end: earlier, root: earlierRoot }, size, root, proof);
}

/** The leaves from `start` to before `end`, and the root over them. */
export interface Subtree {
  readonly start: number;
  readonly end: number;
  readonly root: Hash;
}

/**
 * Whether `proof` shows that the tree of `size` leaves with this root holds the subtree (Merkle Tree Certificates, "Subtree Consistency
 * Proofs"). An empty subtree is in every tree that reaches to its start.
 */
export function checkSubtree({ start, end, root: subtreeRoot }: Subtree, size: number, root: Hash, proof: readonly Hash[]): boolean {
  if (!isSubtree(start, end) || !isIndex(size) || end > size || !areHashes(proof)) return false;
  if (start === end) return proof.length === 0 && sameHash(subtreeRoot, emptyRoot());
  let [first, last, end2] = [start, end - 1, size - 1];
  const up = (): void => {
    [first, last, end2] = [half(first), half(last), half(end2)];
  };
  if (last === end2) while (first !== last) up();
  else while (first !== last && isOdd(last)) up();
  const rest = [...proof];
  // Where the subtree is no whole one of the tree, the proof begins with the last whole one inside it.
  const seed = first === last ? subtreeRoot : rest.shift();
  if (seed === undefined) return false;
  let [inner, outer] = [seed, seed];
  for (const hash of rest) {
    if (end2 === 0) return false;
    if (isOdd(last) || last === end2) {
      if (first < last) inner = nodeHash(hash, inner);
      outer = nodeHash(hash, outer);
      while (!isOdd(last) && last !== 0) up();
    } else outer = nodeHash(outer, hash);
    up();
  }
  return end2 === 0 && sameHash(inner, subtreeRoot) && sameHash(outer, root);
}

/** Whether `proof` shows the leaf at `index` in a subtree. */
export function checkSubtreeInclusion(index: number, { start, end, root }: Subtree, leaf: Hash, proof: readonly Hash[]): boolean {
  return isSubtree(start, end) && index >= start && checkInclusion(index - start, end - start, leaf, proof, root);
}

/** Its start is a multiple of the smallest power of two that is not below its size. */
function isSubtree(start: number, end: number): boolean {
  if (!isIndex(start) || !isIndex(end) || start > end) return false;
  let width = 1;
  while (width < end - start) width *= 2;
  return start % width === 0;
}

function areHashes(hashes: readonly Hash[]): boolean {
  return hashes.every(({ length }) => length === HASH_BYTES);
}

function isOdd(value: number): boolean {
  return value % 2 === 1;
}

function half(value: number): number {
  return Math.floor(value / 2);
}
