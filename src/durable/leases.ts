import { z } from 'zod';
import type { Clock, Millis } from '../base/clock.ts';
import type { Store } from '../store/store.ts';
import { formatOwner, parseOwner, type Owner } from '../base/owner.ts';

export interface Lease {
  readonly name: string;
  /** Grows with every new holder: a write that carries an older one is refused. */
  readonly token: number;
}

export interface LeaseOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly owner: Owner;
  readonly ttl: Millis;
  /** Whether a process is still the one that took the lease. */
  readonly alive: (owner: Owner) => boolean;
}

const row = z.object({ owner: z.string(), token: z.number(), expires_at: z.number() });

/**
 * Leases with fencing tokens, shared by every process of the user. A lease ends when it is released, when it is not renewed
 * within its time to live, or at once when the process that held it is gone. Calls MUST be inside a unit of work.
 */
export class Leases {
  readonly #options: LeaseOptions;
  readonly #me: string;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#me = formatOwner(options.owner);
  }

  /** The lease, newly taken or already ours; `undefined` while somebody else holds it. */
  acquire(name: string): Lease | undefined {
    const { store, clock, ttl } = this.#options;
    store.unitOfWork.assertInside();
    const held = this.#read(name);
    const expiresAt = clock.now() + ttl;
    if (held && held.owner === this.#me && held.token > 0) {
      store.db.prepare('UPDATE leases SET expires_at = ? WHERE name = ?').run(expiresAt, name);
      return { name, token: held.token };
    }
    if (held && !this.#ended(held)) return undefined;
    const token = (held?.token ?? 0) + 1;
    store.db
      .prepare(
        `INSERT INTO leases (name, owner, token, expires_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, token = excluded.token, expires_at = excluded.expires_at`,
      )
      .run(name, this.#me, token, expiresAt);
    return { name, token };
  }

  /** False when the lease was lost meanwhile: stop at once. */
  renew(lease: Lease): boolean {
    const { store, clock, ttl } = this.#options;
    store.unitOfWork.assertInside();
    return (
      store.db
        .prepare('UPDATE leases SET expires_at = ? WHERE name = ? AND owner = ? AND token = ?')
        .run(clock.now() + ttl, lease.name, this.#me, lease.token).changes === 1
    );
  }

  /** Throws when the lease is no longer ours: the write it guards must not happen. */
  assertHeld(lease: Lease): void {
    const held = this.#read(lease.name);
    if (!held || held.owner !== this.#me || held.token !== lease.token)
      throw new Error(`the lease \`${lease.name}\` is held by another window`);
  }

  release(lease: Lease): void {
    const { store } = this.#options;
    store.unitOfWork.assertInside();
    // The row stays, so that the fencing token never starts again.
    store.db
      .prepare(`UPDATE leases SET owner = '', expires_at = 0 WHERE name = ? AND owner = ? AND token = ?`)
      .run(lease.name, this.#me, lease.token);
  }

  /** Whether somebody else holds it now. Reads only. */
  heldElsewhere(name: string): boolean {
    const held = this.#read(name);
    return held !== undefined && held.owner !== this.#me && !this.#ended(held);
  }

  #ended(held: z.infer<typeof row>): boolean {
    if (held.owner === '' || held.expires_at <= this.#options.clock.now()) return true;
    const owner = parseOwner(held.owner);
    return owner === undefined || !this.#options.alive(owner);
  }

  #read(name: string): z.infer<typeof row> | undefined {
    const found = this.#options.store.db.prepare('SELECT owner, token, expires_at FROM leases WHERE name = ?').get(name);
    return found === undefined ? undefined : row.parse(found);
  }
}

export function leaseName(missionId: string): string {
  return `mission:${missionId}`;
}
