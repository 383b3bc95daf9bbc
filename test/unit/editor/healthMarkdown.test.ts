import assert from 'node:assert/strict';
import fc from 'fast-check';
import { healthMarkdown } from '../../../src/editor/healthMarkdown.ts';
import type { HealthItem } from '../../../src/contracts/health.ts';
import type { Surroundings } from '../../../src/editor/surroundings.ts';
import { statusBarView } from '../../../src/editor/statusBarView.ts';
import { microUsd } from '../../../src/base/money.ts';
import { request } from './approvals/samples.ts';
import { hostile, quiet } from './samples.ts';

const around = (...more: readonly HealthItem[]): Surroundings => ({ more, alertAt: 0.8, demo: false });
const tableRow = /^\| [✓▲✕]\u00A0(healthy|degraded|unhealthy) \| (?:[^|\\]|\\.)+ \| (?:[^|\\]|\\.)+ \|$/;

describe('the health report', () => {
  it('says how it is, item by item', () => {
    const text = healthMarkdown(quiet, around({ name: 'Settings', level: 'degraded', message: 'One is not valid.' }));
    assert.match(text, /^# GoNoGo is degraded$/m);
    assert.match(text, /^\| ▲\u00A0degraded \| Settings \| One is not valid\\\. \|$/m);
    assert.match(text, /^- Today \\\$1\\\.20 of/m);
    assert.match(text, /^Nothing\.$/m);
  });

  it('counts what waits', () => {
    assert.match(healthMarkdown({ ...quiet, approvals: [request] }, around()), /^1 review\. /m);
    assert.match(healthMarkdown({ ...quiet, approvals: [request, request] }, around()), /^2 reviews\. /m);
  });

  it('has a sentence where the budget cannot be known', () => {
    assert.match(healthMarkdown({ ...quiet, meters: [] }, around()), /^Not known while/m);
  });

  it('is as bad as the kernel says even without an item', () => {
    assert.match(healthMarkdown({ ...quiet, health: { level: 'unhealthy', items: [] } }, around()), /^# GoNoGo is unhealthy$/m);
  });

  it('lets no message become Markdown, HTML or a link', () => {
    const text = healthMarkdown(quiet, around({ name: hostile, level: 'unhealthy', message: `${hostile}\n\n# Fine\n\n| a | b |` }));
    assert.doesNotMatch(text, /[\u202E\u200B]/);
    assert.doesNotMatch(text, /(?<!\\)[<>&`*[\]]/);
    assert.doesNotMatch(text, /^# Fine/m);
    assert.doesNotMatch(text, /https?:\/\//);
  });

  it('is one well-formed row for any name and message', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'binary', minLength: 1 }), (name, message) => {
        const text = healthMarkdown(
          { ...quiet, health: { level: 'healthy', items: [] } },
          around({ name: `n${name}`, level: 'healthy', message: `m${message}` }),
        );
        const rows = text.split('\n').slice(4, -1);
        assert.match(rows[0] ?? '', tableRow);
        assert.equal(rows[1], '');
      }),
    );
  });
});

describe('the status bar', () => {
  it('shows health, what waits and today', () => {
    const view = statusBarView({ ...quiet, approvals: [request] }, around());
    assert.equal(view.text, '$(pass) GoNoGo $(bell-dot) 1 $(credit-card) $1.20 of $10.00');
    assert.deepEqual(view.lines, ['GoNoGo is healthy', '1 review waits for you', 'Today $1.20 of $10.00', 'This month $31.00 of $100.00']);
    assert.equal(view.background, undefined);
  });

  it('says DEMO where money shows while the demo model is on', () => {
    const demo = { ...around(), demo: true };
    const { text, lines } = statusBarView(quiet, demo);
    assert.match(text, /\$1\.20 of \$10\.00 DEMO$/);
    assert.deepEqual(lines.slice(-2), ['Today $1.20 of $10.00 DEMO', 'This month $31.00 of $100.00 DEMO']);
    assert.match(healthMarkdown(quiet, demo), /^## Budget \(DEMO\)$/m);
  });

  it('has the colour and the words of what is worst', () => {
    const degraded = statusBarView(quiet, around({ name: 'Settings', level: 'degraded', message: hostile }));
    assert.equal(degraded.background, 'statusBarItem.warningBackground');
    assert.match(degraded.text, /^\$\(warning\)/);
    assert.match(degraded.lines[1] ?? '', /^Settings: ⟦U\+202E⟧/);
    const unhealthy = statusBarView({ ...quiet, health: { level: 'unhealthy', items: [] } }, around());
    assert.equal(unhealthy.background, 'statusBarItem.errorBackground');
  });

  it('warns when the day or the month comes near its limit, counting what is reserved', () => {
    const [day, month] = quiet.meters;
    assert.ok(day && month);
    const near = { ...quiet, meters: [{ ...day, spent: microUsd(7_900_000), reserved: microUsd(100_000) }, month] };
    assert.equal(statusBarView(near, around()).background, 'statusBarItem.warningBackground');
    assert.equal(statusBarView(near, { ...around(), alertAt: 0.81 }).background, undefined);
    const endOfMonth = { ...quiet, meters: [day, { ...month, spent: microUsd(80_000_000) }] };
    assert.equal(statusBarView(endOfMonth, around()).background, 'statusBarItem.warningBackground');
  });
});
