import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import nodePath from 'node:path';
import type { Permit } from '../../contracts/permit.ts';
import { explain, MAX_FILE_BYTES, quoted, ToolError, tooLarge } from '../toolError.ts';
import { locate } from './locate.ts';
import { withFolder } from './withFolder.ts';

/** The text of the file the permit names. Follows no link, waits for no pipe, and reads text only. */
export async function readFile(permit: Permit, root: string): Promise<string> {
  const action = permit.redeem('file.read');
  const { folders, name } = await locate(root, action);
  try {
    return await withFolder(root, folders, { create: false }, async (folder) => {
      const file = await open(nodePath.join(folder, name), flags);
      try {
        return text(await bytesOf(file, action.resource), action.resource);
      } finally {
        await file.close();
      }
    });
  } catch (error) {
    throw explain(error, action.resource);
  }
}

// Neither a link nor a pipe. Windows has no such flags, and undefined counts as none.
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

async function bytesOf(file: FileHandle, path: string): Promise<Uint8Array> {
  const stats = await file.stat();
  if (!stats.isFile()) throw new ToolError('not-a-file', `${quoted(path)} is not a file; list the files to see what is`);
  if (stats.size > MAX_FILE_BYTES) throw tooLarge(path, stats.size);
  // One byte more than the limit, because the file may have grown since.
  const buffer = new Uint8Array(Math.min(stats.size, MAX_FILE_BYTES) + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
    if (length > stats.size) throw new ToolError('changed-meanwhile', `${quoted(path)} grew while it was read; read it again`);
  }
}

function text(bytes: Uint8Array, path: string): string {
  if (!bytes.includes(0)) {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }
  throw new ToolError('not-text', `${quoted(path)} is not UTF-8 text and cannot be shown; work with text files`);
}
