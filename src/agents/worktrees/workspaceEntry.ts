import type { Stats } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectId } from '../../contracts/review.ts';
import type { FolderItem, Found, Move, Step } from './applyPlan.ts';
import { blobHash } from './blobId.ts';
import { RealFolders, openEntry, statOf } from './diskEntry.ts';
import { foldersOf } from './treePath.ts';

interface Seen {
  readonly found: Found;
  /** Of a file or link; tells later whether it is still the same. */
  readonly stat?: Stats;
}

/** Looks at the path of a step in the workspace, bytes included, without following a link anywhere. */
export async function lookAt(top: string, move: Move, step: Step): Promise<Seen> {
  const { path } = step;
  for (const folder of foldersOf(path)) {
    const stat = await statOf(join(top, folder));
    if (stat === undefined) return { found: { kind: 'absent' } };
    if (!stat.isDirectory()) return { found: { kind: 'absent', behind: folder } };
  }
  const stat = await statOf(join(top, path));
  if (stat === undefined) return { found: { kind: 'absent' } };
  if (stat.isDirectory()) {
    // What is in it matters only where a file is to take its place.
    const makesWay = step.from === undefined && move.fromFolders.has(path);
    return { found: { kind: 'folder', content: makesWay ? await contentOf(top, path) : [] } };
  }
  if (!stat.isFile() && !stat.isSymbolicLink()) return { found: { kind: 'special' } };
  return lookInside(top, path, step.from?.id ?? step.to?.id ?? '');
}

/** Whether the same bytes still stand there, as far as inode, size and time of change tell. */
export function isSame(a: Stats | undefined, b: Stats | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeMs === b.mtimeMs;
}

async function lookInside(top: string, path: string, like: ObjectId): Promise<Seen> {
  const entry = await openEntry(top, path, new RealFolders(top));
  if (entry === undefined) return { found: { kind: 'absent' } };
  if (entry.mode === '120000') {
    const id = blobHash(entry.target.length, like).update(entry.target).digest('hex');
    return { found: { kind: 'entry', mode: entry.mode, id }, stat: entry.stat };
  }
  await using handle = entry.handle;
  const hash = blobHash(entry.size, like);
  const chunks: AsyncIterable<Buffer> = handle.createReadStream({ autoClose: false });
  for await (const chunk of chunks) hash.update(chunk);
  return { found: { kind: 'entry', mode: entry.mode, id: hash.digest('hex') }, stat: entry.stat };
}

async function contentOf(top: string, folder: string): Promise<readonly FolderItem[]> {
  const items: FolderItem[] = [];
  for (const entry of await readdir(join(top, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    items.push({ path, folder: entry.isDirectory() });
    if (entry.isDirectory()) items.push(...(await contentOf(top, path)));
  }
  return items;
}
