import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { sha256 } from '../../src/base/digest.ts';
import { parseOwner } from '../../src/base/owner.ts';
import { usdToMicro } from '../../src/base/money.ts';
import type { KernelBoot, KernelSettings } from '../../src/contracts/kernelApi.ts';
import { presetSchema, type Preset } from '../../src/contracts/preset.ts';
import { processAlive } from '../../src/durable/processAlive.ts';
import { composeKernel, type KernelParts } from '../../src/kernel/compose.ts';
import { ChildKernel, type Fuse } from './childKernel.ts';
import { KernelWatch, type KernelHandle } from './kernelWatch.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface DemoScript {
  readonly name: string;
  readonly agents: Readonly<Record<string, readonly object[]>>;
}

export interface RigOptions {
  /** What the model says; default: what ships, without its pauses. */
  readonly script?: DemoScript;
  /** Another agent than the built-in one: a deed of `agents/wildAgent.mjs` and its argument. */
  readonly agent?: readonly [deed: string, argument?: string];
  readonly settings?: Partial<KernelSettings>;
  /** Presets beside the shipped one. */
  readonly presets?: readonly Preset[];
}

/** A temporary place with a copy of the sample as a git repository, a store and presets; starts kernels in it, here or in processes of their own. */
export class KernelRig {
  readonly folder: string;
  readonly workspace: string;
  readonly home: string;
  readonly settings: KernelSettings;
  /** In the command line of every test run of `quick`, so that a stray one is found. */
  readonly token: string;
  readonly #boot: KernelBoot;
  readonly #kernels: (() => Promise<void>)[] = [];

  /** The preset that ships. */
  static build(): Preset {
    return presetSchema.parse(JSON.parse(readFileSync(join(root, 'media/presets/build.json'), 'utf8')));
  }

  /** One agent, one test run, nothing of npm: a flight of about two seconds. */
  static quick(): Preset {
    const build = KernelRig.build();
    return { ...build, id: 'quick', title: 'Quick', agents: build.agents.slice(0, 1), test: ['node', '--test'] };
  }

