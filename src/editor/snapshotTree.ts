import * as vscode from 'vscode';
import type { KernelSnapshot } from '../contracts/kernelApi.ts';

/** A native tree drawn from the kernel's snapshot. */
export class SnapshotTree<T> implements vscode.TreeDataProvider<T>, Disposable {
  readonly view: vscode.TreeView<T>;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #rows: (snapshot: KernelSnapshot, parent: T | undefined) => readonly T[];
  readonly #item: (row: T) => vscode.TreeItem;
  readonly onDidChangeTreeData = this.#changes.event;
  #snapshot: KernelSnapshot;

  constructor(
    viewId: string,
    snapshot: KernelSnapshot,
    rows: (snapshot: KernelSnapshot, parent: T | undefined) => readonly T[],
    item: (row: T) => vscode.TreeItem,
    dragAndDropController?: vscode.TreeDragAndDropController<T>,
  ) {
    this.#snapshot = snapshot;
    this.#rows = rows;
    this.#item = item;
    this.view = vscode.window.createTreeView(viewId, {
      treeDataProvider: this,
      ...(dragAndDropController ? { dragAndDropController } : {}),
    });
  }

  update(snapshot: KernelSnapshot): void {
    this.#snapshot = snapshot;
    this.#changes.fire();
  }

  getChildren(parent?: T): T[] {
    return [...this.#rows(this.#snapshot, parent)];
  }

  getTreeItem(row: T): vscode.TreeItem {
    return this.#item(row);
  }

  [Symbol.dispose](): void {
    this.view.dispose();
    this.#changes.dispose();
  }
}
