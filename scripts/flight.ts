import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { ensureBuilt } from './lib/build.ts';
import { launchChromium } from './lib/chromium.ts';
import { startEditor } from './lib/editor.ts';
import type { ExtensionUnderTest } from './lib/editor.ts';
import { oneOf, parseOptions, wholeNumber } from './lib/main.ts';
import { MissionUi } from './lib/missionUi.ts';
import type { Review } from './lib/missionUi.ts';
import { ensureOpenCode } from './lib/openCode.ts';
import { reports, root } from './lib/paths.ts';
import { Problem } from './lib/problem.mjs';
import type { ShownDiff } from './lib/verify.ts';
import { Steps } from './lib/steps.ts';
import type { Step } from './lib/steps.ts';
import { readText, runTests, verifyApplied, verifyShown, verifyUntouched } from './lib/verify.ts';
import { Workbench } from './lib/workbench.ts';
import { changedPaths, copySample, fingerprint } from './lib/workspace.ts';
import { ensureSystem } from './system.ts';

export const themes = {
  light: { name: 'Light Modern', kind: 'vs' },
  dark: { name: 'Dark Modern', kind: 'vs-dark' },
  hc: { name: 'Default High Contrast', kind: 'hc-black' },
} as const;
export type Theme = keyof typeof themes;
export type Agent = 'builtin' | 'opencode';
export type Decision = 'approve' | 'reject';

export interface FlightOptions {
  readonly goal: string;
  readonly decide: Decision;
  readonly extension: ExtensionUnderTest;
  /** Fly in this folder; without one in a fresh copy of the sample. */
  readonly workspace?: string;
  /** The demo model's script. */
  readonly script?: string;
  /** Who flies; default the built-in one. */
  readonly agent?: Agent;
  readonly rollback: boolean;
  readonly theme: Theme;
  readonly width: number;
  readonly height: number;
  readonly timeoutMs: number;
  /** Where the pictures go. */
  readonly pictures: string;
  readonly say: (line: string) => void;
}

