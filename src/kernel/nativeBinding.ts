import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { OpenOptions } from '../store/store.ts';

/** The binary that lies beside the bundle; from source, better-sqlite3 finds its own. */
export function nativeBinding(): OpenOptions {
  const libc = process.platform === 'linux' && !isGlibc() ? 'musl' : '';
  const file = fileURLToPath(new URL(`./native/${process.platform}${libc}-${process.arch}.node`, import.meta.url));
  return existsSync(file) ? { nativeBinding: file } : {};
}

function isGlibc(): boolean {
  const { header } = z.object({ header: z.object({ glibcVersionRuntime: z.string().optional() }) }).parse(process.report.getReport());
  return header.glibcVersionRuntime !== undefined;
}
