import * as vscode from 'vscode';
import { sha256 } from '../base/digest.ts';
import type { MissionId } from '../base/ids.ts';
import type { KernelApi } from '../contracts/kernelApi.ts';
import type { FileChange } from '../contracts/review.ts';
import { reviewScheme } from './ids.ts';

type Side = 'before' | 'after';
const absent = 'absent';

type ReviewedSides = Pick<FileChange, 'path' | 'oldPath'> & {
  readonly beforeSha256?: string | undefined;
  readonly afterSha256?: string | undefined;
};

/**
 * Names one side of a reviewed file: `gonogo-review:/<mission>/<before|after>/<path>?<sha256 of its bytes>`, or `?absent` where the
 * side does not exist. The digest is part of the name, so that an open diff can never show other bytes than those reviewed.
 */
export function reviewUri(missionId: MissionId, side: Side, file: ReviewedSides): vscode.Uri {
  const path = side === 'before' ? (file.oldPath ?? file.path) : file.path;
  const digest = side === 'before' ? file.beforeSha256 : file.afterSha256;
  return vscode.Uri.from({ scheme: reviewScheme, path: `/${missionId}/${side}/${path}`, query: digest ?? absent });
}

/** The reviewed bytes as read-only files, for the native diff editor. */
export class DiffContent implements vscode.FileSystemProvider, Disposable {
  readonly #kernel: Pick<KernelApi, 'blob'>;
  readonly #changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly #registration: vscode.Disposable;
  /** Content is named by its digest and never changes. */
  readonly onDidChangeFile = this.#changes.event;

  constructor(kernel: Pick<KernelApi, 'blob'>, scheme = reviewScheme) {
    this.#kernel = kernel;
    this.#registration = vscode.workspace.registerFileSystemProvider(scheme, this, { isReadonly: true, isCaseSensitive: true });
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    if (uri.query === absent) return new Uint8Array();
    const [, missionId, side, ...path] = uri.path.split('/');
    if (!missionId || (side !== 'before' && side !== 'after')) throw vscode.FileSystemError.FileNotFound(uri);
    const bytes = await this.#kernel.blob(missionId as MissionId, side, path.join('/'));
    if (!bytes) throw vscode.FileSystemError.FileNotFound(uri);
    if (sha256(bytes) !== uri.query)
      throw vscode.FileSystemError.Unavailable('This is no longer the content that was reviewed. Open the diff from the review again.');
    return bytes;
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { byteLength } = await this.readFile(uri);
    return { type: vscode.FileType.File, ctime: 0, mtime: 0, size: byteLength, permissions: vscode.FilePermission.Readonly };
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  readDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.FileNotADirectory(uri);
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  [Symbol.dispose](): void {
    this.#registration.dispose();
    this.#changes.dispose();
  }
}
