import { z } from 'zod';
import type { Clock, Millis } from '../base/clock.ts';
import { killSwitchNames, type KillSwitch, type KillSwitches, type KillSwitchName } from '../contracts/killSwitches.ts';
import type { Store } from '../store/store.ts';

const row = z.object({ name: z.enum(killSwitchNames), by: z.string(), reason: z.string(), since: z.number() });

const rows = z.array(row);

export class SqliteKillSwitches implements KillSwitches {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  pulled(): readonly KillSwitch[] {
    return rows.parse(this.#store.prepare('SELECT name, by, reason, since FROM kill_switches ORDER BY since').all());
  }

  pull(name: KillSwitchName, by: string, reason: string): KillSwitch {
    this.#store.unitOfWork.assertInside();
    this.#store.db
      .prepare('INSERT INTO kill_switches (name, by, reason, since) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING')
      .run(name, by, reason, this.#clock.now());
    return row.parse(this.#store.db.prepare('SELECT name, by, reason, since FROM kill_switches WHERE name = ?').get(name));
  }

  lift(name: KillSwitchName, since: Millis): boolean {
    this.#store.unitOfWork.assertInside();
    return this.#store.prepare('DELETE FROM kill_switches WHERE name = ? AND since = ?').run(name, since).changes === 1;
  }
}
