import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';

const MAGIC = 'SQLite format 3\0';

/**
 * What can be seen of a damaged file before SQLite opens it, as the end of a sentence: it would read a file that was cut short
 * until it meets a missing page, and replace one that is empty or gone.
 * Header fields: page size at byte 16 (1 means 65536), page count at byte 28 (https://sqlite.org/fileformat.html).
 */
export function damageOf(file: string): string | undefined {
  const log = existsSync(`${file}-wal`);
  if (!existsSync(file)) return log ? 'is gone, but the changes that belong to it are still there' : undefined;
  const { size } = statSync(file);
  if (size === 0) return 'is empty';
  const header = Buffer.alloc(100);
  const descriptor = openSync(file, 'r');
  let read: number;
  try {
    read = readSync(descriptor, header, 0, header.length, 0);
  } finally {
    closeSync(descriptor);
  }
  if (!header.subarray(0, read).toString('latin1').startsWith(MAGIC.slice(0, read))) return 'is not a store of GoNoGo';
  if (read < header.length) return `was cut short (${size} bytes)`;
  // With a log beside it the header may be behind; SQLite looks then.
  if (log) return undefined;
  const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const expected = pageSize * header.readUInt32BE(28);
  return size < expected ? `was cut short (${size} of ${expected} bytes)` : undefined;
}
