import type { FileView, LineNote, Notes, ReviewView } from '../../src/protocol/reviewView.ts';
import type { PanelState } from './panelState.ts';
import { isHunkKept, keptOf, selectionOf, withFile, withHunk, type Kept, type LeftOut, type Selection } from './selection.ts';

export interface ReviewModelPorts {
  readonly state: PanelState;
  /** Hands the marks to the editor, whole. */
  keep(requestId: string, notes: Notes): void;
  /** Something of what is below has changed. */
  changed(): void;
}

/** Where a comment stands. */
export type Spot = Pick<LineNote, 'path' | 'contentKey' | 'side' | 'line'>;

const sameSpot = (a: Spot, b: Spot): boolean =>
  a.path === b.path && a.contentKey === b.contentKey && a.side === b.side && a.line === b.line;

/** What the person has done with the review so far: what they keep, have read, and mean to say. Sends nothing that decides. */
export class ReviewModel {
  readonly #ports: ReviewModelPorts;
  #review: ReviewView | undefined;
  #notes: Notes = { viewed: [], comments: [] };
  #flagged: ReadonlySet<string> = new Set();

  constructor(ports: ReviewModelPorts) {
    this.#ports = ports;
  }

  /** Marks come from the editor with a review that is new here; after that they are made here. */
  adopt(review: ReviewView): void {
    if (review.requestId !== this.#review?.requestId) this.#notes = review.notes;
    this.#review = review;
    this.#flagged = new Set(review.checks.flatMap(({ effect, path }) => (effect === 'go' || path === undefined ? [] : [path])));
  }

  get files(): readonly FileView[] {
    return this.#review?.files ?? [];
  }

  /** Whether things can be left out at all. */
  get selectable(): boolean {
    return this.#review?.outcome.tone === 'pending' && this.files.length > 0;
  }

  get state(): PanelState {
    return this.#ports.state;
  }

  kept(file: FileView): Kept {
    return keptOf(this.#leftOut, file);
  }

  isHunkKept(file: FileView, hunk: number): boolean {
    return isHunkKept(this.#leftOut, file.path, hunk);
  }

  keepFile(file: FileView, keep: boolean): void {
    this.#leave(withFile(this.#leftOut, file.path, keep));
  }

  keepHunk(file: FileView, hunk: number, keep: boolean): void {
    this.#leave(withHunk(this.#leftOut, file, hunk, keep));
  }

  /** `undefined` when everything is kept. */
  get selection(): Selection | undefined {
    return selectionOf(this.files, this.#leftOut);
  }

  isFlagged({ path }: FileView): boolean {
    return this.#flagged.has(path);
  }

  isViewed({ path, contentKey }: FileView): boolean {
    return this.#notes.viewed.some((each) => each.path === path && each.contentKey === contentKey);
  }

  setViewed({ path, contentKey }: FileView, viewed: boolean): void {
    const others = this.#notes.viewed.filter((each) => each.path !== path);
    this.#note({ ...this.#notes, viewed: viewed ? [...others, { path, contentKey }] : others });
  }

  /** Comments on the content that is shown; `outdated` are those on what a file was before. */
  comments({ path, contentKey }: FileView): { readonly current: readonly LineNote[]; readonly outdated: readonly LineNote[] } {
    const all = this.#notes.comments.filter((each) => each.path === path);
    return {
      current: all.filter((each) => each.contentKey === contentKey),
      outdated: all.filter((each) => each.contentKey !== contentKey),
    };
  }

  /** What goes with a rejection: only what is about the content on the screen. */
  get sendable(): readonly LineNote[] {
    return this.files.flatMap((file) => this.comments(file).current);
  }

  putComment(comment: LineNote): void {
    this.#note({ ...this.#notes, comments: [...this.#without(comment), comment].slice(0, 100) });
  }

  removeComment(spot: Spot): void {
    this.#note({ ...this.#notes, comments: this.#without(spot) });
  }

  /** They were sent. */
  clearSent(): void {
    const sent = this.sendable;
    this.#note({ ...this.#notes, comments: this.#notes.comments.filter((each) => !sent.includes(each)) });
  }

  /** The files the filter lets through. */
  get shown(): readonly FileView[] {
    const { filter, kinds } = this.state.value;
    const words = filter
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    return this.files.filter(
      (file) =>
        words.every((word) => file.path.toLowerCase().includes(word)) &&
        (!kinds.includes('findings') || this.isFlagged(file)) &&
        (!kinds.includes('unviewed') || !this.isViewed(file)),
    );
  }

  get #leftOut(): LeftOut {
    return this.state.value.leftOut;
  }

  #leave(leftOut: LeftOut): void {
    if (!this.selectable) return;
    this.state.set({ leftOut });
    this.#ports.changed();
  }

  #without(spot: Spot): LineNote[] {
    return this.#notes.comments.filter((each) => !sameSpot(each, spot));
  }

  #note(notes: Notes): void {
    this.#notes = notes;
    if (this.#review) this.#ports.keep(this.#review.requestId, notes);
    this.#ports.changed();
  }
}

export { sameSpot };
