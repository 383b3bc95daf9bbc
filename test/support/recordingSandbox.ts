import assert from 'node:assert/strict';
import type { Permit } from '../../src/contracts/permit.ts';
import type { Sandbox, SandboxCommand, SandboxResult } from '../../src/contracts/sandbox.ts';

/** Redeems permits like the real one, records what it was to run, and answers what it was told to. */
export class RecordingSandbox implements Sandbox {
  readonly commands: SandboxCommand[] = [];
  answer: (signal: AbortSignal) => Promise<Partial<SandboxResult>> = () => Promise.resolve({});

  health(): ReturnType<Sandbox['health']> {
    return Promise.resolve({ available: true, isolation: 'recording' });
  }

  async run(permit: Permit, command: SandboxCommand, signal: AbortSignal): Promise<SandboxResult> {
    assert.deepEqual(permit.redeem('shell.exec').input.argv, command.argv);
    this.commands.push(command);
    const rest = await this.answer(signal);
    return {
      exitCode: 0,
      signal: null,
      timedOut: false,
      cancelled: false,
      output: 'ok',
      outputBytes: 2,
      durationMs: 1,
      isolation: 'recording',
      ...rest,
    };
  }
}
