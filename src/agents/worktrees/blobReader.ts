import type { ObjectId } from '../../contracts/review.ts';
import { blobHash, isObjectId } from './blobId.ts';
import { WorktreeFault } from './fault.ts';
import type { Git, GitStream } from './git.ts';
import type { Repository } from './repository.ts';

const NEWLINE = 10;

/** Reads many blobs through one `git cat-file --batch`, and holds each against its id. One reader, one caller, one blob at a time. */
export class BlobReader implements AsyncDisposable {
  readonly #stream: GitStream;
  readonly #chunks: AsyncIterator<Buffer, undefined>;
  #pending: Buffer = Buffer.alloc(0);

  constructor(git: Git, repository: Repository) {
    this.#stream = git.stream(['cat-file', '--batch'], { cwd: repository.top, gitDir: repository.gitDir });
    this.#chunks = this.#stream.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  }

  /**
   * Hands the bytes to `take` in order and returns how many there were.
   *
   * @throws WorktreeFault `git-failed` when the blob is missing, or its bytes are not those of its id: then what `take` got is worthless.
   */
  async read(id: ObjectId, take: (chunk: Buffer) => void | Promise<void>): Promise<number> {
    if (!isObjectId(id)) throw new Error(`\`${id}\` is not an object id`);
    this.#stream.stdin.write(`${id}\n`);
    const header = await this.#line();
    const size = /^[0-9a-f]+ blob (\d+)$/.exec(header)?.[1];
    if (size === undefined) throw lost(id);
    const hash = blobHash(Number(size), id);
    for (let left = Number(size); left > 0;) {
      if (this.#pending.length === 0) this.#pending = await this.#next();
      const chunk = this.#pending.subarray(0, left);
      this.#pending = this.#pending.subarray(chunk.length);
      left -= chunk.length;
      hash.update(chunk);
      await take(chunk);
    }
    await this.#line();
    if (hash.digest('hex') !== id) throw lost(id);
    return Number(size);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream.kill();
    // Killed on purpose: how it ended is no news.
    await this.#stream.ended.catch(() => undefined);
  }

  async #line(): Promise<string> {
    let end = this.#pending.indexOf(NEWLINE);
    while (end === -1) {
      this.#pending = Buffer.concat([this.#pending, await this.#next()]);
      end = this.#pending.indexOf(NEWLINE);
    }
    const line = this.#pending.subarray(0, end).toString('latin1');
    this.#pending = this.#pending.subarray(end + 1);
    return line;
  }

  async #next(): Promise<Buffer> {
    const { value, done } = await this.#chunks.next();
    if (done !== true) return value;
    await this.#stream.ended;
    throw new WorktreeFault('git-failed', '`git cat-file` ended early; try again');
  }
}

function lost(id: ObjectId): WorktreeFault {
  return new WorktreeFault(
    'git-failed',
    `the object \`${id}\` is missing or damaged in the repository; run \`git fsck\` and launch the mission again`,
  );
}
