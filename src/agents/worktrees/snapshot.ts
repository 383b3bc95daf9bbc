import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { systemCode } from '../../base/errors.ts';
import type { ObjectId } from '../../contracts/review.ts';
import type { Snapshot } from '../../contracts/worktrees.ts';
import { RealFolders, openEntry, statOf, type DiskEntry } from './diskEntry.ts';
import { WorktreeFault } from './fault.ts';
import type { Git } from './git.ts';
import type { Listing } from './listing.ts';
import type { Repository } from './repository.ts';

interface SnapshotPlan {
  /** The folder whose bytes are kept. */
  readonly root: string;
  readonly listing: Listing;
  /** The ref that keeps the snapshot from garbage collection. */
  readonly ref: string;
  readonly parent: ObjectId | undefined;
  readonly message: string;
  readonly signal?: AbortSignal;
}

const BATCH = 32;
const WHOLE_BYTES = 1024 * 1024;

/**
 * Keeps raw bytes as a commit, in one `git fast-import` process: it takes what it is given, so no filter, end-of-line conversion
 * or attribute has a say, and no process is started per file.
 */
export function takeSnapshot(git: Git, repository: Repository, plan: SnapshotPlan): Promise<Snapshot> {
  return fastImport(git, repository, commands(plan), plan.signal);
}

/** Feeds `git fast-import` with commands whose last ones are those of `answered`. */
export async function fastImport(
  git: Git,
  repository: Repository,
  input: AsyncIterable<Buffer> | Iterable<Buffer>,
  signal?: AbortSignal,
): Promise<Snapshot> {
  const args = ['fast-import', '--quiet', '--done', '--force', '--date-format=now', '--depth=0'];
  const importing = git.stream(args, { cwd: repository.top, gitDir: repository.gitDir, signal });
  const output = text(importing.stdout);
  try {
    await Promise.all([pipeline(Readable.from(input, { objectMode: false }), importing.stdin), output]);
  } catch (error) {
    // A broken pipe only says that git ended; how it ended says why.
    if (['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(systemCode(error) ?? '')) await importing.ended;
    importing.kill();
    signal?.throwIfAborted();
    throw error;
  }
  await importing.ended;
  const answer = /^([0-9a-f]{40,64})\n040000 tree ([0-9a-f]{40,64})\t\n$/.exec(await output);
  if (answer === null)
    throw new WorktreeFault('git-failed', '`git fast-import` gave an answer that is not understood; update git and try again');
  const [, commit = '', tree = ''] = answer;
  return { tree, commit };
}

/** The stream `git fast-import` reads: a `blob` per file, then one `commit` that names them by mark. */
async function* commands(plan: SnapshotPlan): AsyncGenerator<Buffer> {
  const folders = new RealFolders(plan.root);
  const changes: string[] = [];
  const { files, gitlinks } = plan.listing;
  for (let start = 0; start < files.length; start += BATCH) {
    plan.signal?.throwIfAborted();
    const batch = files.slice(start, start + BATCH);
    const opened = await Promise.allSettled(batch.map((path) => openContent(plan.root, path, folders)));
    try {
      for (const [index, end] of opened.entries()) {
        if (end.status === 'rejected') throw end.reason;
        if (end.value === undefined) continue;
        const mark = start + index + 1;
        yield Buffer.from(`blob\nmark :${mark}\ndata ${end.value.size}\n`);
        yield* end.value.chunks;
        yield Buffer.from('\n');
        changes.push(`M ${end.value.mode} :${mark} ${quoted(batch[index] ?? '')}\n`);
      }
    } finally {
      await Promise.all(opened.map(async (end) => end.status === 'fulfilled' && (await end.value?.close())));
    }
  }
  for (const [path, id] of gitlinks) {
    await assertUntouched(plan.root, path);
    changes.push(`M 160000 ${id} ${quoted(path)}\n`);
  }
  const mark = files.length + 1;
  yield commitHeader(mark, plan.ref, plan.message);
  if (plan.parent !== undefined) yield Buffer.from(`from ${plan.parent}\ndeleteall\n`);
  yield Buffer.from(changes.join(''));
  yield answered(mark);
}

export function commitHeader(mark: number, ref: string, message: string): Buffer {
  const data = `data ${Buffer.byteLength(message)}\n${message}\n`;
  return Buffer.from(`commit ${ref}\nmark :${mark}\ncommitter GoNoGo <gonogo@localhost> now\n${data}`);
}

/** Ends the stream and has the commit and its tree told. */
export function answered(mark: number): Buffer {
  return Buffer.from(`get-mark :${mark}\nls :${mark} ""\ndone\n`);
}

interface Content {
  readonly mode: string;
  readonly size: number;
  readonly chunks: AsyncIterable<Buffer> | Iterable<Buffer>;
  close(): Promise<void>;
}

async function openContent(root: string, path: string, folders: RealFolders): Promise<Content | undefined> {
  const entry = await openEntry(root, path, folders);
  if (entry === undefined) return undefined;
  if (entry.mode === '120000') return whole(entry.mode, entry.target);
  const { mode, size, handle } = entry;
  if (size > WHOLE_BYTES) return { mode, size, chunks: exactly(path, entry), close: () => handle.close() };
  try {
    return whole(mode, await handle.readFile());
  } finally {
    await handle.close();
  }
}

function whole(mode: string, bytes: Buffer): Content {
  return { mode, size: bytes.length, chunks: [bytes], close: () => Promise.resolve() };
}

async function* exactly(path: string, entry: Extract<DiskEntry, { handle: unknown }>): AsyncGenerator<Buffer> {
  let left = entry.size;
  while (left > 0) {
    const { bytesRead, buffer } = await entry.handle.read({ buffer: Buffer.allocUnsafe(Math.min(left, WHOLE_BYTES)) });
    if (bytesRead === 0) throw new WorktreeFault('changed-meanwhile', `\`${path}\` became shorter while it was read; try again`, [path]);
    left -= bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** A submodule stands in a worktree as an empty folder, or not at all; what somebody wrote there could not be reviewed. */
async function assertUntouched(root: string, path: string): Promise<void> {
  const stat = await statOf(join(root, path));
  const empty = stat === undefined || (stat.isDirectory() && (await readdir(join(root, path))).length === 0);
  if (empty) return;
  throw new WorktreeFault('unsupported-entry', `the agent changed the submodule \`${path}\`; change it in its own repository`, [path]);
}

/** C-style, as `git fast-import` reads paths; other bytes stand for themselves. */
export function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
