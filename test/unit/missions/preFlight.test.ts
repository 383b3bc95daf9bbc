import assert from 'node:assert/strict';
import { usdToMicro } from '../../../src/base/money.ts';
import { preFlightOf, type PreFlightFacts } from '../../../src/missions/preFlight.ts';
import { mission, settings } from './samples.ts';

const meter = (scope: 'mission' | 'day' | 'month', spent: number, reserved = 0) => ({
  scope,
  spent: usdToMicro(spent),
  reserved: usdToMicro(reserved),
  limit: usdToMicro(10),
});

const clear: PreFlightFacts = {
  settings,
  sandbox: { available: true, isolation: 'bubblewrap, no network' },
  uncommitted: 0,
  leftBehind: [],
  place: { position: 2, wait: { from: 60_000, likely: 90_000, to: 120_000 } },
  flight: { from: 1, likely: 2, to: 3, flights: 4 },
  meters: [meter('mission', 0), meter('day', 9.99), meter('month', 0)],
  switches: [],
  agent: { id: 'builtin', title: 'Built-in agent', warnings: [] },
  demo: true,
  hasModel: true,
};

describe('the pre-flight card', () => {
  it('says what would happen', () => {
    const card = preFlightOf(mission('m', undefined, { budget: usdToMicro(0.3) }), clear);
    assert.deepEqual([card.blockers, card.warnings], [[], []]);
    assert.deepEqual(
      [card.goal, card.agents, card.testCommand, card.costFrom, card.costTo, card.minutesFrom, card.minutesTo, card.risk],
      ['Say hello', ['Coder', 'AppTester'], 'npm test', usdToMicro(0.1), usdToMicro(0.3), 2, 10, 'low'],
    );
    assert.deepEqual([card.position, card.wait?.likely, card.isolation, card.demo], [2, 90_000, 'bubblewrap, no network', true]);
    const poor = preFlightOf(mission('m', undefined, { budget: usdToMicro(0.05) }), clear);
    assert.deepEqual([poor.costFrom, poor.costTo], [usdToMicro(0.05), usdToMicro(0.05)]);
  });

  const rows: readonly [string, Partial<PreFlightFacts>, 'blockers' | 'warnings', RegExp][] = [
    ['an untrusted workspace', { settings: { ...settings, trusted: false } }, 'blockers', /not trusted/],
    ['no model', { hasModel: false }, 'blockers', /No model is set\. Run GoNoGo: Set Up Model…/],
    [
      'an agent that cannot fly',
      { agent: { ...clear.agent, problem: 'opencode is not there. Install it.' } },
      'blockers',
      /^opencode is not/,
    ],
    ['an agent that lacks something', { agent: { ...clear.agent, warnings: ['It cannot search.'] } }, 'warnings', /^It cannot search\.$/],
    ['no worktrees', { settings: { ...settings, useWorktrees: false } }, 'blockers', /gonogo\.missions\.useWorktrees/],
    [
      'a pulled switch',
      { switches: [{ name: 'GLOBAL_WRITE', by: 'ann', reason: 'lunch', since: 1 }] },
      'blockers',
      /stopped by ann: lunch/,
    ],
    ['a spent day', { meters: [meter('day', 9, 1)] }, 'blockers', /budget for this day is spent.*gonogo\.budget\.daily/],
    ['a spent month', { meters: [meter('month', 11)] }, 'blockers', /budget for this month is spent.*gonogo\.budget\.monthly/],
    ['no sandbox', { sandbox: { available: false, reason: 'Install it.' } }, 'warnings', /Tests will not run: Install it\./],
    ['a missing key', { keyMissing: true }, 'warnings', /There is no key for/],
    [
      'a dependency that stays behind',
      { leftBehind: ['node_modules'] },
      'warnings',
      /^Git ignores node_modules, so the agents work without it/,
    ],
    ['one uncommitted file', { uncommitted: 1 }, 'warnings', /^1 uncommitted file is/],
    ['uncommitted files', { uncommitted: 7 }, 'warnings', /^7 uncommitted files are/],
  ];
  for (const [what, facts, where, words] of rows) {
    it(`names ${what}, and nothing else`, () => {
      const card = preFlightOf(mission('m'), { ...clear, ...facts });
      assert.equal(card.blockers.length + card.warnings.length, 1);
      assert.match(card[where][0] ?? '', words);
    });
  }
});
