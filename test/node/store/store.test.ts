import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { sha256 } from '../../../src/base/digest.ts';
import { ledgerOf } from '../../support/ledgers.ts';
import { storeHome } from '../../../src/store/home.ts';
import { migrations } from '../../../src/store/migrations.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { entryDraft } from '../../support/drafts.ts';
import { TempStore } from '../../support/tempStore.ts';
import { noSmallDisk, onSmallDisk, type SmallDisk } from './smallDisk.ts';

const child = join(import.meta.dirname, 'storeChild.ts');

function seqs(store: Store): number[] {
  return ledgerOf(store)
    .query({ limit: 1_000 })
    .map(({ seq }) => seq)
    .reverse();
}

/** Every file below a folder with its bytes. */
function contentOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(files.map(({ parentPath, name }) => [join(parentPath, name), sha256(readFileSync(join(parentPath, name)))]));
}

const latest = migrations.at(-1)?.version ?? 0;

describe('the store', () => {
  let temp: TempStore;
  let home: string;
  let file: string;

  beforeEach(() => {
    temp = new TempStore();
    home = temp.home;
    file = join(home, 'gonogo.db');
  });
  afterEach(() => temp[Symbol.dispose]());

  /** A closed store with three entries. */
  async function make(): Promise<void> {
    const store = temp.open();
    const ledger = ledgerOf(store);
    await store.unitOfWork.run(() => [1, 2, 3].forEach(() => ledger.append(entryDraft())));
    temp.closeAll();
  }

  function refusal(options?: Parameters<typeof openStore>[1]): string {
    const opened = openStore(home, options);
    if (opened.ok) {
      opened.value[Symbol.dispose]();
      return 'opened';
    }
    assert.match(opened.error.message, /^the [^.]*`[^`]+`[^;]*; [^;]+$/, 'one sentence: what, and what to do');
    return `${opened.error.code}: ${opened.error.message.replaceAll(home, '~')}`;
  }

  it('is made in a folder for nobody else, with what keeps it safe', () => {
    const store = temp.open();
    assert.equal(statSync(home).mode & 0o777, 0o700);
    const pragma = (name: string): unknown => store.db.pragma(name, { simple: true });
    assert.deepEqual(['journal_mode', 'synchronous', 'foreign_keys'].map(pragma), ['wal', 2, 1]);
    const tables = store.db
      .prepare(`SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' AND strict = 0`)
      .all();
    assert.deepEqual(tables, []);
    temp.closeAll();
    assert.deepEqual(readdirSync(home), ['gonogo.db'], 'nothing is left beside it');
  });

  it('takes wider rights away from a folder that is there', () => {
    mkdirSync(home);
    chmodSync(home, 0o755);
    temp.open();
    assert.equal(statSync(home).mode & 0o777, 0o700);
  });

  it('is found again with what it holds', async () => {
    await make();
    assert.deepEqual(seqs(temp.open()), [1, 2, 3]);
  });

  it('is made once when several open it at the same time', async () => {
    const runs = Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, [child, 'open', home]));
    for (const { stdout } of await Promise.all(runs)) assert.deepEqual(JSON.parse(stdout), { opened: latest });
    assert.deepEqual(readdirSync(home), ['gonogo.db']);
  });

  describe('that cannot be trusted is refused and left as it is', () => {
    const half = (): void => truncateSync(file, statSync(file).size / 2);
    const cases: readonly [string, () => void, RegExp][] = [
      ['cut in the middle', half, /^store-damaged: .* was cut short \(\d+ of \d+ bytes\); restore/],
      ['cut within its last page', () => truncateSync(file, statSync(file).size - 1), /^store-damaged: .* was cut short/],
      ['cut within its header', () => truncateSync(file, 50), /^store-damaged: .* was cut short \(50 bytes\)/],
      ['cut to nothing', () => truncateSync(file, 0), /^store-damaged: the store `~\/gonogo.db` is empty; restore/],
      ['replaced by garbage', () => writeFileSync(file, 'x'.repeat(10_000)), /^store-damaged: .* is not a store of GoNoGo/],
      ['replaced by little garbage', () => writeFileSync(file, 'hello'), /^store-damaged: .* is not a store of GoNoGo/],
      ['with garbage in its schema', () => garble(100, 200), /^store-damaged: .* is damaged; restore/],
      ['a folder', () => replaceByFolder(), /^store-unreadable: .* cannot be opened \(.*EISDIR.*\); check/],
      ['gone while its log is there', () => leaveLog(), /^store-damaged: .* is gone, but/],
    ];
    function garble(from: number, to: number): void {
      const bytes = readFileSync(file);
      bytes.fill(0xa5, from, to);
      writeFileSync(file, bytes);
    }
    function replaceByFolder(): void {
      rmSync(file);
      mkdirSync(file);
    }
    function leaveLog(): void {
      rmSync(file);
      writeFileSync(`${file}-wal`, 'pages');
    }
    for (const [what, spoil, expected] of cases) {
      it(what, async () => {
        await make();
        spoil();
        const before = contentOf(home);
        assert.match(refusal(), expected);
        assert.deepEqual(contentOf(home), before);
      });
    }

    it('from a newer version', async () => {
      await make();
      const db = new Database(file);
      db.pragma('user_version = 99');
      db.close();
      const before = readFileSync(file);
      assert.equal(
        refusal(),
        `store-newer: the store \`~/gonogo.db\` was written by a newer GoNoGo (schema 99, this one knows ${latest}); update GoNoGo to use it`,
      );
      assert.deepEqual(readFileSync(file), before);
    });

    it('below a file', () => {
      writeFileSync(home, 'not a folder');
      assert.match(refusal(), /^store-unreadable: /);
      assert.equal(readFileSync(home, 'utf8'), 'not a folder');
    });
  });

  const noDisk = noSmallDisk();
  describe(`on a disk${noDisk === undefined ? '' : ` (skipped: ${noDisk})`}`, () => {
    let out = '';
    let from: string;

    beforeEach(async function () {
      if (noDisk !== undefined) this.skip();
      out = mkdtempSync(join(tmpdir(), 'gonogo-disk-'));
      await make();
      from = home;
      home = join(from, '..', 'disk');
    });
    afterEach(() => {
      if (out !== '') rmSync(out, { recursive: true, force: true });
    });

    function run(mode: string, disk: Omit<SmallDisk, 'to'>): Record<string, unknown> {
      return JSON.parse(onSmallDisk(home, { ...disk, to: join(out, 'home') }, [process.execPath, child, mode, home])) as Record<
        string,
        unknown
      >;
    }
    /** What is there afterwards, opened where there is room. */
    function reopened(): number[] {
      const opened = openStore(join(out, 'home'));
      if (!opened.ok) throw opened.error;
      using store = opened.value;
      return seqs(store);
    }

    for (const readOnly of ['disk', 'file'] as const) {
      it(`that is read-only, or a file on it that is, says so: ${readOnly}`, () => {
        const { refused, message } = run('open', { size: '1m', from, readOnly });
        assert.equal(refused, 'store-read-only');
        assert.equal(
          message,
          `the store \`${home}/gonogo.db\` cannot be written; make the file and its folder writable and reload the window`,
        );
        assert.deepEqual(reopened(), [1, 2, 3]);
      });
    }

    it('that is full when it is made leaves nothing half made', () => {
      const { refused, message } = run('open', { size: '64k' });
      assert.equal(refused, 'store-full');
      assert.equal(message, `the disk that holds \`${home}/gonogo.db\` is full; free some space and reload the window`);
      assert.deepEqual(readdirSync(join(out, 'home')), []);
    });

    it('that is full when it is opened keeps what it holds', () => {
      const size = statSync(join(from, 'gonogo.db')).size;
      assert.equal(run('open', { size: `${Math.ceil(size / 4_096) * 4}k`, from })['refused'], 'store-full');
      assert.deepEqual(reopened(), [1, 2, 3]);
    });

    it('that fills up keeps what was acknowledged, still reads, and goes on once there is room', () => {
      const told = run('fill', { size: '2m', from, filler: 1_000_000 });
      const last = Number(told['acknowledged']);
      assert.ok(last > 3);
      assert.deepEqual(told, {
        acknowledged: last,
        readable: last,
        afterwards: last + 1,
        hadFiller: true,
        refusal: told['refusal'],
        reported: true,
        recovered: true,
      });
      assert.match(String(told['refusal']), /full/);
      assert.deepEqual(
        reopened(),
        Array.from({ length: last + 1 }, (_, index) => index + 1),
      );
    });
  });

  describe('of an older version', () => {
    const second = { version: latest + 1, sql: 'CREATE TABLE added (id TEXT PRIMARY KEY) STRICT' };
    const backup = (): string => join(home, 'backups', `before-schema-${latest + 1}.db`);

    it('is brought up to date after a backup of all it holds', async () => {
      await make();
      const store = temp.open({ migrations: [...migrations, second] });
      assert.deepEqual(store.db.prepare('SELECT id FROM added').all(), []);
      assert.deepEqual(seqs(store), [1, 2, 3]);
      assert.equal(store.db.pragma('user_version', { simple: true }), latest + 1);
      assert.equal(statSync(join(home, 'backups')).mode & 0o777, 0o700);
      assert.deepEqual(readdirSync(join(home, 'backups')), [`before-schema-${latest + 1}.db`]);
      temp.closeAll();
      // The way back: the backup in the place of the store.
      writeFileSync(file, readFileSync(backup()));
      const restored = temp.open();
      assert.deepEqual([seqs(restored), restored.db.pragma('user_version', { simple: true })], [[1, 2, 3], latest]);
    });

    it('keeps its missions, which the built-in agent flew', () => {
      const old = temp.open({ migrations: migrations.slice(0, 1) });
      old.db.exec(`INSERT INTO missions VALUES ('m', 'w', 'local', '/ws', '{}', 'goal', 1, 'DEMO', 1, 'drafted', '{}')`);
      temp.closeAll();
      assert.deepEqual(temp.open().db.prepare('SELECT id, agent FROM missions').all(), [{ id: 'm', agent: 'builtin' }]);
    });

    it('stays as it was when a migration breaks, and a later try makes a new backup', async () => {
      await make();
      const broken = { version: latest + 1, sql: 'CREATE TABLE added (id TEXT) STRICT; INSERT INTO nowhere VALUES (1)' };
      assert.match(refusal({ migrations: [...migrations, broken] }), /^store-unreadable: .*no such table: nowhere/);
      const store = temp.open();
      assert.deepEqual(store.db.prepare(`SELECT name FROM sqlite_schema WHERE name = 'added'`).all(), []);
      const ledger = ledgerOf(store);
      await store.unitOfWork.run(() => ledger.append(entryDraft()));
      temp.closeAll();
      temp.open({ migrations: [...migrations, second] });
      const copy = new Database(backup(), { readonly: true });
      assert.deepEqual(copy.prepare('SELECT MAX(seq) AS seq FROM entries').get(), { seq: 4 });
      copy.close();
    });

    it('is not backed up when it is new or up to date', async () => {
      await make();
      temp.open();
      temp.closeAll();
      assert.deepEqual(readdirSync(home), ['gonogo.db']);
    });
  });
});

describe('the folder of the store', () => {
  const rows: readonly [Record<string, string>, NodeJS.Platform, string][] = [
    [{ GONOGO_HOME: '/own', XDG_DATA_HOME: '/xdg' }, 'linux', '/own'],
    [{ XDG_DATA_HOME: '/xdg' }, 'linux', '/xdg/gonogo'],
    [{}, 'linux', '/home/me/.local/share/gonogo'],
    [{}, 'darwin', '/home/me/Library/Application Support/gonogo'],
    [{ LOCALAPPDATA: '/local' }, 'win32', '/local/gonogo'],
    [{ GONOGO_HOME: '', XDG_DATA_HOME: '' }, 'linux', '/home/me/.local/share/gonogo'],
  ];
  for (const [env, platform, expected] of rows)
    it(`is ${expected} on ${platform} with ${JSON.stringify(env)}`, () => assert.equal(storeHome(env, platform, '/home/me'), expected));
});