export interface FlightReport {
  readonly ok: boolean;
  readonly decided: Decision;
  /** Why it is not ok, or what was found true. */
  readonly reason: string;
  readonly workspace: string;
  readonly goal: string;
  readonly steps: readonly Step[];
  readonly screenshots: readonly string[];
  readonly review?: { readonly requestId: string; readonly digest: string; readonly files: Review['files'] };
  readonly mission?: string;
  readonly ledgerEntries: number;
  readonly verified: {
    readonly bytes: boolean;
    readonly tests: boolean | 'not run';
    readonly rollback: boolean | 'not asked';
    readonly changed: readonly string[];
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

async function readDiffs(ui: MissionUi, review: Review, workspace: string): Promise<ShownDiff[]> {
  const shown: ShownDiff[] = [];
  for (const file of review.files)
    shown.push({ path: file.path, before: readText(path.join(workspace, file.path)), text: await ui.diffOf(review, file) });
  return shown;
}

async function decideAndVerify(
  ui: MissionUi,
  bench: Workbench,
  steps: Steps,
  options: FlightOptions,
  workspace: string,
  report: Mutable<FlightReport>,
): Promise<void> {
  const before = await steps.run('fingerprint of the workspace', () => fingerprint(workspace));
  const card = await steps.run('launch: preset Build, goal, pre-flight', () => ui.prepare('Build', options.goal));
  await steps.picture(bench.page, 'pre-flight');
  if (!card.includes(options.goal)) throw new Problem('the pre-flight card does not name the goal');
  await steps.run('pre-flight confirmed', () => ui.launch());
  await steps.run('missions view', () => ui.showMissions());
  await steps.picture(bench.page, 'running');
  const review = await steps.run('review', () => ui.review(options.timeoutMs));
  await steps.picture(bench.page, 'review');
  report.review = { requestId: review.requestId, digest: review.digest, files: review.files };
  const unnamed = review.files.filter((file) => !review.text.includes(path.posix.basename(file.path)));
  if (unnamed.length > 0) throw new Problem(`the review does not show ${unnamed.map((file) => file.path).join(', ')}`);
  const shown = await steps.run('diff of each file read', () => readDiffs(ui, review, workspace));
  const early = changedPaths(before, await fingerprint(workspace));
  if (early.length > 0) throw new Problem(`changed before anybody decided: ${early.join(', ')}`);

  const approve = options.decide === 'approve';
  await steps.run(options.decide, () => (approve ? ui.approve(review) : ui.reject(review, 'Not this time.')));
  const { end, row } = await steps.run('decision carried out', () => ui.waitForEnd(options.timeoutMs));
  report.mission = row;
  await steps.picture(bench.page, 'decided');
  if (end !== (approve ? 'done' : 'rejected')) throw new Problem(`the mission ended otherwise: ${await ui.story()}`);

  const check = await steps.run('bytes compared', () =>
    approve ? verifyApplied(workspace, before, review.files) : verifyUntouched(workspace, before),
  );
  report.verified = { ...report.verified, bytes: check.good, changed: check.changed };
  if (!check.good) throw new Problem(check.problems.join('; '));
  if (approve) verifyShown(workspace, shown);
  if (approve) {
    const tests = await steps.run('tests of the workspace', () => runTests(workspace, 120_000));
    report.verified = { ...report.verified, tests: tests.passed };
    if (!tests.passed) throw new Problem(`the workspace's tests fail: ${tests.output.trim().slice(-2000)}`);
  }
  report.ledgerEntries = (await steps.run('ledger', () => ui.ledger())).length;
  await steps.picture(bench.page, 'ledger');
  await bench.dismiss();
  if (!options.rollback || !approve) return;

  const rolled = await steps.run('roll back', () => ui.rollBack(options.timeoutMs));
  report.mission = rolled.row;
  await steps.picture(bench.page, 'rolled-back');
  if (rolled.end !== 'rolled back') throw new Problem(`the roll back ended as \`${rolled.row}\``);
  const restored = await verifyUntouched(workspace, before);
  report.verified = { ...report.verified, rollback: restored.good };
  if (!restored.good) throw new Problem(restored.problems.join('; '));
}

/** Brings the agent, and says in the settings that it flies. */
async function agentSettings(agent: Agent = 'builtin'): Promise<Readonly<Record<string, unknown>>> {
  if (agent === 'builtin') return {};
  const program = await ensureOpenCode();
  if (program === undefined) throw new Problem('There is no opencode for this platform. Fly with --agent builtin.');
  return {
    'gonogo.agents.default': agent,
    'gonogo.agents.path': { [agent]: program },
    // It is a large program, and this machine may be busy.
    'gonogo.agents.initializationDelaySec': 60,
  };
}

/** What went wrong without the colours and the call log that the browser driver adds. */
function plain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return stripVTControlCharacters(message.split('\nCall log:')[0] ?? message).trim();
}

/** Flies one mission through the workbench and holds what happened against what was decided. Never throws: see `ok`. */
export async function fly(options: FlightOptions): Promise<FlightReport> {
  const steps = new Steps(options.pictures, options.say);
  const scratch = mkdtempSync(path.join(tmpdir(), 'gonogo-'));
  const workspace = options.workspace ?? path.join(scratch, 'invoices');
  const report: Mutable<FlightReport> = {
    ok: false,
    decided: options.decide,
    reason: '',
    workspace,
    goal: options.goal,
    steps: steps.done,
    screenshots: steps.screenshots,
    ledgerEntries: 0,
    verified: { bytes: false, tests: 'not run', rollback: 'not asked', changed: [] },
  };
  const undo: (() => Promise<void>)[] = [];
  try {
    if (options.workspace === undefined) await copySample(workspace, true);
    const profile = path.join(scratch, 'profile');
    const agent = await steps.run(`agent ${options.agent ?? 'builtin'}`, () => agentSettings(options.agent));
    const editor = await steps.run('editor started', () =>
      startEditor({
        workspace,
        profile,
        extension: options.extension,
        settings: { 'workbench.colorTheme': themes[options.theme].name, ...agent },
        env: { GONOGO_HOME: path.join(scratch, 'home'), ...(options.script === undefined ? {} : { GONOGO_DEMO_SCRIPT: options.script }) },
      }),
    );
    undo.push(() => editor.stop());
    const browser = await steps.run('browser started', () => launchChromium());
    undo.push(() => browser.close());
    const page = await browser.newPage({ viewport: { width: options.width, height: options.height }, bypassCSP: false });
    try {
      const bench = await steps.run('workbench', () => Workbench.open(page, editor.url));
      await steps.run('colours', () => bench.themed(themes[options.theme].kind));
      await steps.picture(page, 'workbench');
      await decideAndVerify(new MissionUi(bench), bench, steps, options, workspace, report);
      report.ok = true;
      report.reason = options.decide === 'approve' ? 'the reviewed bytes are in the workspace and its tests pass' : 'not a byte changed';
    } catch (error) {
      await steps.picture(page, 'failure').catch(() => {
        options.say('the page could not be pictured');
      });
      throw error;
    }
  } catch (error) {
    report.reason = plain(error);
  } finally {
    for (const end of undo.reverse()) await end();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
  return report;
}

const help = `Usage: npm start -- --fly [options]

  --goal TEXT               what the mission is to do
  --decide approve|reject   what to click in the review (default approve)
  --rollback                roll the mission back afterwards
  --workspace DIR           fly in this folder instead of a fresh copy of examples/invoices
  --script FILE             a script for the demo model
  --agent builtin|opencode  who flies (default builtin); opencode is brought from npm
  --vsix FILE               fly the packaged extension instead of the sources
  --theme light|dark|hc     --width N   --height N   --timeout SECONDS
  --json                    one JSON object on standard output, progress on standard error
`;

/** \`npm start -- --fly\`. */
export async function flightCommand(args: string[]): Promise<number> {
  const { values } = parseOptions({
    args,
    options: {
      goal: { type: 'string', default: 'Round invoice totals half-even' },
      decide: { type: 'string', default: 'approve' },
      rollback: { type: 'boolean', default: false },
      workspace: { type: 'string' },
      script: { type: 'string' },
      agent: { type: 'string', default: 'builtin' },
      vsix: { type: 'string' },
      theme: { type: 'string', default: 'dark' },
      width: { type: 'string', default: '1440' },
      height: { type: 'string', default: '900' },
      timeout: { type: 'string', default: '180' },
      pictures: { type: 'string', default: path.join(reports, 'flight') },
      browser: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const say = (line: string): void => {
    (values.json ? process.stderr : process.stdout).write(`${line}\n`);
  };
  const options: FlightOptions = {
    goal: values.goal,
    decide: oneOf('--decide', values.decide, ['approve', 'reject']),
    extension: values.vsix === undefined ? { kind: 'source', folder: root } : { kind: 'vsix', file: path.resolve(values.vsix) },
    ...(values.workspace === undefined ? {} : { workspace: path.resolve(values.workspace) }),
    ...(values.script === undefined ? {} : { script: path.resolve(values.script) }),
    agent: oneOf<Agent>('--agent', values.agent, ['builtin', 'opencode']),
    rollback: values.rollback,
    theme: oneOf('--theme', values.theme, ['light', 'dark', 'hc']),
    width: wholeNumber('--width', values.width, 400, 7680),
    height: wholeNumber('--height', values.height, 300, 4320),
    timeoutMs: 1000 * wholeNumber('--timeout', values.timeout, 5, 3600),
    pictures: path.resolve(values.pictures),
    say,
  };
  await ensureSystem(process.platform === 'linux' ? ['git', 'chromium', 'bubblewrap'] : ['git', 'chromium']);
  if (options.extension.kind === 'source') await ensureBuilt();
  const report = await fly(options);
  say(report.ok ? `Flown: ${report.reason}.` : `Not flown as decided: ${report.reason}`);
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  return report.ok ? 0 : 1;
}
