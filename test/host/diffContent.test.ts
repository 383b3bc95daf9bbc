import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { sha256 } from '../../src/base/digest.ts';
import { CodedError } from '../../src/base/errors.ts';
import type { KernelApi } from '../../src/contracts/kernelApi.ts';
import { DiffContent, reviewUri } from '../../src/editor/diffContent.ts';
import { file, missionId } from '../unit/editor/approvals/samples.ts';

/** The extension itself has the real scheme. */
const scheme = 'gonogo-review-test';

/** The kernel's blobs, in memory. */
class InMemoryBlobs implements Pick<KernelApi, 'blob'> {
  readonly blobs = new Map<string, Uint8Array>();
  broken: Error | undefined;

  put(side: 'before' | 'after', path: string, text: string): string {
    const bytes = Buffer.from(text);
    this.blobs.set(`${missionId} ${side} ${path}`, bytes);
    return sha256(bytes);
  }

  blob: KernelApi['blob'] = (id, side, path) =>
    this.broken ? Promise.reject(this.broken) : Promise.resolve(this.blobs.get(`${id} ${side} ${path}`));
}

describe('reviewed content', () => {
  const kernel = new InMemoryBlobs();
  let content: DiffContent;

  before(() => {
    content = new DiffContent(kernel, scheme);
  });
  after(() => content[Symbol.dispose]());

  const uri = (side: 'before' | 'after', change: Parameters<typeof file>[0]): vscode.Uri =>
    reviewUri(missionId, side, file(change)).with({ scheme });
  const read = async (from: vscode.Uri): Promise<string> => Buffer.from(await vscode.workspace.fs.readFile(from)).toString();

  it('is read through VS Code, each side by its own path', async () => {
    const change = {
      path: 'src/new name #1?.js',
      oldPath: 'src/old.js',
      beforeSha256: kernel.put('before', 'src/old.js', 'old\n'),
      afterSha256: kernel.put('after', 'src/new name #1?.js', 'new\n'),
    };
    assert.equal(await read(uri('before', change)), 'old\n');
    assert.equal(await read(uri('after', change)), 'new\n');
    assert.equal((await vscode.workspace.fs.stat(uri('after', change))).size, 4);
  });

  it('is empty on the side where the file does not exist', async () => {
    assert.equal(await read(uri('before', { path: 'added.js', kind: 'added', beforeSha256: undefined })), '');
  });

  it('is refused when the bytes are not those that were reviewed', async () => {
    const afterSha256 = kernel.put('after', 'moved.js', 'reviewed');
    const from = uri('after', { path: 'moved.js', afterSha256 });
    kernel.put('after', 'moved.js', 'something else');
    await assert.rejects(read(from), /no longer the content that was reviewed/);
  });

  it('is not found where the kernel has none, or the name is not one of ours', async () => {
    const absent = (error: unknown): boolean => error instanceof vscode.FileSystemError && error.code === 'FileNotFound';
    await assert.rejects(read(uri('after', { path: 'nowhere.js' })), absent);
    await assert.rejects(read(vscode.Uri.from({ scheme, path: `/${missionId}/sideways/a.js`, query: 'x' })), absent);
    await assert.rejects(read(vscode.Uri.from({ scheme, path: '/', query: 'x' })), absent);
  });

  it('says what the kernel said when it cannot answer', async () => {
    kernel.broken = new CodedError('wrong-state', 'this mission has no changes to show');
    try {
      await assert.rejects(read(uri('after', { path: 'a.js' })), /this mission has no changes to show/);
    } finally {
      kernel.broken = undefined;
    }
  });

  it('can be changed by nobody', async () => {
    const change = { path: 'locked.js', afterSha256: kernel.put('after', 'locked.js', 'locked') };
    const from = uri('after', change);
    const { fs } = vscode.workspace;
    await assert.rejects(async () => fs.writeFile(from, Buffer.from('changed')));
    await assert.rejects(async () => fs.delete(from));
    await assert.rejects(async () => fs.rename(from, from.with({ path: `${from.path}2` })));
    await assert.rejects(async () => fs.createDirectory(from.with({ path: '/folder' })));
    assert.equal(await read(from), 'locked');
    assert.equal(fs.isWritableFileSystem(scheme), false);
  });

  it('opens in the diff editor', async () => {
    const change = {
      path: 'src/total.js',
      beforeSha256: kernel.put('before', 'src/total.js', 'one\n'),
      afterSha256: kernel.put('after', 'src/total.js', 'two\n'),
    };
    await vscode.commands.executeCommand('vscode.diff', uri('before', change), uri('after', change), 'total.js (reviewed change)');
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    assert.ok(tab?.input instanceof vscode.TabInputTextDiff);
    assert.equal(tab.label, 'total.js (reviewed change)');
    const [before, after] = [tab.input.original, tab.input.modified].map((side) =>
      vscode.workspace.textDocuments.find((document) => document.uri.toString() === side.toString())?.getText(),
    );
    assert.deepEqual([before, after], ['one\n', 'two\n']);
    await vscode.window.tabGroups.close(tab);
  });
});
