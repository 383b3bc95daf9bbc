import { z } from 'zod';
import type { CorrelationId, EntryId, MissionId } from '../base/ids.ts';
import type { Action } from '../contracts/action.ts';
import { formatOwner, parseOwner, type Owner } from '../base/owner.ts';
import type { Store } from '../store/store.ts';

export interface Intent {
  readonly decision: EntryId;
  /** The decision's entry in the ledger. */
  readonly entry: EntryId;
  readonly missionId: MissionId | undefined;
  readonly workspaceId: string;
  readonly correlationId: CorrelationId;
  readonly kind: string;
  readonly resource: string;
}

const row = z.object({
  decision_id: z.string(),
  entry_id: z.string(),
  mission_id: z.string().nullable(),
  owner: z.string(),
  kind: z.string(),
  resource: z.string(),
  workspace_id: z.string(),
  correlation_id: z.string(),
});

/** Effects that were allowed and have not reported back: what a crash left in the middle. */
export class SqliteIntents {
  readonly #store: Store;
  readonly #owner: string;
  readonly #alive: (owner: Owner) => boolean;
  readonly #abandoned = new Set<string>();

  constructor(store: Store, owner: Owner, alive: (owner: Owner) => boolean) {
    this.#store = store;
    this.#owner = formatOwner(owner);
    this.#alive = alive;
  }

  open(decision: EntryId, entry: EntryId, action: Action): void {
    this.#store.unitOfWork.assertInside();
    this.#store
      .prepare(
        'INSERT INTO intents (decision_id, entry_id, mission_id, digest, owner, kind, resource, workspace_id, correlation_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        decision,
        entry,
        action.missionId ?? null,
        action.digest,
        this.#owner,
        action.kind,
        action.resource.toWellFormed(),
        action.workspaceId,
        action.correlationId,
      );
  }

  close(decision: string): void {
    this.#store.unitOfWork.assertInside();
    this.#store.prepare('DELETE FROM intents WHERE decision_id = ?').run(decision);
  }

  /** The effect is over and its outcome could not be recorded: from now on nobody works on it any more. */
  abandon(decision: string): void {
    this.#abandoned.add(decision);
  }

  /** Effects without an outcome that nobody works on any more: their kernel is gone, or gave them up. */
  orphans(): readonly Intent[] {
    const rows = z.array(row).parse(this.#store.db.prepare('SELECT * FROM intents').all());
    const orphaned = rows.filter((found) => {
      if (this.#abandoned.has(found.decision_id)) return true;
      const owner = parseOwner(found.owner);
      return owner === undefined || !this.#alive(owner);
    });
    return orphaned.map((found) => ({
      decision: found.decision_id as EntryId,
      entry: found.entry_id as EntryId,
      missionId: found.mission_id === null ? undefined : (found.mission_id as MissionId),
      workspaceId: found.workspace_id,
      correlationId: found.correlation_id as CorrelationId,
      kind: found.kind,
      resource: found.resource,
    }));
  }
}
