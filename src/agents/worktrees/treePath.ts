import { isUtf8 } from 'node:buffer';

/** Splits the NUL-separated output of git. */
export function splitNul(bytes: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(0, start); end !== -1; end = bytes.indexOf(0, start)) {
    parts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  if (start < bytes.length) parts.push(bytes.subarray(start));
  return parts;
}

/** Code points that HFS+ ignores in file names, so that `.g<ZWNJ>it` opens `.git` there. */
const IGNORED_BY_HFS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu;

/**
 * Whether a path can travel between a tree and a working tree: no empty, `.` or `..` part, and no part that some file system
 * takes for `.git` (the rules of git's `core.protectHFS` and `core.protectNTFS`).
 */
export function isPortablePath(path: string): boolean {
  return path !== '' && path.split('/').every(isPortablePart);
}

function isPortablePart(part: string): boolean {
  if (part === '' || part === '.' || part === '..') return false;
  const name = part
    .replace(IGNORED_BY_HFS, '')
    .toLowerCase()
    .replace(/:.*$/su, '')
    .replace(/[. ]+$/u, '');
  return name !== '.git' && name !== 'git~1';
}

/** The path as text; `undefined` where its bytes are not UTF-8. */
export function pathOf(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/** `a/b/c` → `['a', 'a/b']`. */
export function foldersOf(path: string): readonly string[] {
  const folders: string[] = [];
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) folders.push(path.slice(0, slash));
  return folders;
}

/** The folder a path lies in, `''` for the top. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
