import type { ApprovalRequest } from '../../contracts/approval.ts';
import type { Notes } from '../../protocol/reviewView.ts';

/**
 * A person's own marks on reviews: which files they have read, and comments not sent yet. They belong to a piece of work and not to one
 * request, so that a review asked for again still knows what was read; each mark names the content it is about.
 */
export interface NotesStore {
  /** Empty where nothing, or nothing readable, was kept. */
  load(work: string): Notes;
  save(work: string, notes: Notes): Promise<void>;
}

/** What a request is about: its mission, or itself. */
export function workOf({ id, missionId }: Pick<ApprovalRequest, 'id' | 'missionId'>): string {
  return missionId ?? id;
}
