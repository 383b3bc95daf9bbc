import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Measurement } from '../bench.ts';
import { launchChromium } from '../lib/chromium.ts';
import { startEditor } from '../lib/editor.ts';
import { MissionUi } from '../lib/missionUi.ts';
import { dist, root } from '../lib/paths.ts';
import { until } from '../lib/until.ts';
import { Workbench } from '../lib/workbench.ts';
import { copySample } from '../lib/workspace.ts';

/** Activation in a real extension host, its heap, and the longest time its event loop was held during a whole mission. */
export async function run(): Promise<Measurement[]> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'gonogo-bench-'));
  const stop = path.join(scratch, 'stop');
  const report = path.join(scratch, 'report.json');
  const undo: (() => Promise<void>)[] = [];
  try {
    const workspace = path.join(scratch, 'invoices');
    await copySample(workspace, true);
    const editor = await startEditor({
      workspace,
      profile: path.join(scratch, 'profile'),
      extension: { kind: 'source', folder: probed(path.join(scratch, 'extension')) },
      env: {
        GONOGO_HOME: path.join(scratch, 'home'),
        GONOGO_PROBE_STOP: stop,
        GONOGO_PROBE_REPORT: report,
      },
    });
    undo.push(() => editor.stop());
    const browser = await launchChromium();
    undo.push(() => browser.close());
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const workbench = await Workbench.open(page, editor.url);
    const missions = new MissionUi(workbench);
    await missions.prepare('Build', 'Round invoice totals half-even');
    await missions.launch();
    await missions.showMissions();
    await missions.approve(await missions.review(120_000));
    await missions.waitForEnd(60_000);
    writeFileSync(stop, '');
    await until('the figures of the extension host', 30_000, () => (existsSync(report) ? true : undefined));
  } finally {
    for (const end of undo.reverse()) await end();
  }
  const figures = JSON.parse(readFileSync(report, 'utf8')) as { activateMs: number; maxDelayMs: number; heapMb: number };
  rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  const eager = statSync(path.join(dist, 'extension.js')).size / 1024;
  return [
    {
      name: 'loading and activation in the extension host',
      value: figures.activateMs,
      unit: 'ms',
      baseline: 100,
    },
    { name: 'eager bundle', value: eager, unit: 'KB', baseline: 500 },
    { name: 'maximum event-loop delay of the host in a mission', value: figures.maxDelayMs, unit: 'ms' },
    { name: 'heap of the extension host after a mission', value: figures.heapMb, unit: 'MB' },
  ];
}

/** GoNoGo with the probe as its main module. */
function probed(folder: string): string {
  mkdirSync(folder);
  for (const part of ['dist', 'media']) symlinkSync(path.join(root, part), path.join(folder, part), 'junction');
  copyFileSync(path.join(root, 'scripts', 'lib', 'hostProbe.cjs'), path.join(folder, 'probe.cjs'));
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Readonly<Record<string, unknown>>;
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ ...manifest, main: './probe.cjs' }));
  return folder;
}
