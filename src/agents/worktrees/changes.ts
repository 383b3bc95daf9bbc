import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { CriticFile } from '../../contracts/critic.ts';
import type { FileChange, FileReview, ObjectId } from '../../contracts/review.ts';
import type { BlobReader } from './blobReader.ts';
import { WorktreeFault } from './fault.ts';
import type { Git } from './git.ts';
import { diffLines, keepHunks } from './hunks.ts';
import { parseRawDiff, type RawChange } from './rawDiff.ts';
import type { Repository } from './repository.ts';

/** What is drawn in a review. A longer file is judged by the critics all the same, and the native diff shows it. */
const REVIEW_BYTES = 2 * 1024 * 1024;
/** What is read into memory at all. */
const CONTENT_BYTES = 256 * 1024 * 1024;
const BINARY_PROBE_BYTES = 8_000;

/** The entries that differ between two trees; `renames` pairs a deleted with a similar added one. */
export async function rawChanges(
  git: Git,
  repository: Repository,
  from: ObjectId,
  to: ObjectId,
  renames: 'find-renames' | 'no-renames',
): Promise<readonly RawChange[]> {
  const pairing = renames === 'find-renames' ? ['--find-renames', '-l1000'] : ['--no-renames'];
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-abbrev', '--no-ext-diff', '--no-textconv', ...pairing, from, to];
  const { stdout } = await git.run(args, { cwd: repository.top, gitDir: repository.gitDir });
  return parseRawDiff(stdout);
}

interface Side {
  readonly bytes: number;
  readonly sha256: string;
  /** `undefined` where it is not text. */
  readonly text: string | undefined;
}

interface Sides {
  readonly before: Side | undefined;
  readonly after: Side | undefined;
}

export async function describe(change: RawChange, blobs: BlobReader): Promise<FileChange> {
  return fileChange(change, await sidesOf(change, blobs));
}

export async function review(change: RawChange, blobs: BlobReader): Promise<FileReview> {
  const { before, after } = await sidesOf(change, blobs);
  const file = fileChange(change, { before, after });
  if (file.binary || change.oldId === change.newId) return { ...file, additions: 0, deletions: 0, hunks: [] };
  const bytes = Math.max(file.beforeBytes, file.afterBytes);
  if (bytes <= REVIEW_BYTES) return { ...file, ...diffLines(before?.text ?? '', after?.text ?? '') };
  const truncated = `This file has ${(bytes / 1024 / 1024).toFixed(1)} MB, too much to show here. Open Diff shows it.`;
  return { ...file, additions: 0, deletions: 0, hunks: [], truncated };
}

/** The bytes of a changed text with some of its hunks. @throws Error where the change has no hunks that could be told apart. */
export async function narrowed({ path, oldId, newId }: RawChange, blobs: BlobReader, keep: ReadonlySet<number>): Promise<Buffer> {
  if (oldId === undefined || newId === undefined) throw new Error(`\`${path}\` is new or gone, and can be kept only whole`);
  const [before, after] = [await side(path, oldId, blobs), await side(path, newId, blobs)];
  if (before.text === undefined || after.text === undefined) throw new Error(`\`${path}\` is no text, and can be kept only whole`);
  return Buffer.from(keepHunks(before.text, after.text, keep));
}

export async function criticFile(change: RawChange, blobs: BlobReader): Promise<CriticFile> {
  const { before, after } = await sidesOf(change, blobs);
  return { path: change.path, before: before?.text, after: after?.text };
}

function fileChange(change: RawChange, { before, after }: Sides): FileChange {
  return {
    ...change,
    ...(before === undefined ? {} : { beforeSha256: before.sha256 }),
    ...(after === undefined ? {} : { afterSha256: after.sha256 }),
    binary: [before, after].some((side) => side !== undefined && side.text === undefined),
    beforeBytes: before?.bytes ?? 0,
    afterBytes: after?.bytes ?? 0,
  };
}

async function sidesOf(change: RawChange, blobs: BlobReader): Promise<Sides> {
  const before = change.oldId === undefined ? undefined : await side(change.path, change.oldId, blobs);
  if (change.oldId === change.newId) return { before, after: before };
  return { before, after: change.newId === undefined ? undefined : await side(change.path, change.newId, blobs) };
}

async function side(path: string, id: ObjectId, blobs: BlobReader): Promise<Side> {
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  let kept = 0;
  const bytes = await blobs.read(id, (chunk) => {
    hash.update(chunk);
    kept += chunk.length;
    if (kept <= CONTENT_BYTES) chunks.push(chunk);
  });
  if (bytes > CONTENT_BYTES) {
    throw new WorktreeFault('unsupported-entry', `\`${path}\` is larger than 256 MB, too large to be checked; leave it out or ignore it`, [
      path,
    ]);
  }
  const content = Buffer.concat(chunks);
  const isText = !content.subarray(0, BINARY_PROBE_BYTES).includes(0) && isUtf8(content);
  return { bytes, sha256: hash.digest('hex'), text: isText ? content.toString('utf8') : undefined };
}
