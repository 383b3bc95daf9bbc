import { messageOf } from '../base/errors.ts';
import type { Gate, Performed } from '../contracts/gate.ts';
import type { Mission, WorktreeRef } from '../contracts/mission.ts';
import type { Permit } from '../contracts/permit.ts';
import type { TestRun } from '../contracts/review.ts';
import type { SandboxResult } from '../contracts/sandbox.ts';
import type { Snapshot } from '../contracts/worktrees.ts';
import { commandDraft } from './missionActions.ts';
import type { SqliteMissions } from './sqliteMissions.ts';
import { summarizeTests } from './testSummary.ts';

export interface MissionCommandsOptions {
  readonly missions: Pick<SqliteMissions, 'testRun'>;
  readonly gate: Gate;
  readonly runCommand: (permit: Permit, worktree: WorktreeRef, signal: AbortSignal) => Promise<SandboxResult>;
  readonly missionToken: (mission: Mission) => Promise<string>;
}

/** The two commands a mission itself runs in its worktree: set-up and tests, both from its preset. */
export class MissionCommands {
  readonly #options: MissionCommandsOptions;

  constructor(options: MissionCommandsOptions) {
    this.#options = options;
  }

  /** What went wrong; `undefined` when it went well or the preset has no set-up. */
  async setUp(mission: Mission, worktree: WorktreeRef, signal: AbortSignal): Promise<string | undefined> {
    const argv = mission.preset.setUp;
    if (!argv) return undefined;
    const ran = await this.#run(mission, argv, worktree, signal);
    if (ran.status === 'refused') return ran.reason;
    if (ran.status === 'failed') return messageOf(ran.error);
    const { exitCode, timedOut, output } = ran.value;
    if (exitCode === 0) return undefined;
    const end = timedOut ? 'did not end in time' : `ended with ${exitCode ?? ran.value.signal ?? 'no exit code'}`;
    const lastLine = output.trim().split('\n').at(-1) ?? '';
    return `The set-up command \`${argv.join(' ')}\` ${end}${lastLine === '' ? '.' : `: ${lastLine}`}`;
  }

  /** Tests exactly this tree; one that has passed before is not tested again. */
  async test(mission: Mission, worktree: WorktreeRef, tree: Snapshot, signal: AbortSignal): Promise<TestRun> {
    const known = this.#options.missions.testRun(mission.id, tree.tree);
    if (known?.status === 'passed') return known;
    const ran = await this.#run(mission, mission.preset.test, worktree, signal);
    if (ran.status === 'failed') return { status: 'not-run', summary: `The tests could not run: ${messageOf(ran.error)}` };
    if (ran.status === 'refused') return { status: 'not-run', summary: ran.reason.replace(/^NO-GO: /, '') };
    const { exitCode, timedOut, output, durationMs, isolation } = ran.value;
    const passed = exitCode === 0 && !timedOut;
    return { status: passed ? 'passed' : 'failed', summary: summarizeTests(output, passed, timedOut), output, durationMs, isolation };
  }

  async #run(mission: Mission, argv: readonly string[], worktree: WorktreeRef, signal: AbortSignal): Promise<Performed<SandboxResult>> {
    const { gate, runCommand, missionToken } = this.#options;
    return gate.perform(
      commandDraft(mission, argv, worktree, await missionToken(mission)),
      async (permit) => {
        const value = await runCommand(permit, worktree, signal);
        const summary = {
          exitCode: value.exitCode,
          signal: value.signal,
          timedOut: value.timedOut,
          durationMs: Math.round(value.durationMs),
          outputBytes: value.outputBytes,
          isolation: value.isolation,
        };
        return { value, result: value.exitCode === 0 ? 'success' : 'failure', summary };
      },
      { signal, onHold: 'refuse' },
    );
  }
}
