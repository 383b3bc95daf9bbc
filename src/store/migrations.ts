export interface Migration {
  /** 1, 2, 3 … */
  readonly version: number;
  readonly sql: string;
}

/** Each runs once, in a transaction of its own, in this order. Never edit one that has shipped: add the next. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE entries (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        timestamp INTEGER NOT NULL,
        user_id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        tenant_id TEXT NOT NULL,
        mission_id TEXT,
        principal TEXT NOT NULL,
        surface TEXT NOT NULL,
        action TEXT NOT NULL,
        phase TEXT NOT NULL CHECK (phase IN ('decision', 'effect', 'event')),
        domain TEXT NOT NULL,
        resource TEXT NOT NULL,
        payload TEXT NOT NULL,
        result TEXT NOT NULL CHECK (result IN ('success', 'failure', 'blocked')),
        reason TEXT,
        cost INTEGER NOT NULL,
        correlation_id TEXT NOT NULL,
        rests_on TEXT
      ) STRICT;
      CREATE INDEX entries_by_mission ON entries (mission_id, seq);
      CREATE INDEX entries_by_workspace ON entries (workspace_id, seq);
      CREATE TRIGGER entries_follow BEFORE INSERT ON entries
        WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM entries) OR EXISTS (SELECT 1 FROM entries WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'ledger entries are append-only'); END;
      CREATE TRIGGER entries_stay BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'ledger entries are append-only'); END;
      CREATE TRIGGER entries_remain BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'ledger entries are append-only'); END;

      CREATE TABLE intents (
        decision_id TEXT PRIMARY KEY,
        entry_id TEXT NOT NULL,
        mission_id TEXT,
        digest TEXT NOT NULL,
        owner TEXT NOT NULL,
        kind TEXT NOT NULL,
        resource TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        correlation_id TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE leases (
        name TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        token INTEGER NOT NULL,
        expires_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE missions (
        id TEXT PRIMARY KEY,
        workspace_id TEXT NOT NULL,
        tenant_id TEXT NOT NULL,
        folder TEXT NOT NULL,
        preset TEXT NOT NULL,
        goal TEXT NOT NULL,
        budget INTEGER NOT NULL,
        model TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        status TEXT NOT NULL,
        state TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX missions_by_status ON missions (status, created_at);

      CREATE TABLE mission_processes (
        mission_id TEXT NOT NULL,
        pid INTEGER NOT NULL,
        started_at TEXT NOT NULL,
        PRIMARY KEY (mission_id, pid, started_at)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE test_runs (
        mission_id TEXT NOT NULL,
        tree TEXT NOT NULL,
        run TEXT NOT NULL,
        PRIMARY KEY (mission_id, tree)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE approvals (
        id TEXT PRIMARY KEY,
        mission_id TEXT,
        kind TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        asked_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        status TEXT NOT NULL,
        request TEXT NOT NULL,
        content TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX approvals_by_status ON approvals (status, asked_at);

      CREATE TABLE grants (
        id TEXT PRIMARY KEY,
        request_id TEXT NOT NULL REFERENCES approvals (id),
        digest TEXT NOT NULL,
        expires_at INTEGER NOT NULL,
        used_by TEXT,
        mac TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE reservations (
        id TEXT PRIMARY KEY,
        request_id TEXT NOT NULL UNIQUE,
        mission_id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('held', 'committed', 'released')),
        amount INTEGER NOT NULL,
        at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX reservations_by_mission ON reservations (mission_id, state);
      CREATE INDEX reservations_by_time ON reservations (at);
      CREATE INDEX reservations_held ON reservations (state) WHERE state = 'held';

      CREATE TABLE kill_switches (
        name TEXT PRIMARY KEY,
        by TEXT NOT NULL,
        reason TEXT NOT NULL,
        since INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    version: 2,
    sql: `ALTER TABLE missions ADD COLUMN agent TEXT NOT NULL DEFAULT 'builtin';`,
  },
  {
    version: 3,
    sql: `
      CREATE TABLE queue_pause (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        paused_by TEXT NOT NULL,
        since INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE flight_times (
        mission_id TEXT PRIMARY KEY,
        preset TEXT NOT NULL,
        agent TEXT NOT NULL,
        demo INTEGER NOT NULL,
        worked INTEGER NOT NULL,
        outcome TEXT NOT NULL CHECK (outcome IN ('under-way', 'reviewed', 'interrupted'))
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX flight_times_by_preset ON flight_times (preset, demo, outcome, mission_id);

      CREATE TABLE budget_alerts (
        scope TEXT NOT NULL,
        period TEXT NOT NULL,
        told_limit INTEGER NOT NULL,
        PRIMARY KEY (scope, period)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    version: 4,
    sql: `ALTER TABLE reservations ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0 CHECK (estimated IN (0, 1));`,
  },
  {
    version: 5,
    // The entries become leaves of a Merkle tree: what they say is one text, and columns are read from it, so that they cannot say otherwise.
    // Entries from before were no leaves; the ledger takes them over from `entries_before`.
    sql: `
      DROP TRIGGER entries_follow;
      DROP TRIGGER entries_stay;
      DROP TRIGGER entries_remain;
      DROP INDEX entries_by_mission;
      DROP INDEX entries_by_workspace;
      ALTER TABLE entries RENAME TO entries_before;

      CREATE TABLE leaves (
        seq INTEGER PRIMARY KEY,
        envelope TEXT NOT NULL,
        leaf_hash BLOB NOT NULL CHECK (length(leaf_hash) = 32),
        payload TEXT,
        salt TEXT CHECK ((salt IS NULL) = (payload IS NULL))
      ) STRICT;
      CREATE INDEX leaves_by_mission ON leaves (envelope ->> '$.missionId', seq) WHERE envelope ->> '$.missionId' IS NOT NULL;
      CREATE TRIGGER leaves_stay BEFORE UPDATE ON leaves
        WHEN NOT (NEW.seq = OLD.seq AND NEW.envelope = OLD.envelope AND NEW.leaf_hash = OLD.leaf_hash
          AND NEW.payload IS NULL AND NEW.salt IS NULL AND OLD.payload IS NOT NULL)
        BEGIN SELECT RAISE(ABORT, 'ledger entries are append-only'); END;
      CREATE TRIGGER leaves_remain BEFORE DELETE ON leaves BEGIN SELECT RAISE(ABORT, 'ledger entries are append-only'); END;

      CREATE VIEW entries AS SELECT
        seq, envelope, leaf_hash, payload, salt,
        envelope ->> '$.id' AS id,
        envelope ->> '$.timestamp' AS timestamp,
        envelope ->> '$.userId' AS user_id,
        envelope ->> '$.workspaceId' AS workspace_id,
        envelope ->> '$.missionId' AS mission_id,
        envelope ->> '$.action' AS action,
        envelope ->> '$.phase' AS phase,
        envelope ->> '$.domain' AS domain,
        envelope ->> '$.resource' AS resource,
        envelope ->> '$.result' AS result,
        envelope ->> '$.reason' AS reason,
        envelope ->> '$.cost' AS cost,
        envelope ->> '$.restsOn' AS rests_on
      FROM leaves;

      CREATE TABLE tiles (
        level INTEGER NOT NULL,
        idx INTEGER NOT NULL,
        hashes BLOB NOT NULL,
        PRIMARY KEY (level, idx)
      ) STRICT;
      CREATE TABLE checkpoints (
        size INTEGER PRIMARY KEY,
        note TEXT NOT NULL
      ) STRICT;
      CREATE TABLE ledger_keys (vkey TEXT NOT NULL UNIQUE) STRICT;
    `,
  },
];
