import assert from 'node:assert/strict';
import fc from 'fast-check';
import { healthMarkdown } from '../../../src/editor/healthMarkdown.ts';
import { statusBarView } from '../../../src/editor/statusBarView.ts';
import { microUsd } from '../../../src/base/money.ts';
import { request } from './approvals/samples.ts';
import { hostile, quiet } from './samples.ts';

const tableRow = /^\| [✓▲✕] (healthy|degraded|unhealthy) \| (?:[^|\\]|\\.)+ \| (?:[^|\\]|\\.)+ \|$/;

describe('the health report', () => {
  it('says how it is, item by item', () => {
    const text = healthMarkdown(quiet, [{ name: 'Settings', level: 'degraded', message: 'One is not valid.' }]);
    assert.match(text, /^# GoNoGo is degraded$/m);
    assert.match(text, /^\| ▲ degraded \| Settings \| One is not valid\\\. \|$/m);
    assert.match(text, /^- Today \\\$1\\\.20 of/m);
    assert.match(text, /^Nothing\.$/m);
  });

  it('counts what waits', () => {
    assert.match(healthMarkdown({ ...quiet, approvals: [request] }, []), /^1 review\. /m);
    assert.match(healthMarkdown({ ...quiet, approvals: [request, request] }, []), /^2 reviews\. /m);
  });

  it('has a sentence where the budget cannot be known', () => {
    assert.match(healthMarkdown({ ...quiet, meters: [] }, []), /^Not known while/m);
  });

  it('is as bad as the kernel says even without an item', () => {
    assert.match(healthMarkdown({ ...quiet, health: { level: 'unhealthy', items: [] } }, []), /^# GoNoGo is unhealthy$/m);
  });

  it('lets no message become Markdown, HTML or a link', () => {
    const text = healthMarkdown(quiet, [{ name: hostile, level: 'unhealthy', message: `${hostile}\n\n# Fine\n\n| a | b |` }]);
    assert.doesNotMatch(text, /[\u202E\u200B]/);
    assert.doesNotMatch(text, /(?<!\\)[<>&`*[\]]/);
    assert.doesNotMatch(text, /^# Fine/m);
    assert.doesNotMatch(text, /https?:\/\//);
  });

  it('is one well-formed row for any name and message', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'binary', minLength: 1 }), (name, message) => {
        const text = healthMarkdown({ ...quiet, health: { level: 'healthy', items: [] } }, [
          { name: `n${name}`, level: 'healthy', message: `m${message}` },
        ]);
        const rows = text.split('\n').slice(4, -1);
        assert.match(rows[0] ?? '', tableRow);
        assert.equal(rows[1], '');
      }),
    );
  });
});

describe('the status bar', () => {
  it('shows health, what waits and today', () => {
    const view = statusBarView({ ...quiet, approvals: [request] }, [], 0.8);
    assert.equal(view.text, '$(pass) GoNoGo $(bell-dot) 1 $(credit-card) $1.20 of $10.00');
    assert.deepEqual(view.lines, ['GoNoGo is healthy', '1 review waits for you', 'Today $1.20 of $10.00', 'This month $31.00 of $100.00']);
    assert.equal(view.background, undefined);
  });

  it('has the colour and the words of what is worst', () => {
    const degraded = statusBarView(quiet, [{ name: 'Settings', level: 'degraded', message: hostile }], 0.8);
    assert.equal(degraded.background, 'statusBarItem.warningBackground');
    assert.match(degraded.text, /^\$\(warning\)/);
    assert.match(degraded.lines[1] ?? '', /^Settings: ⟦U\+202E⟧/);
    const unhealthy = statusBarView({ ...quiet, health: { level: 'unhealthy', items: [] } }, [], 0.8);
    assert.equal(unhealthy.background, 'statusBarItem.errorBackground');
  });

  it('warns when the day or the month comes near its limit, counting what is reserved', () => {
    const [day, month] = quiet.meters;
    assert.ok(day && month);
    const near = { ...quiet, meters: [{ ...day, spent: microUsd(7_900_000), reserved: microUsd(100_000) }, month] };
    assert.equal(statusBarView(near, [], 0.8).background, 'statusBarItem.warningBackground');
    assert.equal(statusBarView(near, [], 0.81).background, undefined);
    const endOfMonth = { ...quiet, meters: [day, { ...month, spent: microUsd(80_000_000) }] };
    assert.equal(statusBarView(endOfMonth, [], 0.8).background, 'statusBarItem.warningBackground');
  });
});
