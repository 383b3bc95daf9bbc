import { sha256 } from '../../base/digest.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { FileReview } from '../../contracts/review.ts';
import { maxImageBytes } from '../../protocol/approval.ts';
import type { imageTypes } from '../../protocol/approval.ts';
import { bytesText } from './words.ts';

type ImageType = (typeof imageTypes)[number];

export interface Picture {
  readonly type: ImageType;
  readonly base64: string;
}

const types: ReadonlyMap<string, ImageType> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['bmp', 'image/bmp'],
  ['ico', 'image/x-icon'],
  ['svg', 'image/svg+xml'],
]);

/** By its name only: what it really holds is the browser's to find out, in an image that runs nothing. */
export function imageTypeOf(path: string): ImageType | undefined {
  return types.get(path.slice(path.lastIndexOf('.') + 1).toLowerCase());
}

/** Both sides of a picture, and never other bytes than those reviewed. The error is a sentence for a person. */
export async function picturesOf(
  file: FileReview,
  read: (side: 'before' | 'after', path: string) => Promise<Uint8Array | undefined>,
): Promise<Result<{ readonly before?: Picture; readonly after?: Picture }, string>> {
  const largest = Math.max(file.beforeBytes, file.afterBytes);
  if (largest > maxImageBytes)
    return err(`this picture has ${bytesText(largest)}, more than the ${bytesText(maxImageBytes)} shown here; Open Diff shows it`);
  const sides: { before?: Picture; after?: Picture } = {};
  for (const side of ['before', 'after'] as const) {
    const path = side === 'before' ? (file.oldPath ?? file.path) : file.path;
    const digest = side === 'before' ? file.beforeSha256 : file.afterSha256;
    const type = imageTypeOf(path);
    if (digest === undefined || type === undefined) continue;
    const bytes = await read(side, path);
    if (!bytes || sha256(bytes) !== digest) return err('this is no longer the content that was reviewed; open the review again');
    sides[side] = { type, base64: Buffer.from(bytes).toString('base64') };
  }
  return ok(sides);
}
