import { visibleText } from '../base/visibleText.ts';
import type { MissionStanding } from '../contracts/kernelApi.ts';
import type { FileStanding } from '../contracts/worktrees.ts';
import { counted } from './approvals/words.ts';

export interface StandingGroups {
  readonly changed: readonly FileStanding[];
  readonly ready: readonly FileStanding[];
  readonly there: readonly FileStanding[];
}

export function groupsOf({ files }: Pick<MissionStanding, 'files'>): StandingGroups {
  const having = (standing: FileStanding['standing']): readonly FileStanding[] => files.filter((file) => file.standing === standing);
  return { changed: having('changed'), ready: having('ready'), there: having('there') };
}

/** What the list of files says above it. */
export function standingTitle({ direction, files }: MissionStanding): string {
  const { changed, ready } = groupsOf({ files });
  if (direction === 'there') return `${counted(changed.length, 'file')} of ${files.length} changed meanwhile`;
  return `Roll Back: ${ready.length} of ${counted(files.length, 'file')} can go back, ${changed.length} changed since`;
}

/** Of one file: before the mission, as it left it, and now, in a few words. */
export function threeWays({ change, standing, now }: FileStanding): string {
  const before = change.oldId === undefined ? 'no file before' : undefined;
  const left = change.newId === undefined ? 'deleted by the mission' : undefined;
  const today =
    now === 'absent'
      ? 'deleted since'
      : standing === 'changed'
        ? 'changed since'
        : standing === 'there'
          ? 'as it would become'
          : 'untouched';
  return [before, left, now === 'other' ? 'something else stands there' : today].filter((words) => words !== undefined).join(', ');
}

/** What a person agrees to with a partial rollback. */
export function partialWords({ files }: MissionStanding): string {
  const { changed, ready } = groupsOf({ files });
  const names = (of: readonly FileStanding[]): string => {
    const shown = of.slice(0, 8).map(({ change }) => visibleText(change.path, { limit: 120 }));
    return [...shown, ...(of.length > shown.length ? [`and ${of.length - shown.length} more`] : [])].join('\n');
  };
  return `These get back exactly the content they had before:\n${names(ready)}\n\nThese stay as you have them now:\n${names(changed)}`;
}

/** Whether a line begins as a conflict marker of git does. */
export function hasConflictMarkers(text: string): boolean {
  return /^(<{7} |={7}$|>{7} )/m.test(text.replaceAll('\r\n', '\n'));
}
