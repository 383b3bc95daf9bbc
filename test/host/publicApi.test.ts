import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { GonogoApi } from '../../src/editor/publicApi.ts';

/** Every key that can be reached from `value`, with what its functions are called. */
function reachable(value: unknown, seen = new Set<unknown>()): string[] {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return [];
  seen.add(value);
  const own = Reflect.ownKeys(value).map((key) => [String(key), Reflect.get(value, key) as unknown] as const);
  const inherited = Object.getPrototypeOf(value) as unknown;
  const above =
    inherited === Object.prototype || inherited === Function.prototype || inherited === Array.prototype ? [] : reachable(inherited, seen);
  return [...own.flatMap(([key, member]) => [key, ...reachable(member, seen)]), ...above];
}

describe('what other extensions get', () => {
  let api: GonogoApi;

  before(async () => {
    api = (await vscode.extensions.getExtension<GonogoApi>('gonogo.gonogo')?.activate()) as GonogoApi;
  });

  it('is what it says, and no more', () => {
    assert.deepEqual(Object.keys(api).sort(), ['audit', 'health', 'missions']);
    assert.deepEqual(Object.keys(api.audit), ['query']);
  });

  it('has no way to decide, however deep one looks', () => {
    const keys = reachable([api, api.health(), api.missions()]);
    assert.ok(keys.includes('query') && keys.includes('health'));
    assert.deepEqual(
      keys.filter((key) => /approve|decide|decision|grant|lift|reject|launch|rollback|kernel/i.test(key)),
      [],
    );
  });

  it('tells how it is, in three levels', () => {
    const { level, items } = api.health();
    assert.ok(['healthy', 'degraded', 'unhealthy'].includes(level));
    assert.ok(items.length > 0);
    for (const item of items) assert.ok(item.name !== '' && item.message !== '');
  });

  it('reads the ledger', async () => {
    const entries = await api.audit.query({ limit: 5 });
    assert.deepEqual(
      entries.map(({ action }) => action),
      ['ledger.key'],
    );
    assert.deepEqual(api.missions(), []);
  });
});