  constructor(options: RigOptions = {}) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'gonogo-kernel-')));
    this.token = this.folder.replace(/.*-/, 'gonogo-rig-');
    this.workspace = join(this.folder, 'ws');
    this.home = join(this.folder, 'home');
    cpSync(join(root, 'examples/invoices'), this.workspace, { recursive: true });
    this.git('init', '-q', '-b', 'main');
    this.git('add', '-A');
    this.git('commit', '-qm', 'sample');
    const media = join(this.folder, 'media');
    mkdirSync(join(media, 'presets'), { recursive: true });
    const write = (path: string, value: unknown): void => writeFileSync(path, JSON.stringify(value));
    cpSync(join(root, 'media/presets/build.json'), join(media, 'presets/build.json'));
    cpSync(join(root, 'media/queries'), join(media, 'queries'), { recursive: true });
    for (const preset of [KernelRig.quick(), ...(options.presets ?? [])]) {
      const test = preset.test[0] === 'node' ? ['node', `--conditions=${this.token}`, ...preset.test.slice(1)] : preset.test;
      write(join(media, 'presets', `${preset.id}.json`), { ...preset, test });
    }
    const demoScript = join(this.folder, 'script.json');
    write(demoScript, options.script ?? shippedScript());
    const wild = join(this.folder, 'agent.mjs');
    const script = fileURLToPath(new URL('agents/wildAgent.mjs', import.meta.url));
    writeFileSync(wild, `process.argv.push(...${JSON.stringify(options.agent ?? [])});\nawait import(${JSON.stringify(script)});\n`);
    this.#boot = {
      home: this.home,
      folders: [this.workspace],
      userId: 'tester',
      userAgent: 'gonogo/test',
      media,
      agentScript: options.agent ? wild : join(root, 'src/agent.ts'),
      demoScript,
    };
    this.settings = {
      agents: { preferred: 'builtin', programs: {}, ask: false },
      maxMissions: 3,
      spawnDelayMs: 0,
      agentStartMs: 20_000,
      budget: { mission: usdToMicro(0.5), day: usdToMicro(10), month: usdToMicro(100), alertAt: 0.8 },
      approvalExpiresMs: 15 * 60_000,
      demo: true,
      upstream: undefined,
      persist: true,
      useWorktrees: true,
      templatesPath: '.gonogo/templates',
      logLevel: 'info',
      trusted: true,
      ...options.settings,
    };
  }

  /** A kernel in this process, configured unless told otherwise. */
  async start(
    more: {
      readonly settings?: Partial<KernelSettings>;
      readonly configure?: boolean;
      readonly parts?: KernelParts;
      readonly boot?: Partial<KernelBoot>;
    } = {},
  ): Promise<KernelHandle> {
    const watch = new KernelWatch();
    const api = await composeKernel({ ...this.#boot, ...more.boot }, (event) => watch.take(event), more.parts ?? {});
    this.#kernels.push(() => api.shutdown());
    if (more.configure !== false) await api.configure({ ...this.settings, ...more.settings });
    return { api, watch };
  }

  /** A kernel in a process of its own, which `fuse` may kill at an exact moment. */
  async startChild(more: { readonly settings?: Partial<KernelSettings>; readonly fuse?: Fuse } = {}): Promise<ChildKernel> {
    const child = await ChildKernel.start(this.#boot, more.fuse);
    this.#kernels.push(() => child.kill());
    await child.api.configure({ ...this.settings, ...more.settings });
    return child;
  }

  /** A second repository beside the first, with the same sample. */
  anotherWorkspace(): string {
    const other = join(this.folder, 'other');
    execFileSync('git', ['clone', '-q', this.workspace, other]);
    return other;
  }

  git(...args: string[]): string {
    const identity = ['-c', 'user.name=Sample', '-c', 'user.email=sample@example.org'];
    return execFileSync('git', [...identity, ...args], { cwd: this.workspace, encoding: 'utf8' }).trim();
  }

  /** Every file of the workspace outside `.git` with mode-free bytes, and what git says of branch, HEAD and index. */
  picture(): Readonly<Record<string, string>> {
    const files: Record<string, string> = {};
    for (const entry of readdirSync(this.workspace, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name).slice(this.workspace.length + 1);
      if (entry.isFile() && !path.startsWith('.git/')) files[path] = sha256(readFileSync(join(this.workspace, path)));
    }
    return files;
  }

  /** Branch, HEAD and the index's bytes. */
  gitState(): readonly string[] {
    return [this.git('symbolic-ref', 'HEAD'), this.git('rev-parse', 'HEAD'), sha256(readFileSync(join(this.workspace, '.git/index')))];
  }

  read(path: string): string {
    return readFileSync(join(this.workspace, path), 'utf8');
  }

  write(path: string, content: string): void {
    writeFileSync(join(this.workspace, path), content);
  }

  /** Looks into the store as anybody could. */
  rows(sql: string, ...values: unknown[]): readonly Record<string, unknown>[] {
    const db = new Database(join(this.home, 'gonogo.db'), { readonly: true });
    try {
      return db.prepare(sql).all(...values) as Record<string, unknown>[];
    } finally {
      db.close();
    }
  }

  /** Writes into the store behind the kernel's back. */
  change(sql: string, ...values: unknown[]): void {
    const db = new Database(join(this.home, 'gonogo.db'));
    try {
      db.prepare(sql).run(...values);
    } finally {
      db.close();
    }
  }

  /** Nothing of a mission is left but its record: see the messages. */
  async assertTidy(): Promise<void> {
    assert.deepEqual(this.rows(`SELECT * FROM reservations WHERE state = 'held'`), [], 'a reservation is held');
    assert.deepEqual(this.rows('SELECT * FROM intents'), [], 'an effect has no outcome');
    assert.deepEqual(this.rows('SELECT * FROM mission_processes'), [], 'a process is still listed');
    // That of a window for its folder's queue runs out by itself.
    const held = this.rows(`SELECT owner FROM leases WHERE owner <> '' AND name NOT LIKE 'queue:%'`).flatMap(
      ({ owner }) => parseOwner(String(owner)) ?? [],
    );
    assert.deepEqual(held.filter(processAlive), [], 'a lease is held');
    assert.deepEqual(this.rows(`SELECT id FROM approvals WHERE status = 'pending'`), [], 'a request waits for nobody');
    assert.equal(this.git('worktree', 'list').split('\n').length, 1, 'git lists a worktree');
    assert.deepEqual(this.worktrees(), [], 'a worktree is left');
    assert.deepEqual(await this.strays(), [], 'a process is left');
  }

  worktrees(): readonly string[] {
    const folder = join(this.home, 'worktrees');
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  /** Processes that work in this place; looks again for a moment, because a killed one takes its time to go. */
  async strays(): Promise<readonly string[]> {
    let found = this.#strays();
    for (let look = 0; look < 100 && found.length > 0; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      found = this.#strays();
    }
    return found;
  }

  #strays(): readonly string[] {
    const found: string[] = [];
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const dead = /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
        const cwd = dead ? '' : realpathOfLink(`/proc/${pid}/cwd`);
        if (!dead && (line.includes(this.token) || line.includes(this.folder) || cwd.startsWith(this.folder)))
          found.push(`${pid} ${cwd} ${line}`);
      } catch {
        // It ended while it was looked at.
      }
    }
    return found;
  }

  /** Ends every kernel and removes the place. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#kernels.splice(0).reverse()) await end();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function realpathOfLink(link: string): string {
  return realpathSync(link);
}

function shippedScript(): DemoScript {
  return JSON.parse(
    readFileSync(join(root, 'media/demo/round-half-even.json'), 'utf8').replace(/"delayMs": \d+/g, '"delayMs": 0'),
  ) as DemoScript;
}

export const goodTotal = readFileSync(join(root, 'examples/invoices/src/total.js'), 'utf8').replace(
  'Rounds an amount',
  'Rounds an amount of money',
);

/** A change of one file, with a file of its own beside it. */
export const quickScript: DemoScript = {
  name: 'quick',
  agents: {
    coder: [
      {
        call: [
          { tool: 'write_file', input: { path: 'src/total.js', content: goodTotal } },
          { tool: 'write_file', input: { path: 'src/note.js', content: "export const note = 'new';\n" } },
        ],
      },
      { say: 'Done.' },
    ],
  },
};

/** The same change by an agent that asks no model: it starts in a twentieth of the time. */
export const quickWrites: readonly [string, string] = [
  'ask-each',
  JSON.stringify([
    ['fs/write_text_file', { path: 'src/total.js', content: goodTotal }],
    ['fs/write_text_file', { path: 'src/note.js', content: "export const note = 'new';\n" }],
  ]),
];
