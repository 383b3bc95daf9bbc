import { emptyRoot, nodeHash, type Hash } from './hash.ts';

/** The right edge of a growing tree: enough to know its root, in as many hashes as its size has binary digits. */
export class Frontier {
  /** Complete subtrees, the largest first, with the number of their leaves. */
  readonly #subtrees: { readonly width: number; readonly hash: Hash }[] = [];
  readonly #onComplete: (width: number, hash: Hash) => void;
  #size = 0;

  /** @param onComplete told of every complete subtree, from left to right */
  constructor(onComplete: (width: number, hash: Hash) => void = () => undefined) {
    this.#onComplete = onComplete;
  }

  get size(): number {
    return this.#size;
  }

  add(leaf: Hash): void {
    this.#size += 1;
    let last = { width: 1, hash: leaf };
    for (let left = this.#subtrees.at(-1); left?.width === last.width; left = this.#subtrees.at(-1)) {
      this.#subtrees.pop();
      last = { width: 2 * last.width, hash: nodeHash(left.hash, last.hash) };
      this.#onComplete(last.width, last.hash);
    }
    this.#subtrees.push(last);
  }

  root(): Hash {
    const hashes = this.#subtrees.map(({ hash }) => hash);
    return hashes.length === 0 ? emptyRoot() : hashes.reduceRight((right, left) => nodeHash(left, right));
  }
}
