import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const repository = join(import.meta.dirname, '../..');

const report = z.object({
  summary: z.object({
    totalCruised: z.number(),
    violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string(), severity: z.string() }) })),
    ruleSetUsed: z.object({ forbidden: z.array(z.object({ name: z.string(), comment: z.string() })) }),
  }),
});

/** Files that go against the table of rooms, each with the rule that has to see it and what its sentence has to say. */
const planted: readonly [string, string, string, RegExp][] = [
  [
    'src/gate/plantedImport.ts',
    `import { Store } from '../store/store.ts'; export { missionRow } from '../missions/missionRow.ts'; void Store;`,
    'room-gate',
    /`gate` may import base, contracts, store\. Say what you need as a port/,
  ],
  [
    'src/ledger/plantedType.ts',
    `import type { GatePipeline } from '../gate/gatePipeline.ts'; export type Planted = GatePipeline;`,
    'room-ledger',
    /`ledger` may import/,
  ],
  [
    'src/tools/plantedLazy.ts',
    `export const planted = () => import('../sandbox/bubblewrapSandbox.ts');`,
    'room-tools',
    /`tools` may import/,
  ],
  ['src/base/plantedUp.ts', `import '../contracts/gate.ts';`, 'room-base', /`base` may import no other room/],
  [
    'src/nowhere/plantedRoom.ts',
    `import { ok } from '../base/result.ts'; export const planted = ok(1);`,
    'known-room',
    /belongs to a room/,
  ],
  [
    'src/missions/plantedVscode.ts',
    `import * as vscode from 'vscode'; void vscode;`,
    'vscode-only-in-editor',
    /Only src\/editor and src\/extension\.ts know VS Code/,
  ],
  ['src/kernel/plantedEditor.ts', `import '../editor/words.ts';`, 'editor-is-not-imported', /the kernel must run without it/],
  ['webview-ui/plantedDomain.ts', `import '../src/contracts/gate.ts';`, 'webview-speaks-protocol', /nothing else of src\//],
  [
    'src/store/plantedCycle.ts',
    `import { other } from './plantedCycleToo.ts'; export const planted = () => other;`,
    'no-cycles',
    /Two files need each other/,
  ],
  ['src/store/plantedNowhere.ts', `import './isNotThere.ts';`, 'resolvable', /leads nowhere/],
];
const harmless: Readonly<Record<string, string>> = {
  'src/gate/plantedFine.ts': `import { Store } from '../store/store.ts'; import type { Gate } from '../contracts/gate.ts'; export const planted = (gate: Gate) => [gate, Store];`,
  'src/store/plantedCycleToo.ts': `import { planted } from './plantedCycle.ts'; export const other = () => planted;`,
};

describe('the table of rooms', () => {
  let copy: string;
  let found: z.infer<typeof report>['summary'];
  let status: number | null;

  before(function () {
    this.timeout(120_000);
    // A copy, so that nothing is ever planted where somebody works.
    copy = mkdtempSync(join(tmpdir(), 'gonogo-rooms-'));
    for (const part of ['src', 'webview-ui', 'tsconfig.json', 'package.json', '.dependency-cruiser.cjs'])
      cpSync(join(repository, part), join(copy, part), { recursive: true, filter: (from) => !from.includes('node_modules') });
    symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'));
    for (const [file, text] of [...planted.map(([name, content]) => [name, content] as const), ...Object.entries(harmless)]) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, file), text);
    }
    const cruiser = join(repository, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
    const run = spawnSync(
      process.execPath,
      [cruiser, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src', 'webview-ui'],
      {
        cwd: copy,
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      },
    );
    assert.notEqual(run.stdout, '', run.stderr);
    found = report.parse(JSON.parse(run.stdout)).summary;
    const errors = spawnSync(process.execPath, [cruiser, '--config', '.dependency-cruiser.cjs', 'src/gate/plantedImport.ts'], {
      cwd: copy,
      encoding: 'utf8',
    });
    status = errors.status;
  });
  after(() => rmSync(copy, { recursive: true, force: true }));

  it('is held against every file', () => assert.ok(found.totalCruised > 200, `${found.totalCruised} files were looked at`));

  it('makes the check fail', () => assert.notEqual(status, 0));

  for (const [file, , rule, sentence] of planted) {
    it(`is not fooled by ${file}: ${rule}`, () => {
      const rules = found.violations.filter(({ from }) => from === file).map(({ rule: broken }) => `${broken.name} ${broken.severity}`);
      assert.ok(rules.includes(`${rule} error`), rules.join());
      assert.match(found.ruleSetUsed.forbidden.find(({ name }) => name === rule)?.comment ?? '', sentence);
    });
  }

  it('lets through what keeps to it', () =>
    assert.deepEqual(
      found.violations.filter(({ from }) => from === 'src/gate/plantedFine.ts'),
      [],
    ));
});
