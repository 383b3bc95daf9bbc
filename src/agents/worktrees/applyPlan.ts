import type { ObjectId } from '../../contracts/review.ts';
import { isFileMode, type FileMode } from './diskEntry.ts';
import type { RawChange } from './rawDiff.ts';
import { foldersOf } from './treePath.ts';

export interface Entry {
  readonly mode: FileMode;
  readonly id: ObjectId;
}

/** One path to bring from one tree's entry to another's; `undefined` where the tree has none. */
export interface Step {
  readonly path: string;
  readonly from: Entry | undefined;
  readonly to: Entry | undefined;
}

/** All steps of a move between two trees, and the folders each tree has. */
export interface Move {
  readonly steps: ReadonlyMap<string, Step>;
  readonly fromFolders: ReadonlySet<string>;
  readonly toFolders: ReadonlySet<string>;
}

/** What stands at a path of the workspace. */
export type Found =
  /** `behind`: the file or link that stands where a folder of the path would. */
  | { readonly kind: 'absent'; readonly behind?: string }
  | { readonly kind: 'entry'; readonly mode: FileMode; readonly id: ObjectId }
  /** `content`: everything in it, at any depth. */
  | { readonly kind: 'folder'; readonly content: readonly FolderItem[] }
  | { readonly kind: 'special' };

export interface FolderItem {
  readonly path: string;
  readonly folder: boolean;
}

type Judgement = { readonly next: 'write' | 'nothing' } | { readonly next: 'refuse'; readonly paths: readonly string[] };

const write: Judgement = { next: 'write' };
const nothing: Judgement = { next: 'nothing' };

/** @throws Error for changes that were not taken without renames. */
export function stepsOf(changes: readonly RawChange[]): ReadonlyMap<string, Step> {
  return new Map(changes.map((change) => [change.path, stepOf(change)]));
}

/** The way back for some of the steps. */
export function reversed(move: Move, paths: readonly string[]): Move {
  const steps = paths.flatMap((path) => {
    const step = move.steps.get(path);
    return step === undefined ? [] : [[path, { path, from: step.to, to: step.from }] as const];
  });
  return { steps: new Map(steps), fromFolders: move.toFolders, toFolders: move.fromFolders };
}

/**
 * Decides for one path. Only what one of the two trees has may stand there: the old entry is written over, the new one is left,
 * so that an interrupted move can be finished, and anything else is somebody's work.
 */
export function judge(move: Move, step: Step, found: Found): Judgement {
  const refuse: Judgement = { next: 'refuse', paths: [step.path] };
  switch (found.kind) {
    case 'special':
      return refuse;
    case 'entry':
      if (same(step.to, found)) return nothing;
      return same(step.from, found) ? write : refuse;
    case 'absent':
      // A file in a folder's place is judged as a path of its own, if one of the trees knows it.
      if (found.behind !== undefined && !move.steps.has(found.behind)) return { next: 'refuse', paths: [found.behind] };
      if (step.to === undefined) return nothing;
      return step.from === undefined ? write : refuse;
    case 'folder':
      // A file made way for a folder already.
      if (step.to === undefined && move.toFolders.has(step.path)) return nothing;
      return step.from === undefined && move.fromFolders.has(step.path) ? judgeContent(move, found.content) : refuse;
  }
}

/** A folder may make way for a file when nothing else is in it than what goes. */
function judgeContent(move: Move, content: readonly FolderItem[]): Judgement {
  const strange = content.filter(({ path, folder }) => {
    const step = move.steps.get(path);
    return folder ? !move.fromFolders.has(path) : step === undefined || step.to !== undefined;
  });
  return strange.length === 0 ? write : { next: 'refuse', paths: strange.map(({ path }) => path) };
}

/** Folders that are left over once the deletions are done, the deepest first; never one that holds the opened folder. */
export function leftoverFolders(move: Move, prefix: string): readonly string[] {
  const folders = new Set([...move.steps.values()].filter((step) => step.to === undefined).flatMap((step) => foldersOf(step.path)));
  return [...folders]
    .filter((folder) => move.fromFolders.has(folder) && !move.toFolders.has(folder) && !prefix.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length);
}

/** Whether only the right to execute differs, so that the bytes can stay where they are. */
export function isModeOnly({ from, to }: Step): boolean {
  return from !== undefined && to !== undefined && from.id === to.id && from.mode !== '120000' && to.mode !== '120000';
}

function same(entry: Entry | undefined, found: Entry): boolean {
  return entry !== undefined && entry.mode === found.mode && entry.id === found.id;
}

function stepOf(change: RawChange): Step {
  if (change.oldPath !== undefined) throw new Error(`\`${change.path}\` was paired as a rename; take the changes without renames`);
  return { path: change.path, from: entryOf(change.oldMode, change.oldId), to: entryOf(change.newMode, change.newId) };
}

function entryOf(mode: string, id: ObjectId | undefined): Entry | undefined {
  if (id === undefined) return undefined;
  if (!isFileMode(mode)) throw new Error(`\`${mode}\` is not the mode of a file or link`);
  return { mode, id };
}
