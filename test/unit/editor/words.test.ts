import assert from 'node:assert/strict';
import type { MissionStatus } from '../../../src/contracts/mission.ts';
import { missionContexts } from '../../../src/editor/ids.ts';
import { missionLook } from '../../../src/editor/missionLook.ts';
import { notificationText, oneLine, pickText } from '../../../src/editor/plainText.ts';
import { settingsHealth } from '../../../src/editor/settingsHealth.ts';
import { meterWords, missionFacts, preFlightWords, statusWord } from '../../../src/editor/words.ts';
import { card, hostile, quiet, view } from './samples.ts';

const statuses: readonly MissionStatus[] = [
  'drafted',
  'queued',
  'running',
  'verifying',
  'awaiting-approval',
  'parked',
  'applying',
  'done',
  'rolling-back',
  'rolled-back',
  'reapplying',
  'rejected',
  'failed',
  'cancelled',
];

const unseen = /[\u202A-\u202E\u2066-\u2069\u200B]/;
const lines = (text: string): string[] => text.split('\n');

describe('words of the editor', () => {
  it('name every state once, in small letters', () => {
    const words = statuses.map(statusWord);
    assert.equal(new Set(words).size, statuses.length);
    for (const word of words) assert.match(word, /^[a-z ]+$/);
  });

  it('say what was spent of which budget', () => {
    assert.deepEqual(quiet.meters.map(meterWords), ['Today $1.20 of $10.00', 'This month $31.00 of $100.00']);
  });

  it('put all that a person needs before a launch on the card', () => {
    assert.deepEqual(lines(preFlightWords(card)), [
      'Round invoice totals half-even',
      '',
      'Agents: Coder, AppTester',
      'Flown by: opencode 1.18.33',
      'Tools: LSP, Git, Build, Test',
      'Model: DEMO (a script; nothing is billed or sent anywhere)',
      'Cost: $0.10 to $0.50, stopped at $0.50 (DEMO)',
      'Time: 2 to 10 min',
      'Risk: low',
      'Checks: tests required, security scan, code critic',
      'Tests: npm test, in bubblewrap, no network',
      'Queue: place 1, starts now',
      'Budget: today $1.20 of $10.00, this month $31.00 of $100.00',
      '',
      'The agents work in a copy. Nothing reaches your files before you have approved it.',
    ]);
  });

  it('warn on the card, and say nothing of DEMO for a real model', () => {
    const text = preFlightWords({
      ...card,
      demo: false,
      model: 'qwen',
      isolation: undefined,
      warnings: ['1 uncommitted file is part of it.'],
    });
    assert.doesNotMatch(text, /DEMO|script/);
    assert.ok(lines(text).includes('Model: qwen'));
    assert.ok(lines(text).includes('Tests: npm test'));
    assert.ok(lines(text).includes('1 uncommitted file is part of it.'));
  });

  it('let nothing hide on the card', () => {
    const text = preFlightWords({ ...card, goal: hostile, model: hostile, testCommand: hostile, agents: [hostile], warnings: [hostile] });
    assert.doesNotMatch(text, unseen);
    assert.equal(text.match(/⟦U\+202E⟧/g)?.length, 5);
  });

  it('cut a very long goal on the card, so that its buttons stay on the screen', () => {
    assert.ok(preFlightWords({ ...card, goal: 'g'.repeat(20_000) }).length < 1_500);
  });

  it('tell a mission in rows whose icons are their keys', () => {
    const facts = missionFacts(
      {
        ...view,
        status: 'queued',
        queue: { position: 2, wait: { from: 60_000, likely: 120_000, to: 240_000 }, priority: 'high' },
        waiting: [{ kind: 'behind', ahead: 1, rises: false }, { kind: 'other-window' }],
        elsewhere: true,
      },
      () => '14:02',
    );
    assert.deepEqual(
      facts.map(({ text }) => text),
      [
        '1 mission starts before it. It belongs to another window, which starts it.',
        '$0.08 of $0.50 (DEMO)',
        'Place 2 · starts in about 1–4 min · high priority',
        'Another window runs it; here it can only be watched',
        'Build, flown by builtin, model DEMO',
        'Launched 14:02',
      ],
    );
    assert.equal(new Set(facts.map(({ icon }) => icon)).size, facts.length);
  });
});

describe('how a mission looks', () => {
  const known = new Set<string>(Object.values(missionContexts));

  for (const status of statuses) {
    it(`\`${status}\` has an icon and a context menus know`, () => {
      const { icon, context } = missionLook({ status, elsewhere: false });
      assert.match(icon, /^[a-z-]+(~spin)?$/);
      assert.ok(known.has(context), context);
    });

    it(`\`${status}\` in another window offers nothing here`, () => {
      assert.equal(missionLook({ status, elsewhere: true }).context, missionContexts.ended);
    });
  }

  it('offers the way back only for what was applied, and the review only while it waits', () => {
    const having = (context: string): MissionStatus[] =>
      statuses.filter((status) => missionLook({ status, elsewhere: false }).context === context);
    assert.deepEqual(having(missionContexts.applied), ['done']);
    assert.deepEqual(having(missionContexts.reviewable), ['awaiting-approval']);
    assert.deepEqual(having(missionContexts.parked), ['parked']);
    assert.deepEqual(having(missionContexts.ended), ['rolling-back', 'reapplying', 'rejected', 'failed', 'cancelled']);
  });
});

describe('text from elsewhere', () => {
  it('has no link and nothing hidden in a notification', () => {
    const text = notificationText(hostile);
    // As VS Code looks for links in the text of a notification.
    assert.doesNotMatch(text, /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)/i);
    assert.doesNotMatch(text, unseen);
    assert.match(text, /Approve/);
  });

  it('has no icon in a pick list', () => assert.doesNotMatch(pickText(hostile), /\$\([a-z]/));

  it('is one line, cut at whole characters', () => {
    assert.equal(oneLine('  a\n\tb   c  ', 10), 'a b c');
    const family = '👨‍👩‍👧';
    assert.doesNotMatch(oneLine(family.repeat(20), 5), /[\ud800-\udfff](?![\ud800-\udfff])$/);
    assert.ok(oneLine('x'.repeat(500), 80).length <= 80);
    assert.ok(oneLine('x'.repeat(500), 80).endsWith('…'));
  });
});

describe('the settings in the health report', () => {
  it('are one row while all is well', () => {
    const rows = settingsHealth([{ name: 'Settings', level: 'healthy', message: 'Read.' }]);
    assert.deepEqual(
      rows.map(({ level }) => level),
      ['healthy'],
    );
  });

  it('are only what is not well otherwise', () => {
    const trouble = { name: 'Setting', level: 'degraded', message: '`gonogo.agents.max` is no number.' } as const;
    assert.deepEqual(settingsHealth([{ name: 'Settings', level: 'healthy', message: 'Read.' }, trouble]), [trouble]);
  });
});
