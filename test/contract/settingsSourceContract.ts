import assert from 'node:assert/strict';
import { z } from 'zod';
import type { SettingScope, SettingsSource } from '../../src/config/settingsSource.ts';
import { corpus } from '../support/corpora.ts';

/** What every `SettingsSource` promises. What was written before comes back afterwards: an editor's settings serve other tests too. */
export function settingsSourceContract(name: string, make: () => SettingsSource): void {
  describe(`SettingsSource: ${name}`, () => {
    const keys = ['agents.max', 'agents.default', 'agents.path', 'budget.mission', 'models.demo'];
    const places = keys.flatMap((key) => (['user', 'workspace'] as const).map((scope) => ({ key, scope })));
    const source = make();
    let kept: { key: string; scope: SettingScope; value: unknown }[] = [];

    async function reset(): Promise<void> {
      for (const { key, scope } of places) if (source.inspect(key)[scope] !== undefined) await source.update(key, undefined, scope);
    }

    before(() => {
      kept = places.map(({ key, scope }) => ({ key, scope, value: source.inspect(key)[scope] }));
    });
    beforeEach(reset);
    after(async () => {
      await reset();
      for (const { key, scope, value } of kept) if (value !== undefined) await source.update(key, value, scope);
    });

    it('says nothing about a key nobody wrote', () => {
      const { user, workspace, folder } = source.inspect('agents.max');
      assert.deepEqual([user, workspace, folder], [undefined, undefined, undefined]);
    });

    it('shows a value in the scope it was written to, and only there', async () => {
      await source.update('agents.max', 7, 'user');
      assert.equal(source.inspect('agents.max').user, 7);
      assert.equal(source.inspect('agents.max').workspace, undefined);
      await source.update('agents.max', 2, 'workspace');
      assert.equal(source.inspect('agents.max').user, 7);
      assert.equal(source.inspect('agents.max').workspace, 2);
    });

    it('removes a value that is set to undefined', async () => {
      await source.update('agents.max', 7, 'user');
      await source.update('agents.max', undefined, 'user');
      assert.equal(source.inspect('agents.max').user, undefined);
    });

    it('gives false, zero and an empty object back as they are', async () => {
      await source.update('models.demo', false, 'user');
      await source.update('budget.mission', 0, 'user');
      await source.update('agents.path', {}, 'user');
      assert.equal(source.inspect('models.demo').user, false);
      assert.equal(source.inspect('budget.mission').user, 0);
      assert.deepEqual({ ...(source.inspect('agents.path').user as object) }, {});
    });

    it('hands out values that do not change what is kept', async () => {
      await source.update('agents.path', { opencode: '/opt/opencode' }, 'user');
      const first = source.inspect('agents.path').user as Record<string, unknown>;
      // A frozen answer is as good as a copy.
      Reflect.set(first, 'opencode', '/tmp/other');
      assert.deepEqual({ ...(source.inspect('agents.path').user as object) }, { opencode: '/opt/opencode' });
    });

    it('keeps the last of several writes', async () => {
      for (const value of [4, 5, 6]) await source.update('agents.max', value, 'user');
      assert.equal(source.inspect('agents.max').user, 6);
    });

    it('tells which key changed, once the new value can be read', async () => {
      const seen: { keys: readonly string[]; value: unknown }[] = [];
      const told = new Promise<void>((resolve) => {
        const subscription = source.onDidChange((keys) => {
          seen.push({ keys, value: source.inspect('agents.max').user });
          subscription[Symbol.dispose]();
          resolve();
        });
      });
      await source.update('agents.max', 9, 'user');
      await told;
      assert.deepEqual(seen, [{ keys: ['agents.max'], value: 9 }]);
    });

    it('tells a disposed listener nothing more', async () => {
      let calls = 0;
      const silent = source.onDidChange(() => (calls += 1));
      silent[Symbol.dispose]();
      const told = new Promise<void>((resolve) => {
        const subscription = source.onDidChange(() => {
          subscription[Symbol.dispose]();
          resolve();
        });
      });
      await source.update('agents.max', 9, 'user');
      await told;
      assert.equal(calls, 0);
    });

    corpus(
      '06-input/naughty-strings',
      z.object({ id: z.string(), text: z.string() }),
      'keeps every naughty string byte for byte',
      async (rows) => {
        const value = Object.fromEntries(rows.map(({ id, text }) => [id, text]));
        await source.update('agents.path', value, 'user');
        assert.deepEqual({ ...(source.inspect('agents.path').user as object) }, value);
      },
    );
  });
}
