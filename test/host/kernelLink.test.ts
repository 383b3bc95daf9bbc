import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { isCodedError } from '../../src/base/errors.ts';
import { microUsd } from '../../src/base/money.ts';
import type { MissionId } from '../../src/base/ids.ts';
import type { KernelSettings, KernelSnapshot } from '../../src/contracts/kernelApi.ts';
import { KernelLink } from '../../src/editor/kernelLink.ts';
import { RecordingLogger } from '../unit/editor/approvals/fakes.ts';

const settings: KernelSettings = {
  agents: { preferred: 'builtin', programs: {}, ask: false },
  maxMissions: 3,
  spawnDelayMs: 0,
  agentStartMs: 10_000,
  budget: { mission: microUsd(500_000), day: microUsd(10_000_000), month: microUsd(100_000_000), alertAt: 0.8 },
  approvalExpiresMs: 60_000,
  demo: true,
  upstream: undefined,
  persist: true,
  useWorktrees: true,
  templatesPath: '.gonogo/templates',
  logLevel: 'info',
  trusted: true,
};

const stoppedOf =
  (code: string) =>
  (error: unknown): boolean =>
    isCodedError(error) && error.code === code;

describe('the link to the kernel worker', () => {
  let scratch: string;
  let links: KernelLink[] = [];
  let logger: RecordingLogger;

  beforeEach(() => {
    scratch = mkdtempSync(path.join(tmpdir(), 'gonogo-'));
    logger = new RecordingLogger();
  });
  afterEach(async () => {
    await Promise.all(links.map((link) => link.close()));
    links = [];
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  });

  function connect(change: { readonly script?: string; readonly home?: string } = {}): KernelLink {
    const extension = vscode.extensions.getExtension('gonogo.gonogo')?.extensionPath;
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    assert.ok(extension !== undefined && folder !== undefined);
    const inExtension = (...parts: string[]): string => path.join(extension, ...parts);
    const link = new KernelLink(
      change.script ?? inExtension('dist', 'kernel.js'),
      {
        home: change.home ?? path.join(scratch, 'home'),
        folders: [folder],
        userId: 'ada',

        userAgent: 'gonogo/test',
        media: inExtension('media'),
        agentScript: inExtension('dist', 'agent.js'),
        demoScript: inExtension('media', 'demo', 'round-half-even.json'),
      },
      logger,
    );
    links.push(link);
    return link;
  }

  function next(link: KernelLink, holds: (snapshot: KernelSnapshot) => boolean): Promise<KernelSnapshot> {
    return new Promise((resolve) => {
      const subscription = link.onDidChangeSnapshot((snapshot) => {
        if (!holds(snapshot)) return;
        subscription[Symbol.dispose]();
        resolve(snapshot);
      });
    });
  }

  const errors = (): unknown[] => logger.lines.filter(({ level }) => level === 'error');

  it('says that nothing is allowed while it starts, then how it is', async () => {
    const link = connect();
    assert.equal(link.snapshot.health.level, 'degraded');
    assert.match(link.snapshot.health.items[0]?.message ?? '', /starting/);
    const arrived = next(link, ({ health }) => health.items.some(({ name }) => name === 'Model'));
    await link.api.configure(settings);
    const { health, meters } = await arrived;
    assert.deepEqual(
      health.items.filter(({ level }) => level === 'unhealthy'),
      [],
    );
    assert.ok(health.items.some(({ name, level }) => name === 'Store' && level === 'healthy'));
    assert.deepEqual(
      meters.map(({ scope, limit }) => [scope, limit]),
      [
        ['day', settings.budget.day],
        ['month', settings.budget.month],
      ],
    );
  });

  it('passes errors on with their codes', async () => {
    const link = connect();
    await assert.rejects(link.api.launch('019a1f00-0000-7000-8000-0000000000aa' as MissionId), stoppedOf('untrusted-workspace'));
    await link.api.configure(settings);
    await assert.rejects(link.api.launch('019a1f00-0000-7000-8000-0000000000aa' as MissionId), stoppedOf('unknown-mission'));
  });

  it('says what to do when the kernel does not start, and refuses every call', async () => {
    const link = connect({ script: path.join(scratch, 'missing.js') });
    const waiting = assert.rejects(link.api.snapshot(), stoppedOf('kernel-stopped'));
    const dead = await next(link, ({ health }) => health.level === 'unhealthy');
    assert.match(dead.health.items[0]?.message ?? '', /reload the window to start it again\. Until then nothing is allowed\.$/);
    await waiting;
    await assert.rejects(link.api.presets('/'), stoppedOf('kernel-stopped'));
    assert.equal(errors().length, 1);
  });

  it('says so when the kernel dies at work, keeps what it last knew, and refuses every call', async () => {
    const script = path.join(scratch, 'dying.js');
    // A worker that answers once and then breaks, as a fault in native code would break it.
    writeFileSync(
      script,
      `const { parentPort } = require('node:worker_threads');
       const health = { level: 'healthy', items: [] };
       parentPort.once('message', ({ call }) => {
         parentPort.postMessage({ answer: call, ok: true, value: { missions: [{ id: 'm' }], approvals: [], meters: [], switches: [], health } });
         parentPort.once('message', () => process.exit(134));
       });`,
    );
    const link = connect({ script });
    await link.refresh();
    const died = next(link, ({ health }) => health.level === 'unhealthy');
    await assert.rejects(link.api.presets('/'), stoppedOf('kernel-stopped'));
    const { missions, health } = await died;
    assert.equal(missions.length, 1);
    assert.match(health.items[0]?.message ?? '', /exit code 134/);
    await assert.rejects(link.refresh(), stoppedOf('kernel-stopped'));
  });

  it('answers with a store it cannot open, and allows nothing', async () => {
    const home = path.join(scratch, 'home');
    writeFileSync(home, 'a file, where a folder should be');
    const link = connect({ home });
    await link.refresh();
    assert.equal(link.snapshot.health.level, 'unhealthy');
    assert.deepEqual(
      link.snapshot.health.items.map(({ name }) => name),
      ['Store'],
    );
    await assert.rejects(link.api.presets('/'), stoppedOf('store-unavailable'));
    await assert.rejects(link.api.stopEverything('ada', 'x'), stoppedOf('store-unavailable'));
  });

  for (const [what, spoil, sentence] of [
    ['damaged', (file: Buffer): Buffer => Buffer.concat([Buffer.from('not a database at all, '), file.subarray(23)]), /restore a backup/],
    [
      'written by a newer version',
      (file: Buffer): Buffer => {
        // Bytes 60 to 63 of the header are the user version (SQLite file format, 1.3).
        file.writeUInt32BE(9_999, 60);
        return file;
      },
      /newer/,
    ],
  ] as const) {
    it(`is unhealthy with a store that is ${what}`, async () => {
      const first = connect();
      await first.refresh();
      await first.close();
      links = [];
      const file = path.join(scratch, 'home', 'gonogo.db');
      writeFileSync(file, spoil(readFileSync(file)));
      const link = connect();
      await link.refresh();
      assert.equal(link.snapshot.health.level, 'unhealthy');
      assert.match(link.snapshot.health.items[0]?.message ?? '', sentence);
    });
  }

  it('ends without a complaint, and refuses afterwards', async () => {
    const link = connect();
    await link.refresh();
    await link.close();
    links = [];
    await assert.rejects(link.api.snapshot(), stoppedOf('kernel-stopped'));
    assert.deepEqual(errors(), []);
  });
});
