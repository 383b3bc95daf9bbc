import assert from 'node:assert/strict';
import path from 'node:path';
import { fly } from '../../scripts/flight.ts';
import type { FlightOptions, FlightReport } from '../../scripts/flight.ts';
import { reports, root } from '../../scripts/lib/paths.ts';
import { packVsix } from '../../scripts/lib/vsix.ts';

/** A failure names the steps that were done, because the page is gone by then. */
function assertFlown(report: FlightReport, reason: string): void {
  assert.equal(report.reason, reason, `${report.reason}\nafter: ${report.steps.map((step) => step.name).join(', ')}`);
  assert.equal(report.ok, true);
}

function flight(name: string, changes: Partial<FlightOptions>): FlightOptions {
  return {
    goal: 'Round invoice totals half-even',
    decide: 'approve',
    extension: { kind: 'source', folder: root },
    rollback: false,
    theme: 'dark',
    width: 1440,
    height: 900,
    timeoutMs: 120_000,
    pictures: path.join(reports, 'flights', name),
    say: () => undefined,
    ...changes,
  };
}

describe('a flight', () => {
  it('puts exactly the reviewed bytes into the workspace when approved, and takes them back', async () => {
    const report = await fly(flight('approve', { rollback: true }));
    assertFlown(report, 'the reviewed bytes are in the workspace and its tests pass');
    assert.deepEqual(report.verified.changed, ['src/total.js', 'test/total.test.js']);
    assert.equal(report.verified.rollback, true);
    assert.ok(report.ledgerEntries > 0);
  });

  it('changes not a byte when rejected', async () => {
    const report = await fly(flight('reject', { decide: 'reject', theme: 'light' }));
    assertFlown(report, 'not a byte changed');
    assert.deepEqual(report.verified.changed, []);
  });

  it('flies from the package as users install it', async () => {
    const file = await packVsix();
    const report = await fly(flight('package', { extension: { kind: 'vsix', file }, theme: 'hc' }));
    assertFlown(report, 'the reviewed bytes are in the workspace and its tests pass');
  });
});
