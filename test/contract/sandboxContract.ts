import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isCodedError, messageOf } from '../../src/base/errors.ts';
import type { Sandbox, SandboxCommand } from '../../src/contracts/sandbox.ts';
import { limits, permitFor } from '../node/sandbox/proving.ts';

/** What every `Sandbox` promises, whether it can hold a command or not. */
export function sandboxContract(name: string, make: () => Sandbox): void {
  describe(`Sandbox: ${name}`, () => {
    let root = '';
    let folder = '';
    let command: SandboxCommand;
    const { signal } = new AbortController();

    beforeEach(() => {
      root = realpathSync(mkdtempSync(join(tmpdir(), 'gonogo-contract-')));
      folder = join(root, 'worktree');
      mkdirSync(folder);
      command = { argv: ['touch', 'made'], cwd: folder, writable: folder, env: { PATH: '/usr/bin:/bin' }, limits };
    });
    afterEach(() => rmSync(root, { recursive: true }));

    it('says whether it can hold a command, and keeps the answer', async () => {
      const sandbox = make();
      const health = await sandbox.health();
      assert.deepEqual(await sandbox.health(), health);
      assert.match(health.available ? health.isolation : health.reason, /\w/);
    });

    it('runs a command if it is healthy, and nothing otherwise', async () => {
      const sandbox = make();
      const health = await sandbox.health();
      const running = sandbox.run(permitFor(command.argv, folder), command, signal);
      if (health.available) {
        const result = await running;
        assert.deepEqual([result.exitCode, result.isolation], [0, health.isolation]);
        assert.deepEqual(readdirSync(folder), ['made']);
      } else {
        await assert.rejects(running, { code: 'sandbox-unavailable', message: health.reason });
        assert.deepEqual(readdirSync(folder), []);
      }
    });

    it('takes a permit once', async () => {
      const sandbox = make();
      const permit = permitFor(command.argv, folder);
      await sandbox.run(permit, command, signal).catch(() => undefined);
      await assert.rejects(sandbox.run(permit, command, signal), /used before/);
    });

    const refused: readonly { readonly name: string; readonly change: () => Partial<SandboxCommand>; readonly allowed?: () => string }[] = [
      { name: 'another command than the permitted', change: () => ({ argv: ['touch', 'made', 'more'] }) },
      { name: 'a command whose words are split differently', change: () => ({ argv: ['touch made'] }) },
      { name: 'another folder than the permitted', change: () => ({ cwd: root, writable: root }) },
      { name: 'a start outside the writable folder', change: () => ({ cwd: root }), allowed: () => root },
      { name: 'the whole disk as the writable folder', change: () => ({ writable: '/' }) },
      { name: 'a folder that is not there', change: () => ({ writable: join(root, 'gone') }) },
      { name: 'a writable folder behind a link', change: () => ({ writable: join(root, 'link') }) },
      { name: 'a value that would smuggle in an option', change: () => ({ env: { X: 'a\0--bind\0/\0/host' } }) },
    ];
    for (const row of refused) {
      it(`refuses ${row.name}`, async () => {
        symlinkSync(folder, join(root, 'link'));
        const sandbox = make();
        const permit = permitFor(command.argv, row.allowed?.() ?? folder);
        const codes = (await sandbox.health()).available ? ['not-permitted'] : ['not-permitted', 'sandbox-unavailable'];
        const reason = await sandbox.run(permit, { ...command, ...row.change() }, signal).then(
          () => 'it ran',
          (error: unknown): string => (isCodedError(error) ? error.code : messageOf(error)),
        );
        assert.equal(codes.includes(reason), true, reason);
        assert.deepEqual(readdirSync(folder), []);
      });
    }
  });
}
